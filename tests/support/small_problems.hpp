// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>

#include "support/catch.hpp"

#include <Eigen/Core>

#include <string>
#include <vector>

namespace test {

/// Nine parameters, and a gradient of both signs and many sizes.
inline const Eigen::VectorXd start = Eigen::VectorXd::LinSpaced(9, -1, 1);
inline const Eigen::VectorXd slope =
    (Eigen::VectorXd(9) << 0.5, -2, 1e-3, 4, -0.25, 1, -8, 0.125, 3).finished();
inline const Eigen::VectorXd signs = slope.array().sign();

/// The point that steps along one gradient reach from p.
template <class R>
Eigen::VectorXd after(const R& rule, Eigen::VectorXd p, const Eigen::VectorXd& gradient, int steps = 1) {
  descent::Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k) optimizer.step(p, gradient, 0.0);
  return p;
}

/// The same from `start`.
template <class R>
Eigen::VectorXd after(const R& rule, const Eigen::VectorXd& gradient, int steps = 1) {
  return after(rule, start, gradient, steps);
}

/// The parameters after gradients each of which is a different multiple of the slope.
template <class R>
Eigen::VectorXd after_factors(const R& rule, const std::vector<double>& factors) {
  Eigen::VectorXd p = start;
  descent::Optimizer optimizer(p, rule);
  for (const double factor : factors) optimizer.step(p, factor * slope);
  return p;
}

/// The change that one step makes to a matrix p with the gradient u.
template <class R, class Matrix>
Matrix change(const R& rule, const Matrix& p, const Matrix& u) {
  Matrix moved = p;
  descent::Optimizer optimizer(moved, rule);
  optimizer.step(moved, u);
  return moved - p;
}

/// The names of the state of a vector, in order, with a space after each.
template <class R>
std::string slots_of(const R& rule) {
  const Eigen::VectorXd p = Eigen::VectorXd::Zero(4);
  descent::Optimizer optimizer(p, rule);
  std::string names;
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto&) { names += name + " "; });
  return names;
}

/// One slot of the state after one step from `start`.
template <class R>
Eigen::VectorXd slot_after(const R& rule, const Eigen::VectorXd& gradient, const std::string& wanted) {
  Eigen::VectorXd p = start, found;
  descent::Optimizer optimizer(p, rule);
  optimizer.step(p, gradient);
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    if (name == wanted) found = Eigen::Map<const Eigen::VectorXd>(values.data(), values.size());
  });
  REQUIRE(found.size() == gradient.size());
  return found;
}

/// A parameter of 1 after steps without slope, with weight decay 0.25 and rate 0.5.
template <class R>
double one_after_decay(R rule, int steps = 1) {
  rule.learning_rate = 0.5;
  rule.weight_decay = 0.25;
  const Eigen::VectorXd p = after(rule, Eigen::VectorXd::Ones(4), Eigen::VectorXd::Zero(4), steps);
  CHECK(p.isConstant(p[0], 0));
  return p[0];
}

/// A gradient that is 1024 times as large leads to the same parameters.
template <class R>
void check_that_the_scale_does_not_matter(const R& rule) {
  const Eigen::VectorXd plain = after(rule, slope, 4), scaled = after(rule, 1024 * slope, 4);
  CHECK((scaled - plain).cwiseAbs().maxCoeff() < 1e-14);
  CHECK((plain - start).cwiseAbs().minCoeff() > 1e-6);
}

/// The share of the loss that is left after some steps down the valley sum c (p - 1)^2 / 2, with
/// curvatures c from 1 to 100, from 0. The loss is handed to the rule with the gradient.
template <class R>
double left_in_valley(const R& rule, int steps) {
  const Eigen::VectorXd curvature = Eigen::Array4d(1, 5, 25, 100);
  const auto loss = [&](const Eigen::VectorXd& p) {
    return (curvature.array() * (p.array() - 1).square()).sum() / 2;
  };
  Eigen::VectorXd p = Eigen::VectorXd::Zero(4);
  const double before = loss(p);
  descent::Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k)
    optimizer.step(p, curvature.cwiseProduct(p - Eigen::VectorXd::Ones(4)), loss(p));
  return loss(p) / before;
}

}  // namespace test
