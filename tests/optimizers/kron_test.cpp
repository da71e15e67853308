// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/kron.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/transforms/gradient/add_noise.hpp>

#include <Eigen/Dense>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

/// The state of the only block, by name.
template <class Optimizer>
MatrixXd state_of(Optimizer& optimizer, const std::string& wanted) {
  MatrixXd found;
  optimizer.for_each_state([&](const std::string&, const std::string& name, const auto& values) {
    if (name == wanted) found = values.template cast<double>();
  });
  return found;
}

MatrixXd noise(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed, std::uint64_t step) {
  return MatrixXd::NullaryExpr(rows, columns, [=](Eigen::Index i, Eigen::Index j) {
    return detail::normal_number(seed, 0, static_cast<std::uint64_t>(i + j * rows), step);
  });
}

/// |M| of a symmetric matrix by the two steps of the power method that PSGD takes.
double bound(const MatrixXd& m) {
  Eigen::Index longest;
  m.colwise().squaredNorm().maxCoeff(&longest);
  const VectorXd x = m * m.col(longest);
  return (m * x.normalized()).norm();
}

MatrixXd triu(const MatrixXd& m) { return m.triangularView<Eigen::Upper>(); }

}  // namespace

TEST_CASE("ScaleByKron does what its formula says, step by step") {
  // Once with outer products whose elements exceed 1, once with smaller ones.
  const auto [scale, size] = GENERATE(std::pair(0.5, 1.0), std::pair(4.0, 0.01));
  const ScaleByKron rule{.preconditioner_rate = 0.2, .initial_scale = scale, .seed = 3};
  MatrixXd parameters = MatrixXd::Zero(4, 3), q1 = scale * MatrixXd::Identity(4, 4),
           q2 = scale * MatrixXd::Identity(3, 3);
  Optimizer optimizer(parameters, rule);
  for (std::uint64_t step = 0; step < 5; ++step) {
    std::srand(static_cast<unsigned>(step));
    const MatrixXd g = size * MatrixXd::Random(4, 3), before = parameters;
    optimizer.step(parameters, g);
    const MatrixXd a = q1 * g * q2.transpose();
    const MatrixXd b = q1.transpose().inverse() * noise(4, 3, 3, step) * q2.inverse();
    const MatrixXd l = a * a.transpose(), ln = b * b.transpose(), r = a.transpose() * a,
                   rn = b.transpose() * b;
    q1 -= 0.2 / bound(l + ln) * triu(l - ln) * q1;
    q2 -= 0.2 / bound(r + rn) * triu(r - rn) * q2;
    CHECK(state_of(optimizer, "factor_0").isApprox(q1, 1e-10));
    CHECK(state_of(optimizer, "factor_1").isApprox(q2, 1e-10));
    const MatrixXd expected = q1.transpose() * q1 * g * q2.transpose() * q2;
    CHECK((parameters - before).isApprox(expected, 1e-9));
  }
}

TEST_CASE("ScaleByKron has a diagonal for vectors and for long sides") {
  VectorXd vector = VectorXd::Zero(5);
  Optimizer of_vector(vector, ScaleByKron{.preconditioner_rate = 0.2, .seed = 1});
  const VectorXd g = VectorXd::LinSpaced(5, -1, 2), v = noise(5, 1, 1, 0);
  of_vector.step(vector, g);
  const Eigen::ArrayXd total = g.array().square() + v.array().square();
  const Eigen::ArrayXd q = 1 - 0.2 / total.maxCoeff() * (g.array().square() - v.array().square());
  CHECK(state_of(of_vector, "factor_0").col(0).isApprox(q.matrix(), 1e-12));
  CHECK(vector.isApprox((q.square() * g.array()).matrix(), 1e-12));

  MatrixXd matrix = MatrixXd::Zero(6, 2);
  Optimizer tall(matrix, ScaleByKron{.max_side = 3});
  tall.step(matrix, MatrixXd::Random(6, 2));
  CHECK(state_of(tall, "factor_0").cols() == 1);
  CHECK(state_of(tall, "factor_1").cols() == 2);
  CHECK(matrix.allFinite());
}

