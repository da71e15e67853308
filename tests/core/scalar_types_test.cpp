// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

#include <unsupported/Eigen/AutoDiff>

#include <cmath>

using descent::Adam;
using descent::Optimizer;
using descent::Sgd;

TEST_CASE("long double is stepped in long double") {
  using Vector = Eigen::Matrix<long double, Eigen::Dynamic, 1>;
  Vector p = Vector::LinSpaced(5, -2, 2);
  const Vector g = Vector::Constant(5, 1.0L / 3), start = p;
  Optimizer optimizer(p, Sgd{.learning_rate = 0.5, .momentum = 0.5});
  optimizer.step(p, g);
  optimizer.step(p, g);
  for (Eigen::Index k = 0; k < p.size(); ++k)
    CHECK(std::abs(p[k] - (start[k] - 0.5L * g[k] - 0.5L * (1.5L * g[k]))) < 1e-18L);

  Optimizer adam(p, descent::ClipByGlobalNorm{} | Adam{.learning_rate = 0.25, .epsilon = 0});
  const Vector before = p;
  adam.step(p, g);
  CHECK((before - p - Vector::Constant(5, 0.25L)).cwiseAbs().maxCoeff() < 1e-16L);
}

TEST_CASE("steps on dual numbers differentiate the training itself") {
  // p after two steps on f(p) = a p^2 / 2, with its derivative by a.
  using Dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
  using Vector = Eigen::Matrix<Dual, Eigen::Dynamic, 1>;
  const double rate = 0.1, momentum = 0.5;
  auto train = [&](auto rule, double a) {
    Vector p(3);
    for (Eigen::Index k = 0; k < 3; ++k)
      p[k] = Dual(static_cast<double>(k) + 1, Eigen::Matrix<double, 1, 1>::Zero());
    const Dual curvature(a, 1, 0);
    Optimizer optimizer(p, rule);
    for (int step = 0; step < 2; ++step) {
      Vector gradient(3);
      for (Eigen::Index k = 0; k < 3; ++k) gradient[k] = curvature * p[k];
      optimizer.step(p, gradient);
    }
    return p;
  };
  const Vector sgd = train(Sgd{.learning_rate = rate, .momentum = momentum}, 2);
  auto by_hand = [&](double p, double a) {
    double buffer = a * p;
    p -= rate * buffer;
    buffer = momentum * buffer + a * p;
    return p - rate * buffer;
  };
  for (Eigen::Index k = 0; k < 3; ++k) {
    const double p = static_cast<double>(k) + 1, h = 1e-5;
    CHECK(sgd[k].value() == Approx(by_hand(p, 2)));
    CHECK(sgd[k].derivatives()[0] == Approx((by_hand(p, 2 + h) - by_hand(p, 2 - h)) / (2 * h)));
  }

  const Adam rule{.learning_rate = rate, .beta1 = 0.5, .beta2 = 0.75, .weight_decay = 0.1};
  const double h = 1e-5;
  const Vector adam = train(rule, 2), above = train(rule, 2 + h), below = train(rule, 2 - h);
  for (Eigen::Index k = 0; k < 3; ++k)
    CHECK(adam[k].derivatives()[0] ==
          Approx((above[k].value() - below[k].value()) / (2 * h)).epsilon(1e-4).margin(1e-9));
}
