// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/sophia.hpp>

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

// Blocks that share memory with their gradients or with each other.

using descent::Adam;
using descent::Optimizer;
using descent::Sgd;
using Eigen::Map;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXd;
using test::difference;
using test::Numbers;
using test::refusal_of;

namespace {

const Adam rule{.learning_rate = 0.1};

MatrixXd numbers(Eigen::Index rows, Eigen::Index columns) {
  return Numbers<double>(7).plain_matrix(rows, columns);
}

std::string overlap_of(const std::string& block) {
  return "descent: Adam: block '" + block +
         "' shares memory with its gradient without being the same elements in the same order; copy the "
         "gradient first";
}
std::string shared(const std::string& first, const std::string& second, const std::string& name = "Sgd") {
  return "descent: " + name + ": blocks '" + first + "' and '" + second +
         "' share memory; a block may stand in the tree only once, or it would be stepped twice";
}

/// Steps along a gradient in the same memory, and along a copy of it, must agree.
template <class P, class G>
void check_legal(const MatrixXd& memory, P parameters_in, G gradient_in) {
  MatrixXd own = memory, other = memory;
  auto p = parameters_in(own);
  auto q = parameters_in(other);
  Optimizer optimizer(p, rule), twin(q, rule);
  for (int k = 0; k < 3; ++k) {
    optimizer.step(p, gradient_in(own));
    const MatrixXd gradient = gradient_in(other);
    twin.step(q, gradient);
    CHECK(difference(own, other) == "");
  }
  CHECK(difference(own, memory) != "");
}
/// Nothing is changed.
template <class P, class G>
void check_refused(const MatrixXd& memory, P parameters_in, G gradient_in) {
  MatrixXd own = memory;
  auto p = parameters_in(own);
  std::tuple<MatrixXd, decltype(p)&> tree(MatrixXd::Ones(2, 2), p);
  Optimizer optimizer(tree, rule);
  CHECK(refusal_of([&] {
          optimizer.step(tree, std::make_tuple(MatrixXd::Ones(2, 2).eval(), gradient_in(own)));
        }) == overlap_of("[1]"));
  CHECK(difference(own, memory) == "");
  CHECK(std::get<0>(tree).isOnes(0));
  CHECK(optimizer.steps() == 0);
  optimizer.step(tree, std::tuple<MatrixXd, MatrixXd>(MatrixXd::Ones(2, 2), gradient_in(own)));
  CHECK(optimizer.steps() == 1);
}

using Strided = Map<MatrixXd, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
auto view(Eigen::Index first, Eigen::Index rows, Eigen::Index columns, Eigen::Index outer,
          Eigen::Index inner) {
  return [=](MatrixXd& memory) {
    return Strided(memory.data() + first, rows, columns,
                   Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(outer, inner));
  };
}
auto run(Eigen::Index first, Eigen::Index size) {
  return [=](MatrixXd& memory) { return Map<VectorXd>(memory.data() + first, size); };
}

}  // namespace

TEST_CASE("parameters may be their own gradient") {
  const MatrixXd memory = numbers(9, 9);
  auto whole = [](MatrixXd& m) { return Map<MatrixXd>(m.data(), 9, 9); };
  check_legal(memory, whole, whole);
  check_legal(memory, run(3, 70), run(3, 70));
  check_legal(memory, view(2, 4, 5, 9, 2), view(2, 4, 5, 9, 2));  // elements apart from each other
  check_legal(memory, view(1, 4, 5, 9, 1), [](MatrixXd& m) { return m.block(1, 0, 4, 5); });
  MatrixXd p = memory, expected = memory;
  Optimizer optimizer(p, rule), twin(expected, rule);
  optimizer.step(p, p);
  twin.step(expected, memory);
  CHECK(difference(p, expected) == "");
  Eigen::Matrix3d small = memory.topLeftCorner<3, 3>(), copy = small;
  Optimizer fixed(small, rule), fixed_twin(copy, rule);
  fixed.step(small, small);
  fixed_twin.step(copy, Eigen::Matrix3d(copy));
  CHECK(difference(small, copy) == "");
  // A symmetric stride: the transpose of a row is that row.
  check_legal(
      memory, [](MatrixXd& m) { return m.row(2); }, [](MatrixXd& m) { return m.row(2); });
}

