// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/soap.hpp>

#include <Eigen/QR>

#include <vector>

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

template <class Block>
Block after(const Soap& rule, Block p, const std::vector<Block>& gradients) {
  Optimizer optimizer(p, rule);
  for (const Block& gradient : gradients) optimizer.step(p, gradient);
  return p;
}

template <class Block = MatrixXd>
std::vector<Block> random_gradients(unsigned seed, int count, Eigen::Index rows, Eigen::Index columns) {
  test::Numbers<double> numbers(seed);
  std::vector<Block> gradients;
  for (int k = 0; k < count; ++k) gradients.push_back(numbers.plain_matrix(rows, columns));
  return gradients;
}

/// Adam that skips the first step but counts it, with weight decay after the step.
template <class Block>
Block adam_from_the_second_step(Block p, const std::vector<Block>& gradients) {
  Block m = 0 * p, v = m;
  for (std::size_t k = 1; k < gradients.size(); ++k) {
    const double t = static_cast<double>(k) + 1, beta = 0.95;
    m = beta * m + (1 - beta) * gradients[k];
    v = beta * v + (1 - beta) * gradients[k].cwiseAbs2();
    const double rate = 3e-3 * std::sqrt(1 - std::pow(beta, t)) / (1 - std::pow(beta, t));
    p -= rate * (m.array() / (v.array().sqrt() + 1e-8)).matrix();
    p *= 1 - 3e-3 * 0.01;
  }
  return p;
}

}  // namespace

TEST_CASE("an orthonormal basis of columns") {
  test::Numbers<double> numbers(1);
  for (const Eigen::Index size : {1, 2, 3, 10, 33}) {
    const MatrixXd matrix = numbers.plain_matrix(size, size);
    MatrixXd used = matrix, basis(size, size);
    detail::OrthonormalBasis<MatrixXd> factor;
    factor.prepare(size);
    factor.compute(basis, used);
    CHECK((basis.transpose() * basis).isIdentity(1e-12));
    const MatrixXd triangle = basis.transpose() * matrix;
    CHECK(triangle.isUpperTriangular(1e-11));
  }
}

TEST_CASE("the first step of Soap changes nothing; without rotation it is Adam") {
  const auto gradients = random_gradients(2, 5, 4, 3);
  const MatrixXd start = MatrixXd::Ones(4, 3);
  CHECK(after({}, start, {gradients[0]}) == start);
  CHECK(
      after({.max_side = 1}, start, gradients).isApprox(adam_from_the_second_step(start, gradients), 1e-13));
  const auto vector_gradients = random_gradients<VectorXd>(3, 5, 7, 1);
  const VectorXd ones = VectorXd::Ones(7);
  CHECK(after({}, ones, vector_gradients).isApprox(adam_from_the_second_step(ones, vector_gradients), 1e-13));
  CHECK_FALSE(after({.rotate_vectors = true}, ones, vector_gradients)
                  .isApprox(after({}, ones, vector_gradients), 1e-6));
}

TEST_CASE("Soap turns with the gradient, before and behind refreshes") {
  test::Numbers<double> numbers(4);
  auto rotation = [&](Eigen::Index size) -> MatrixXd {
    return Eigen::HouseholderQR<MatrixXd>(numbers.plain_matrix(size, size)).householderQ();
  };
  const MatrixXd left = rotation(4), right = rotation(4);
  const auto gradients = random_gradients(5, 6, 4, 4);
  std::vector<MatrixXd> turned;
  for (const MatrixXd& gradient : gradients) turned.push_back(left * gradient * right);
  for (const int refresh_every : {1, 2, 10}) {
    const Soap rule{.learning_rate = 0.1, .refresh_every = refresh_every};
    const MatrixXd none = MatrixXd::Zero(4, 4), plain = after(rule, none, gradients);
    CHECK(after(rule, none, turned).isApprox(left * plain * right, 1e-7));
    CHECK(plain.norm() > 0.1);
  }
}

