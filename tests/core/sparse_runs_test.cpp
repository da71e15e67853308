// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/threads.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/ftrl.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/sparse_adam.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

#include <Eigen/SparseCore>

#include <tuple>
#include <vector>

using namespace descent;
using test::difference;
using test::refusal_of;

namespace {

template <class S, int order>
using Table = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, order>;

const std::vector<Eigen::Index> rows{0, 3, 4, 5, 18};

/// A gradient that is 0 outside of `rows`.
template <class M>
M dense_gradient(unsigned seed) {
  std::srand(seed);
  M gradient = M::Zero(19, 7);
  for (const Eigen::Index row : rows) gradient.row(row) = M::Random(1, 7);
  return gradient;
}

/// The same three steps of Adam with whole gradients, except for the rows that have none.
template <class M>
M stepped_row_by_row(M table) {
  const M start = table;
  Optimizer optimizer(table, SparseAdam{.learning_rate = 0.1});
  for (unsigned k = 0; k < 3; ++k) optimizer.step(table, dense_gradient<M>(k));
  M result = start;
  for (const Eigen::Index row : rows) result.row(row) = table.row(row);
  return result;
}

template <class M>
void check_rows() {
  std::srand(7);
  const M start = M::Random(19, 7), expected = stepped_row_by_row(start);
  M of_rows = start, by_columns = start, by_rows = start;
  Optimizer first(of_rows, SparseAdam{.learning_rate = 0.1});
  Optimizer second(by_columns, SparseAdam{.learning_rate = 0.1});
  Optimizer third(by_rows, SparseAdam{.learning_rate = 0.1});
  for (unsigned k = 0; k < 3; ++k) {
    const M gradient = dense_gradient<M>(k);
    const M values = gradient(rows, Eigen::seqN(0, 7));
    first.step(of_rows, gradient_rows(rows, values));
    const Eigen::SparseMatrix<typename M::Scalar> sparse = gradient.sparseView();
    second.step(by_columns, sparse);
    const Eigen::SparseMatrix<typename M::Scalar, Eigen::RowMajor> transposed = sparse;
    third.step(by_rows, transposed);
  }
  CHECK(difference(of_rows, expected) == "");
  CHECK(difference(by_columns, expected) == "");
  CHECK(difference(by_rows, expected) == "");
}

}  // namespace

TEST_CASE("elements that have a gradient get the bits of a step of the whole, others rest") {
  check_rows<Table<float, Eigen::ColMajor>>();
  check_rows<Table<float, Eigen::RowMajor>>();
  check_rows<Table<double, Eigen::ColMajor>>();
  check_rows<Table<double, Eigen::RowMajor>>();
}

TEST_CASE("an element's state stands still while it has no gradient") {
  Eigen::MatrixXd table = Eigen::MatrixXd::Ones(4, 2);
  Optimizer optimizer(table, SparseAdam{.learning_rate = 0.1});
  const std::vector<Eigen::Index> second{1}, third{2};
  const Eigen::MatrixXd values = Eigen::MatrixXd::Ones(1, 2);
  optimizer.step(table, gradient_rows(second, values));
  const Eigen::MatrixXd before = table;
  for (int k = 0; k < 5; ++k) optimizer.step(table, gradient_rows(third, values));
  CHECK(table.row(1) == before.row(1));
  CHECK(table.row(0) == Eigen::RowVectorXd::Ones(2));
  optimizer.for_each_state([&](const std::string&, const std::string& name, const auto& slot) {
    CHECK(slot.row(0).isZero());
    if (name == "exp_avg") CHECK(slot(1, 0) == Approx(0.1));
  });
}

TEST_CASE("strided parameters, vectors and bfloat16 state take sparse gradients") {
  std::srand(3);
  Eigen::MatrixXf room = Eigen::MatrixXf::Random(40, 20), other = room;
  using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  using Part = Eigen::Map<Eigen::MatrixXf, Eigen::Unaligned, Strides>;  // every other row from (1, 2) on
  Part part(&room(1, 2), 19, 7, Strides(40, 2)), same(&other(1, 2), 19, 7, Strides(40, 2));
  const auto rule = ClipByGlobalNorm{.max_norm = 0.5} | SparseAdam{.learning_rate = 0.1};
  Optimizer sparse(part, rule, StateInBfloat16{.seed = 5}), dense(same, rule, StateInBfloat16{.seed = 5});
  const Eigen::MatrixXf gradient = dense_gradient<Eigen::MatrixXf>(4),
                        values = gradient(rows, Eigen::seqN(0, 7));
  const Eigen::MatrixXf before = room;
  sparse.step(part, gradient_rows(rows, values));
  dense.step(same, gradient);
  for (const Eigen::Index row : rows) CHECK(part.row(row).isApprox(same.row(row), 1e-5F));
  CHECK(part.row(1) == before.row(3).segment(2, 7));

  Eigen::VectorXd vector = Eigen::VectorXd::Ones(19);
  Optimizer of_vector(vector, Sgd{.learning_rate = 1});
  const Eigen::VectorXd slope = Eigen::VectorXd::Constant(5, 0.5);
  of_vector.step(vector, gradient_rows(rows, slope));
  CHECK(vector.sum() == 19 - 2.5);
}