TEST_CASE("other elements of the same memory are legal as a gradient") {
  const MatrixXd memory = numbers(8, 40);
  check_legal(memory, run(0, 100), run(100, 100));
  check_legal(memory, run(100, 100), run(0, 100));
  check_legal(memory, view(0, 8, 20, 16, 1), view(8, 8, 20, 16, 1));  // even and odd columns
  check_legal(memory, view(8, 8, 20, 16, 1), view(0, 8, 20, 16, 1));
  check_legal(memory, view(0, 4, 40, 8, 2), view(1, 4, 40, 8, 2));  // even and odd rows
  check_legal(memory, view(0, 4, 8, 8, 1), view(4, 4, 8, 8, 1));    // halves of the same columns
  check_legal(memory, view(0, 3, 3, 8, 1), view(24, 3, 3, 8, 1));
  check_legal(
      memory, [](MatrixXd& m) { return m.leftCols(8); },
      [](MatrixXd& m) { return m.middleCols(8, 8).transpose(); });
}

TEST_CASE("a gradient that shares elements with its parameters in another order is refused") {
  const MatrixXd memory = numbers(8, 8);
  auto whole = [](MatrixXd& m) { return Map<MatrixXd>(m.data(), 8, 8); };
  check_refused(memory, whole, [](MatrixXd& m) { return Map<MatrixXd>(m.data(), 8, 8).transpose(); });
  check_refused(memory, run(0, 60), run(1, 60));
  check_refused(memory, run(1, 60), run(0, 60));
  check_refused(memory, run(0, 30), run(29, 30));
  check_refused(memory, run(29, 30), run(0, 30));
  check_refused(memory, view(0, 4, 4, 8, 1), [](MatrixXd& m) { return m.topLeftCorner(4, 4).transpose(); });
}

TEST_CASE("strided views that share elements in another order are refused") {
  const MatrixXd memory = numbers(8, 8);
  check_refused(memory, view(0, 4, 4, 8, 1), view(1, 4, 4, 8, 1));  // one row down
  check_refused(memory, view(1, 4, 4, 8, 1), view(0, 4, 4, 8, 1));
  check_refused(memory, view(0, 4, 4, 8, 1), view(8, 4, 4, 8, 1));  // one column to the right
  check_refused(memory, view(8, 4, 4, 8, 1), view(0, 4, 4, 8, 1));
  check_refused(memory, view(8, 4, 4, 8, 1), view(1, 4, 4, 8, 1));
  check_refused(memory, view(27, 4, 4, 8, 1), view(0, 4, 4, 8, 1));  // corners only
  check_refused(memory, view(3, 4, 4, 8, 1), view(24, 4, 4, 8, 1));
  check_refused(memory, view(0, 3, 8, 8, 2), view(2, 3, 8, 8, 2));  // every other row
  check_refused(memory, run(0, 16), [](MatrixXd& m) { return Strided(m.data() + 1, 16, 1, {64, 2}); });
  check_refused(memory, view(0, 4, 4, 8, 1), [](MatrixXd& m) { return m.block(1, 0, 4, 4).transpose(); });
}