TEST_CASE("a normalized direction has the size of the rate") {
  const auto gradients = random_gradients(6, 2, 5, 5);
  const MatrixXd moved =
      after({.learning_rate = 0.5, .weight_decay = 0.0, .correct_bias = false, .normalize = true},
            MatrixXd::Zero(5, 5).eval(), gradients);
  CHECK(moved.norm() / 5 == Approx(0.5));
}

TEST_CASE("Soap of rows in memory, and of row vectors, is that of columns") {
  const auto gradients = random_gradients(7, 4, 5, 3);
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Soap rule{.learning_rate = 0.1, .refresh_every = 2};
  const MatrixXd expected = after(rule, MatrixXd::Zero(5, 3).eval(), gradients);
  CHECK(after(rule, Rows(Rows::Zero(5, 3)), std::vector<Rows>(gradients.begin(), gradients.end()))
            .isApprox(expected, 1e-9));
  const auto vector_gradients = random_gradients<VectorXd>(8, 4, 6, 1);
  std::vector<Eigen::RowVectorXd> rows;
  for (const VectorXd& vector : vector_gradients) rows.push_back(vector.transpose());
  const Soap of_vectors{.learning_rate = 0.1, .refresh_every = 2, .rotate_vectors = true};
  CHECK(after(of_vectors, Eigen::RowVectorXd(Eigen::RowVectorXd::Zero(6)), rows)
            .isApprox(after(of_vectors, VectorXd(VectorXd::Zero(6)), vector_gradients).transpose(), 1e-12));
}

TEST_CASE("the state of Soap, reset, and gradients that are not finite") {
  const auto gradients = random_gradients(9, 3, 3, 2);
  MatrixXd p = MatrixXd::Zero(3, 2);
  Optimizer optimizer(p, Soap{.refresh_every = 1});
  std::string names;
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto&) { names += name + " "; });
  CHECK(names == "exp_avg exp_avg_sq GG_0 Q_0 GG_1 Q_1 ");
  for (const MatrixXd& gradient : gradients) optimizer.step(p, gradient);
  const MatrixXd once = p;
  optimizer.reset();
  p.setZero();
  for (const MatrixXd& gradient : gradients) optimizer.step(p, gradient);
  CHECK(p == once);
  CHECK(test::refusal_of([&] {
          optimizer.set_rule({.max_side = 2});
        }).find("the new options need other state") != std::string::npos);
  MatrixXd broken = gradients[0];
  broken(0, 0) = std::numeric_limits<double>::quiet_NaN();
  optimizer.step(p, broken);
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    if (name.starts_with("Q")) CHECK((values.transpose() * values).isIdentity(1e-12));
  });
}

TEST_CASE("what Soap refuses") {
  const MatrixXd p = MatrixXd::Zero(3, 2);
  auto refusal = [&](const Soap& rule) { return test::refusal_of([&] { Optimizer(p, rule); }); };
  CHECK(refusal({.learning_rate = -1}) ==
        "descent: Soap: learning_rate is -1, must be at least 0 and finite");
  CHECK(refusal({.beta1 = 1}) == "descent: Soap: beta1 is 1, must be in [0, 1)");
  CHECK(refusal({.beta2 = 1}) == "descent: Soap: beta2 is 1, must be in [0, 1)");
  CHECK(refusal({.epsilon = -1}) == "descent: Soap: epsilon is -1, must be at least 0 and finite");
  CHECK(refusal({.weight_decay = -1}) == "descent: Soap: weight_decay is -1, must be at least 0 and finite");
  CHECK(refusal({.refresh_every = 0}) == "descent: Soap: refresh_every is 0, must be at least 1 and finite");
  CHECK(refusal({.preconditioner_beta = 1}) == "descent: Soap: preconditioner_beta is 1, must be in [0, 1)");
  CHECK(refusal({.max_side = 0}) == "descent: Soap: max_side is 0, must be at least 1 and finite");
}
