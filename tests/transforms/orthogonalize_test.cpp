// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/transforms/matrix/orthogonalize.hpp>

using descent::Muon;
using descent::MuonScale;
using descent::Optimizer;
using descent::Orthogonalize;
using Eigen::MatrixXd;
using test::rule_refusal;

namespace {

/// The rule's update for a gradient.
MatrixXd update_of(const Orthogonalize& rule, const MatrixXd& gradient) {
  MatrixXd p = MatrixXd::Zero(gradient.rows(), gradient.cols());
  Optimizer optimizer(p, rule);
  optimizer.step(p, gradient);
  return p;
}

/// Whether `factor` is the nearest matrix to `matrix` with orthonormal rows or columns: it has them, and
/// factor^T matrix is symmetric.
bool is_polar_factor(const MatrixXd& factor, const MatrixXd& matrix) {
  if (factor.rows() > factor.cols()) return is_polar_factor(factor.transpose(), matrix.transpose());
  const MatrixXd rest = factor * matrix.transpose();
  return (factor * factor.transpose()).isIdentity(1e-8) && rest.isApprox(rest.transpose(), 1e-8) &&
         rest.trace() > 0;
}

/// The iteration that converges to the polar factor, instead of the one that approaches it fast.
Orthogonalize exact() {
  return {.steps = 40, .coefficients = {{1.875, -1.25, 0.375}}, .scale = MuonScale::none};
}

}  // namespace

TEST_CASE("the update becomes the nearest orthonormal matrix, wide, tall and square") {
  test::Numbers<double> numbers(1);
  for (const auto& [rows, columns] : {std::pair{4, 7}, {7, 4}, {5, 5}, {1, 3}, {3, 1}, {1, 1}}) {
    const MatrixXd gradient = numbers.plain_matrix(rows, columns);
    CHECK(is_polar_factor(update_of(exact(), gradient), gradient));
    CHECK_FALSE(is_polar_factor(2 * update_of(exact(), gradient), gradient));
  }
}

TEST_CASE("the published coefficients bring the singular values near 1") {
  MatrixXd gradient = MatrixXd::Zero(4, 6);  // with singular values that can be read off
  gradient.diagonal() = Eigen::Vector4d(5, 2, 1, 0.25);
  const MatrixXd update = update_of({.scale = MuonScale::none}, gradient);
  CHECK(update.diagonal().minCoeff() > 0.3);
  CHECK(update.diagonal().maxCoeff() < 1.3);
  CHECK(std::abs(update.sum() - update.diagonal().sum()) < 1e-14);
}

TEST_CASE("the scales of the update") {
  test::Numbers<double> numbers(3);
  const MatrixXd tall = numbers.plain_matrix(8, 2), wide = tall.transpose();
  auto factor = [](MuonScale scale, const MatrixXd& gradient) {
    Orthogonalize rule = exact();
    rule.scale = scale;
    return update_of(rule, gradient).norm() / update_of(exact(), gradient).norm();
  };
  CHECK(factor(MuonScale::original, tall) == Approx(2));
  CHECK(factor(MuonScale::original, wide) == Approx(1));
  CHECK(factor(MuonScale::original_for_output_columns, tall) == Approx(1));
  CHECK(factor(MuonScale::original_for_output_columns, wide) == Approx(2));
  CHECK(factor(MuonScale::spectral_unclamped, tall) == Approx(2));
  CHECK(factor(MuonScale::spectral_unclamped, wide) == Approx(0.5));
  CHECK(factor(MuonScale::match_rms_adamw, wide) == Approx(0.2 * std::sqrt(8.0)));
}

TEST_CASE("the size of the gradient does not matter, and zero stays zero") {
  test::Numbers<double> numbers(4);
  const MatrixXd gradient = numbers.plain_matrix(4, 3);
  CHECK(update_of({}, 1000 * gradient).isApprox(update_of({}, gradient), 1e-12));
  CHECK(update_of({}, MatrixXd::Zero(4, 3)).isZero(0));
  CHECK(update_of({}, 1e-200 * gradient).allFinite());
}

TEST_CASE("each step may have coefficients of its own, the last ones repeated") {
  const MatrixXd gradient = MatrixXd::Identity(1, 1);
  // On a 1x1 matrix the iteration is x -> a x + b x^3 + c x^5.
  auto polynomial = [](double x, double a, double b, double c) {
    return a * x + b * std::pow(x, 3) + c * std::pow(x, 5);
  };
  const double two = polynomial(polynomial(1, 0.5, 0.1, 0.2), 1.5, -0.5, 0);
  const std::vector<std::array<double, 3>> coefficients = {{0.5, 0.1, 0.2}, {1.5, -0.5, 0}};
  CHECK(update_of({.steps = 1, .coefficients = coefficients}, gradient)(0, 0) == Approx(0.8));
  CHECK(update_of({.steps = 2, .coefficients = coefficients}, gradient)(0, 0) == Approx(two));
  CHECK(update_of({.steps = 3, .coefficients = coefficients}, gradient)(0, 0) ==
        Approx(polynomial(two, 1.5, -0.5, 0)));
  CHECK(update_of({.steps = 1, .coefficients = {{1, 0, 0}}, .epsilon = 1, .add_epsilon = true}, gradient)(
            0, 0) == Approx(0.5));
  CHECK(update_of({.steps = 1, .coefficients = {{1, 0, 0}}, .safety_factor = 4}, gradient)(0, 0) ==
        Approx(0.25));
}

TEST_CASE("the weight decay of Muon is added to the orthogonal direction") {
  const MatrixXd gradient = 3 * MatrixXd::Identity(2, 2);
  MatrixXd p = MatrixXd::Ones(2, 2);
  Muon rule{.learning_rate = 0.5, .weight_decay = 0.25, .steps = 40, .coefficients = {{1.875, -1.25, 0.375}}};
  Optimizer optimizer(p, rule);
  optimizer.step(p, gradient);
  CHECK(p.isApprox(MatrixXd::Ones(2, 2) - 0.5 * (MatrixXd::Identity(2, 2) + 0.25 * MatrixXd::Ones(2, 2)),
                   1e-9));
}

TEST_CASE("Muon works on matrices of every layout") {
  test::Numbers<double> numbers(5);
  const MatrixXd start = numbers.plain_matrix(5, 3), gradient = numbers.plain_matrix(5, 3);
  auto steps = [&](auto& p, const auto& g) {
    Optimizer optimizer(p, Muon{.learning_rate = 0.1});
    for (int k = 0; k < 3; ++k) optimizer.step(p, g);
  };
  MatrixXd expected = start, buffer = MatrixXd::Zero(9, 9);
  steps(expected, gradient);
  auto block = buffer.block(1, 2, 5, 3);
  block = start;
  steps(block, gradient);
  CHECK(test::difference(block, expected) == "");
  Eigen::Matrix<double, 5, 3> fixed = start;
  steps(fixed, 2 * gradient - gradient);
  CHECK(test::difference(fixed, expected) == "");
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = start;
  steps(by_rows, gradient);
  CHECK(by_rows.isApprox(expected, 1e-12));
}

TEST_CASE("Orthogonalize says which option is wrong") {
  CHECK(rule_refusal(Orthogonalize{.steps = -1}) == "steps is -1, must be at least 1 and finite");
}
