// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/core/parameters.hpp>

/// A small controller, from two inputs and three states to a force: 16 numbers of a fixed size.
template <class Scalar>
struct Controller {
  Eigen::Matrix<Scalar, 3, 4> gains;
  Eigen::Matrix<Scalar, 4, 1> bias;
  DESCENT_PARAMETERS(gains, bias)

  /// Numbers of both signs and of different sizes, exact in float.
  void set_start() {
    for (int k = 0; k < 12; ++k) gains.data()[k] = Scalar(0.125) * Scalar(k * 5 % 12 - 6);
    for (int k = 0; k < 4; ++k) bias[k] = Scalar(0.25) * Scalar(k - 2);
  }
  /// The gradient of a bowl around other numbers, steeper along some axes than along others.
  void set_gradient_at(const Controller& at) {
    for (int k = 0; k < 12; ++k) gains.data()[k] = (at.gains.data()[k] - Scalar(0.5)) * Scalar(1 + k % 4);
    for (int k = 0; k < 4; ++k) bias[k] = (at.bias[k] + Scalar(0.75)) * Scalar(0.5);
  }
};

/// Steps of a rule from the start.
template <class Scalar, class R>
Controller<Scalar> trained(const R& rule, int steps) {
  Controller<Scalar> controller, gradient;
  controller.set_start();
  descent::Optimizer optimizer(controller, rule);
  for (int step = 0; step < steps; ++step) {
    gradient.set_gradient_at(controller);
    optimizer.step(controller, gradient);
  }
  return controller;
}