TEST_CASE("ScaleByKron whitens: gradients of unequal directions come out alike") {
  MatrixXd parameters = MatrixXd::Zero(3, 4), last(3, 4);
  Optimizer optimizer(parameters, ScaleByKron{.preconditioner_rate = 0.1, .fitted_share = 1});
  const MatrixXd left = VectorXd{{10, 1, 0.1}}.asDiagonal();
  MatrixXd covariance = MatrixXd::Zero(3, 3);
  for (std::uint64_t step = 0; step < 3000; ++step) {
    const MatrixXd before = parameters;
    optimizer.step(parameters, left * noise(3, 4, 99, step));
    const MatrixXd update = parameters - before;
    if (step >= 1000) covariance += update * update.transpose() / (2000.0 * 4);
  }
  const VectorXd spread = covariance.diagonal();
  CHECK(spread.maxCoeff() < 3 * spread.minCoeff());  // 10 000 times before
}

TEST_CASE("ScaleByKron fits at the share of the steps that it is told") {
  MatrixXd parameters = MatrixXd::Zero(3, 2);
  Optimizer optimizer(parameters, ScaleByKron{.fitted_share = 0.25});
  std::vector<int> fitted;
  for (int step = 0; step < 12; ++step) {
    const MatrixXd before = state_of(optimizer, "factor_0");
    optimizer.step(parameters, MatrixXd::Random(3, 2));
    if (state_of(optimizer, "factor_0") != before) fitted.push_back(step);
  }
  CHECK(fitted == std::vector<int>{3, 7, 11});
  CHECK(detail::annealed_share(0) == 1);
  CHECK(detail::annealed_share(500) == 1);
  CHECK(detail::annealed_share(1500) == Approx(std::exp(-1.0)));
  CHECK(detail::annealed_share(1'000'000) == 0.03);
}

TEST_CASE("ScaleByKron keeps its factors if a gradient is zero or not finite") {
  MatrixXd parameters = MatrixXd::Zero(3, 2);
  Optimizer optimizer(parameters, ScaleByKron{});
  optimizer.step(parameters, MatrixXd::Random(3, 2));
  const MatrixXd factor = state_of(optimizer, "factor_0");
  optimizer.step(parameters, MatrixXd::Zero(3, 2));
  MatrixXd bad = MatrixXd::Ones(3, 2);
  bad(1, 1) = std::numeric_limits<double>::quiet_NaN();
  optimizer.step(parameters, bad);
  CHECK(state_of(optimizer, "factor_0") == factor);
}

TEST_CASE("Kron bounds its steps, and descends if directions differ a thousandfold") {
  MatrixXd x = MatrixXd::Constant(4, 3, 1);
  const VectorXd rows{{1000, 30, 1, 0.3}};
  Optimizer optimizer(x, Kron{.learning_rate = CosineDecay{.initial = 0.05, .steps = 400}});
  double largest = 0;
  for (int step = 0; step < 400; ++step) {
    const MatrixXd before = x;
    optimizer.step(x, rows.asDiagonal() * x);
    largest = std::max(largest, std::sqrt((x - before).squaredNorm() / 12));
  }
  CHECK(largest <= 0.05 * 1.1 * (1 + 1e-9));
  CHECK((rows.cwiseSqrt().asDiagonal() * x).norm() < 1e-2);
}

TEST_CASE("Kron and ScaleByKron refuse bad options") {
  CHECK(test::rule_refusal(Kron{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(test::rule_refusal(Kron{.momentum = 1}) == "momentum is 1" + test::must_be_a_decay_rate);
  CHECK(test::rule_refusal(Kron{.preconditioner_rate = 1}) ==
        "preconditioner_rate is 1" + test::must_be_a_decay_rate);
  CHECK(test::rule_refusal(Kron{.fitted_share = 0}) == "fitted_share is 0, must be in (0, 1]");
  CHECK(test::rule_refusal(Kron{.max_side = 0}) == "max_side is 0, must be at least 1 and finite");
  CHECK(test::rule_refusal(Kron{.initial_scale = 0}) == "initial_scale is 0" + test::must_be_positive);
  CHECK(test::rule_refusal(ScaleByKron{.fitted_share = 2}) == "fitted_share is 2, must be in (0, 1]");
}
