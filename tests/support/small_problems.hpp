// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>

#include <Eigen/Core>

namespace test {

/// Nine parameters, and a gradient of both signs and many sizes.
inline const Eigen::VectorXd start = Eigen::VectorXd::LinSpaced(9, -1, 1);
inline const Eigen::VectorXd slope =
    (Eigen::VectorXd(9) << 0.5, -2, 1e-3, 4, -0.25, 1, -8, 0.125, 3).finished();

/// The point that steps along one gradient reach from p.
template <class R>
Eigen::VectorXd after(const R& rule, Eigen::VectorXd p, const Eigen::VectorXd& gradient, int steps = 1) {
  descent::Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k) optimizer.step(p, gradient, 0.0);
  return p;
}

/// The fraction of the loss that remains after `steps` steps down the valley sum c (p - 1)^2 / 2, with
/// curvatures c from 1 to 100, from 0. The rule receives the loss with the gradient.
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
