// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/muon.hpp>

#include <Eigen/SVD>

#include <algorithm>

// Muon compared with its formula in plain Eigen, on small and large matrices.
// (properties/large_matrices_test.cpp tests that large ones allocate nothing.)

using namespace descent;
using Eigen::MatrixXd;

namespace {

/// Jordan's iteration, as it is written.
template <class Matrix>
Matrix plain_newton_schulz(Matrix x) {
  const bool tall = x.rows() > x.cols();
  if (tall) x = x.transpose().eval();
  x /= x.norm();
  for (int k = 0; k < 5; ++k) {
    const Matrix a = x * x.transpose(), b = -4.775 * a + 2.0315 * a * a;
    x = (3.4445 * x + b * x).eval();
  }
  return tall ? Matrix(x.transpose()) : x;
}

template <class S>
void check_against_formula(Eigen::Index rows, Eigen::Index columns, double tolerance) {
  using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
  test::Numbers<S> numbers(1);
  const Matrix start = numbers.plain_matrix(rows, columns), gradient = numbers.plain_matrix(rows, columns);
  Matrix p = start;
  Optimizer optimizer(p, Muon{.learning_rate = 0.1, .weight_decay = 0.0});
  optimizer.step(p, gradient);
  const double scale = std::sqrt(std::max(1.0, static_cast<double>(rows) / static_cast<double>(columns)));
  const MatrixXd expected = start.template cast<double>() -
                            0.1 * scale * plain_newton_schulz<MatrixXd>(gradient.template cast<double>());
  CHECK((p.template cast<double>() - expected).cwiseAbs().maxCoeff() < tolerance);
}

}  // namespace

TEST_CASE("Muon is the published iteration, for every shape") {
  for (const auto& [rows, columns] :
       {std::pair{1, 1}, {1, 9}, {9, 1}, {3, 5}, {40, 7}, {7, 90}, {64, 64}, {150, 130}}) {
    INFO(rows << " x " << columns);
    check_against_formula<double>(rows, columns, 1e-11);
    check_against_formula<float>(rows, columns, 1e-5);
  }
}

TEST_CASE("Muon takes steps of one size in all directions") {
  test::Numbers<double> numbers(2);
  MatrixXd p = MatrixXd::Zero(12, 20);
  Optimizer optimizer(p, Muon{.learning_rate = 1, .weight_decay = 0.0, .scale = MuonScale::none});
  optimizer.step(p, numbers.plain_matrix(12, 20));
  const auto singular = Eigen::JacobiSVD<MatrixXd>(p).singularValues();
  CHECK(singular.maxCoeff() < 1.3);
  CHECK(singular.minCoeff() > 0.3);
}

TEST_CASE("Muon remembers only the momentum, and starts again after reset") {
  test::Numbers<double> numbers(3);
  const MatrixXd start = numbers.plain_matrix(6, 4);
  const MatrixXd gradients[] = {numbers.plain_matrix(6, 4), numbers.plain_matrix(6, 4)};
  MatrixXd p = start;
  Optimizer optimizer(p, Muon{.learning_rate = 0.1});
  auto run = [&] {
    p = start;
    for (const MatrixXd& gradient : gradients) optimizer.step(p, gradient);
    return p;
  };
  const MatrixXd first = run();
  int slots = 0;
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    ++slots;
    CHECK(name == "momentum_buffer");
    CHECK(values.isApprox(0.95 * 0.05 * gradients[0] + 0.05 * gradients[1], 1e-14));
  });
  CHECK(slots == 1);
  optimizer.reset();
  CHECK(test::difference(run(), first) == "");
}

TEST_CASE("options of Muon") {
  test::check_rate<Muon>();
  test::check_decay<Muon>();
  test::check_epsilon<Muon>();
  CHECK(test::rule_refusal(Muon{.momentum = 0}) == "");
  CHECK(test::rule_refusal(Muon{.momentum = 1}) == "momentum is 1" + test::must_be_a_decay_rate);
  CHECK(test::rule_refusal(Muon{.steps = 0}) == "steps is 0, must be at least 1 and finite");
  CHECK(test::rule_refusal(Muon{.coefficients = {}}) ==
        "coefficients is empty, must hold at least one triple");
  CHECK(test::rule_refusal(Muon{.coefficients = {{1, 2, test::not_a_number}}}) ==
        "coefficients must be finite");
  CHECK(test::rule_refusal(Muon{.rms_factor = 0}) == "rms_factor is 0, must be greater than 0 and finite");
  CHECK(test::rule_refusal(Muon{.safety_factor = 0.5}) ==
        "safety_factor is 0.5, must be at least 1 and finite");
  CHECK(test::rule_refusal(Muon::like_jordan()) == "");
  CHECK(test::rule_refusal(Muon::like_optax()) == "");
}
