// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sm3.hpp>

#include <map>

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

template <class O>
std::map<std::string, MatrixXd> state_of(O& optimizer) {
  std::map<std::string, MatrixXd> state;
  optimizer.for_each_state(
      [&](const auto&, const std::string& name, const auto& values) { state[name] = values; });
  return state;
}

}  // namespace

TEST_CASE("the bounds of Sm3 are bounds, and tight if rows and columns determine all elements") {
  test::Numbers<double> numbers(1);
  MatrixXd p = MatrixXd::Zero(4, 7), squares = MatrixXd::Zero(4, 7);
  Optimizer optimizer(p, Sm3{});
  for (int k = 0; k < 20; ++k) {
    const MatrixXd gradient = numbers.plain_matrix(4, 7);
    squares += gradient.cwiseAbs2();
    optimizer.step(p, gradient);
    const auto state = state_of(optimizer);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 7; ++j)
        CHECK(std::min(state.at("accumulator_0")(i), state.at("accumulator_1")(j)) >=
              squares(i, j) * (1 - 1e-12));
  }
  // A gradient whose squares are equal along each row: the bound of the row is the sum.
  p.setZero();
  Optimizer rows(p, Sm3{});
  for (int k = 0; k < 3; ++k) rows.step(p, VectorXd::LinSpaced(4, 1, 4) * Eigen::RowVectorXd::Ones(7));
  CHECK(state_of(rows).at("accumulator_0").isApprox(3 * VectorXd::LinSpaced(4, 1, 4).cwiseAbs2(), 1e-14));
}

TEST_CASE("Sm3 of a vector is Adagrad") {
  test::Numbers<double> numbers(2);
  VectorXd p = VectorXd::Zero(5), expected = p, sum = p;
  Optimizer optimizer(p, Sm3{.learning_rate = 0.5, .momentum = 0});
  for (int k = 0; k < 5; ++k) {
    const VectorXd gradient = numbers.plain_matrix(5, 1);
    sum += gradient.cwiseAbs2();
    expected.array() -= 0.5 * gradient.array() / (sum.array() + 1e-30).sqrt();
    optimizer.step(p, gradient);
  }
  CHECK(p.isApprox(expected, 1e-14));
  CHECK(state_of(optimizer).size() == 1);
}

TEST_CASE("Sm3 by its formula, with momentum, and with bounds that never fall") {
  test::Numbers<double> numbers(3);
  for (const double beta : {0.0, 0.9}) {
    MatrixXd p = MatrixXd::Zero(3, 10), expected = p, average = p;
    VectorXd r = VectorXd::Zero(3), c = VectorXd::Zero(10);
    Optimizer optimizer(p, Sm3{.learning_rate = 0.1, .momentum = 0.8, .beta = beta, .epsilon = 1e-3});
    for (int k = 0; k < 4; ++k) {
      const MatrixXd g = numbers.plain_matrix(3, 10);
      MatrixXd v(3, 10);
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 10; ++j)
          v(i, j) = (beta > 0 ? beta : 1) * std::min(r(i), c(j)) + (1 - beta) * g(i, j) * g(i, j);
      const VectorXd rows = v.rowwise().maxCoeff(), columns = v.colwise().maxCoeff().transpose();
      r = beta > 0 ? VectorXd(r.cwiseMax(rows)) : rows;
      c = beta > 0 ? VectorXd(c.cwiseMax(columns)) : columns;
      average = 0.8 * average + 0.2 * (g.array() / (v.array() + 1e-3).sqrt()).matrix();
      expected -= 0.1 * average;
      optimizer.step(p, g);
    }
    CHECK(p.isApprox(expected, 1e-13));
  }
}

TEST_CASE("Sm3 of rows in memory gives the bits of columns; without slope and epsilon it stands still") {
  test::Numbers<float> numbers(4);
  Eigen::MatrixXf columns = numbers.plain_matrix(9, 6);
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = columns;
  Optimizer by_columns(columns, Sm3{});
  Optimizer by_rows(rows, Sm3{});
  for (int k = 0; k < 3; ++k) {
    const Eigen::MatrixXf gradient = numbers.plain_matrix(9, 6);
    by_columns.step(columns, gradient);
    by_rows.step(rows, gradient);
  }
  CHECK(test::difference(Eigen::MatrixXf(rows), columns) == "");

  MatrixXd p = MatrixXd::Ones(2, 2);
  Optimizer resting(p, Sm3{.epsilon = 0});
  resting.step(p, MatrixXd::Zero(2, 2));
  CHECK(p == MatrixXd::Ones(2, 2));
}

TEST_CASE("what Sm3 refuses, and its presets") {
  const MatrixXd p = MatrixXd::Zero(3, 2);
  auto refusal = [&](const Sm3& rule) { return test::refusal_of([&] { Optimizer(p, rule); }); };
  CHECK(refusal({.learning_rate = -1}) == "descent: Sm3: learning_rate is -1, must be at least 0 and finite");
  CHECK(refusal({.momentum = 1}) == "descent: Sm3: momentum is 1, must be in [0, 1)");
  CHECK(refusal({.beta = 1.5}) == "descent: Sm3: beta is 1.5, must be in [0, 1]");
  CHECK(refusal({.epsilon = -1}) == "descent: Sm3: epsilon is -1, must be at least 0 and finite");
  CHECK(Sm3::like_optax().epsilon == 1e-8);
  CHECK((Sm3{}.epsilon == 1e-30 && Sm3{}.beta(0) == 0 && Sm3{}.momentum(0) == 0.9));
}