TEST_CASE("views are refused as gradients if they share an element in another order, and only then") {
  std::mt19937 engine(5);
  auto below = [&](int most) { return static_cast<Eigen::Index>(engine() % static_cast<unsigned>(most)); };
  const MatrixXd memory = numbers(100, 1);
  int legal = 0, refused = 0;
  for (int k = 0; k < 3000; ++k) {
    const Eigen::Index rows = 1 + below(4), columns = 1 + below(4), inner = 1 + below(3),
                       outer = 1 + 3 * inner + below(5);
    const bool alike = below(2) == 0, turned = below(4) == 0;
    const Eigen::Index gradient_inner = alike ? inner : 1 + below(4),
                       gradient_outer = alike ? outer : 1 + below(8);
    const Eigen::Index first = below(20), gradient_first = below(20);
    std::vector<Eigen::Index> own, of_gradient;
    for (Eigen::Index j = 0; j < columns; ++j) {
      for (Eigen::Index i = 0; i < rows; ++i) {
        own.push_back(first + (turned ? i * outer + j * inner : i * inner + j * outer));
        of_gradient.push_back(gradient_first + i * gradient_inner + j * gradient_outer);
      }
    }
    bool shares = false;
    for (const Eigen::Index place : own)
      shares = shares || std::find(of_gradient.begin(), of_gradient.end(), place) != of_gradient.end();
    CAPTURE(rows, columns, inner, outer, gradient_inner, gradient_outer, first, gradient_first, turned);
    MatrixXd used = memory, expected = memory;
    auto p = view(first, rows, columns, turned ? inner : outer, turned ? outer : inner)(used);
    auto twin = view(first, rows, columns, turned ? inner : outer, turned ? outer : inner)(expected);
    const auto gradient = view(gradient_first, rows, columns, gradient_outer, gradient_inner)(used);
    twin -= 0.5 * MatrixXd(view(gradient_first, rows, columns, gradient_outer, gradient_inner)(expected));
    Optimizer<Strided, Sgd> optimizer(p, Sgd{.learning_rate = 0.5});
    const std::string refusal = refusal_of([&] { optimizer.step(p, gradient); });
    const bool should_be_refused = shares && own != of_gradient;
    CHECK(refusal.empty() != should_be_refused);
    CHECK(difference(used, should_be_refused ? memory : expected) == "");
    ++(refusal.empty() ? legal : refused);
  }
  CHECK(legal > 500);
  CHECK(refused > 500);
}

TEST_CASE("a Hessian may lie where parameters of an earlier step lay") {
  VectorXd memory = numbers(100, 1), values = numbers(40, 1);
  Map<VectorXd> early(memory.data(), 40);
  Optimizer optimizer(early, descent::Sophia{}), twin = optimizer;
  optimizer.step(early, values);
  VectorXd late = early, other = early;
  memory.setOnes();
  twin.step(other, values);
  optimizer.observe_hessian(Map<VectorXd>(memory.data() + 1, 40));
  twin.observe_hessian(VectorXd::Ones(40).eval());
  optimizer.step(late, values);
  twin.step(other, values);
}

TEST_CASE("a block that stands twice in a tree is refused") {
  MatrixXd w = numbers(3, 3), v = numbers(3, 3);
  const MatrixXd before = w;
  CHECK(refusal_of([&] { Optimizer(std::tie(w, w), Sgd{}); }) == shared("[0]", "[1]"));
  CHECK(refusal_of([&] { Optimizer(std::tie(v, w, v), Sgd{}); }) == shared("[0]", "[2]"));
  Optimizer optimizer(std::tie(w, v), Sgd{});
  const std::tuple<MatrixXd, MatrixXd> gradient(w, v);
  optimizer.step(std::tie(w, v), gradient);
  w = before;
  for (int k = 0; k < 2; ++k) {
    CHECK(refusal_of([&] { optimizer.step(std::tie(w, w), gradient); }) == shared("[0]", "[1]"));
    CHECK(refusal_of([&] { optimizer.step(std::tie(w, w), std::make_tuple(2 * before, 3 * before)); }) ==
          shared("[0]", "[1]"));
    CHECK(refusal_of([&] { optimizer.step(std::tie(w, w), [](const auto&, auto&) { return 1.0; }); }) ==
          shared("[0]", "[1]"));
  }
  CHECK(difference(w, before) == "");
  CHECK(optimizer.steps() == 1);
  optimizer.step(std::tie(w, v), gradient);
  CHECK(optimizer.steps() == 2);

  Eigen::Matrix2d small = Eigen::Matrix2d::Ones(), other = small;
  CHECK(refusal_of([&] { Optimizer(std::tie(small, small), Sgd{}); }) == shared("[0]", "[1]"));
  Optimizer fixed(std::tie(small, other), Sgd{});
  CHECK(refusal_of([&] { fixed.step(std::tie(small, small), std::tie(other, other)); }) ==
        shared("[0]", "[1]"));
  CHECK(small.isOnes(0));
  fixed.step(std::tie(small, other), std::make_tuple(Eigen::Matrix2d(small), Eigen::Matrix2d(other)));
}