TEST_CASE("a tree may mix sparse and dense gradients; norms count what is there") {
  Eigen::MatrixXd table = Eigen::MatrixXd::Zero(19, 7);
  Eigen::VectorXd bias = Eigen::VectorXd::Zero(3);
  const Eigen::MatrixXd values = Eigen::MatrixXd::Constant(5, 7, 2);
  const Eigen::VectorXd slope = Eigen::VectorXd::Constant(3, 1);
  for (const bool delayed : {false, true}) {
    table.setZero();
    bias.setZero();
    Optimizer optimizer(std::tie(table, bias),
                        ClipByGlobalNorm{.max_norm = 1, .delayed = delayed} | Sgd{.learning_rate = 1});
    for (int k = 0; k < 2; ++k)
      optimizer.step(std::tie(table, bias), std::make_tuple(gradient_rows(rows, values), slope));
    const double norm = std::sqrt(5 * 7 * 4.0 + 3);
    CHECK(bias[0] == Approx(-2 / norm));
    CHECK(table(3, 2) == Approx(-4 / norm));
    CHECK(table(1, 2) == 0);
  }
}

TEST_CASE("a large table is stepped by several threads as by one") {
  Eigen::MatrixXf one = Eigen::MatrixXf::Constant(4000, 40, 1), several = one;
  std::vector<Eigen::Index> some;
  for (Eigen::Index row = 0; row < 4000; row += 3) some.push_back(row);
  const Eigen::MatrixXf values = Eigen::MatrixXf::Random(static_cast<Eigen::Index>(some.size()), 40);
  const auto step = [&](Eigen::MatrixXf& table, int threads) {
    set_threads(threads);
    Optimizer optimizer(table, ClipByGlobalNorm{.max_norm = 0.1} | AdamW{.learning_rate = 0.1});
    for (int k = 0; k < 2; ++k) optimizer.step(table, gradient_rows(some, values));
    set_threads(1);
  };
  step(one, 1);
  step(several, 3);
  CHECK(difference(one, several) == "");
}

TEST_CASE("rows that do not fit are refused, and nothing has changed") {
  Eigen::MatrixXd table = Eigen::MatrixXd::Ones(6, 2);
  Optimizer optimizer(table, SparseAdam{});
  const auto refusal = [&](const std::vector<Eigen::Index>& listed, Eigen::Index count,
                           Eigen::Index columns) {
    const Eigen::MatrixXd values = Eigen::MatrixXd::Ones(count, columns);
    return refusal_of([&] { optimizer.step(table, gradient_rows(listed, values)); });
  };
  const auto message =
      [](const char* found) {  // not as a sum: g++ 12 at -O2 mistakes it for an overlapping copy
        return std::string("descent: SparseAdam: block 'parameters' is 6x2, its gradient lists ")
            .append(found);
      };
  CHECK(refusal({1, 6}, 2, 2) == message("row 6; rows must be at least 0 and less than 6"));
  CHECK(refusal({-1, 1}, 2, 2) == message("row -1; rows must be at least 0 and less than 6"));
  CHECK(refusal({1, 1}, 2, 2) == message("row 1 after row 1; the rows must ascend"));
  CHECK(refusal({0, 2, 1}, 3, 2) == message("row 1 after row 2; the rows must ascend"));
  CHECK(refusal({1, 2}, 3, 2) ==
        message("2 rows with values of 3x2; each row must have one row of 2 values"));
  CHECK(refusal({1, 2}, 2, 3) ==
        message("2 rows with values of 2x3; each row must have one row of 2 values"));
  const Eigen::SparseMatrix<double> transposed(2, 6);
  CHECK(refusal_of([&] { optimizer.step(table, transposed); }) ==
        "descent: SparseAdam: block 'parameters' is 6x2, its gradient is 2x6 (transposed?)");
  CHECK(table == Eigen::MatrixXd::Ones(6, 2));
  CHECK(optimizer.steps() == 0);
}

TEST_CASE("options for which a rule measures whole blocks are refused with a sparse gradient") {
  Eigen::MatrixXd table = Eigen::MatrixXd::Ones(6, 2);
  Optimizer optimizer(table, AdamW{.cautious = true});
  const Eigen::SparseMatrix<double> gradient(6, 2);
  CHECK(refusal_of([&] { optimizer.step(table, gradient); }) ==
        "descent: AdamW: block 'parameters' has a sparse gradient, but with these options the rule needs "
        "whole ones: it measures blocks or remembers where each parameter started");
  CHECK(optimizer.steps() == 0);
}

TEST_CASE("Ftrl starts from the value of a parameter, at whatever step its first gradient comes") {
  Eigen::MatrixXd table = Eigen::MatrixXd::Constant(3, 2, 5), late = table.row(1);
  Optimizer optimizer(table, Ftrl{.learning_rate = 0.1}), alone(late, Ftrl{.learning_rate = 0.1});
  const std::vector<Eigen::Index> first{0}, second{1};
  const Eigen::MatrixXd values = Eigen::MatrixXd::Constant(1, 2, 0.01);
  optimizer.step(table, gradient_rows(first, values));
  for (int k = 0; k < 3; ++k) {
    optimizer.step(table, gradient_rows(second, values));
    alone.step(late, values);
    CHECK(difference(table.row(1), late) == "");
  }
}