TEST_CASE("blocks that overlap are refused, in any order, with any gradient") {
  VectorXd memory = numbers(100, 1);
  const VectorXd before = memory;
  using Run = Map<VectorXd>;
  using Tree = std::vector<Run>;
  auto at = [&](Eigen::Index first, Eigen::Index size) { return Run(memory.data() + first, size); };
  CHECK(refusal_of([&] { Optimizer(Tree{at(0, 50), at(49, 20)}, Sgd{}); }) == shared("[0]", "[1]"));
  CHECK(refusal_of([&] { Optimizer(Tree{at(49, 20), at(0, 50)}, Sgd{}); }) == shared("[0]", "[1]"));
  CHECK(refusal_of([&] {
          Optimizer(Tree{at(60, 5), at(0, 90), at(90, 10)}, Sgd{});
        }) == shared("[0]", "[1]"));
  CHECK(refusal_of([&] { Optimizer(Tree{at(7, 0), at(0, 10), at(7, 0)}, Sgd{}); }) == "");

  Tree tree{at(0, 30), at(30, 30), at(60, 30)};
  Optimizer optimizer(tree, Sgd{});
  std::vector<VectorXd> gradient(3, VectorXd::Ones(30));
  optimizer.step(tree, gradient);
  memory = before;
  Tree wrong{at(0, 30), at(29, 30), at(60, 30)};
  const VectorXd strided = VectorXd::Ones(60);
  const std::vector<Map<const VectorXd, 0, Eigen::InnerStride<2>>> views(
      3, Map<const VectorXd, 0, Eigen::InnerStride<2>>(strided.data(), 30));
  const auto twice = 2 * gradient[0];
  const std::vector<std::remove_const_t<decltype(twice)>> expressions(3, twice);
  CHECK(refusal_of([&] { optimizer.step(wrong, gradient); }) == shared("[0]", "[1]"));
  CHECK(refusal_of([&] { optimizer.step(wrong, views); }) == shared("[0]", "[1]"));
  CHECK(refusal_of([&] { optimizer.step(wrong, expressions); }) == shared("[0]", "[1]"));
  CHECK(refusal_of([&] { optimizer.step(wrong, gradient); }) == shared("[0]", "[1]"));
  CHECK(difference(memory, before) == "");
  CHECK(optimizer.steps() == 1);
  optimizer.step(tree, views);
  optimizer.step(tree, expressions);
  CHECK(optimizer.steps() == 3);
}

TEST_CASE("distinct rows of one matrix are blocks of their own") {
  MatrixXd memory = numbers(3, 20), expected = memory;
  const MatrixXd gradient = MatrixXd::Constant(3, 20, 0.5);
  auto rows = [](MatrixXd& m) { return std::make_tuple(m.row(2), m.row(0), m.row(1)); };
  auto tree = rows(memory);
  Optimizer optimizer(tree, Sgd{.learning_rate = 0.5});
  Optimizer whole(expected, Sgd{.learning_rate = 0.5});
  for (int k = 0; k < 3; ++k) {
    optimizer.step(tree, std::make_tuple(gradient.row(0), gradient.row(1), gradient.row(2)));
    whole.step(expected, gradient);
    CHECK(difference(memory, expected) == "");
  }
  CHECK(refusal_of([&] {
          auto twice = std::make_tuple(memory.row(2), memory.row(1), memory.row(2));
          optimizer.step(twice, std::make_tuple(gradient.row(0), gradient.row(1), gradient.row(2)));
        }) == shared("[0]", "[2]"));
  CHECK(difference(memory, expected) == "");
}
