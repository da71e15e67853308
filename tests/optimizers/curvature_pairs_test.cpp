// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/optimizers/lbfgs/curvature_pairs.hpp>

#include <Eigen/Dense>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using descent::detail::CurvaturePairs;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// The gradient of a quadratic: A p.
const MatrixXd hessian = (MatrixXd(4, 4) << 4, 1, 0, 0, 1, 3, 1, 0, 0, 1, 2, 0.5, 0, 0, 0.5, 1).finished();

/// Takes the step from p, with the gradients of the quadratic.
void take(CurvaturePairs<double>& pairs, VectorXd& p, const VectorXd& step) {
  pairs.add_step(1, step, VectorXd(hessian * p));
  p += step;
  pairs.observe(VectorXd(hessian * p), 0, true);
}

VectorXd direction_for(CurvaturePairs<double>& pairs, const VectorXd& gradient) {
  VectorXd direction;
  pairs.multiply(gradient, direction);
  return direction;
}

/// The inverse of the Hessian after the updates of BFGS in their plain form.
MatrixXd bfgs_inverse(const std::vector<VectorXd>& steps, double scale) {
  const MatrixXd identity = MatrixXd::Identity(4, 4);
  MatrixXd inverse = scale * identity;
  for (const VectorXd& s : steps) {
    const VectorXd y = hessian * s;
    const MatrixXd left = identity - s * y.transpose() / y.dot(s);
    inverse = left * inverse * left.transpose() + s * s.transpose() / y.dot(s);
  }
  return inverse;
}

const std::vector<VectorXd> steps = {VectorXd::Unit(4, 0), VectorXd::LinSpaced(4, -1, 1), VectorXd::Ones(4),
                                     VectorXd::Unit(4, 2) - VectorXd::Unit(4, 3)};
const VectorXd gradient = (VectorXd(4) << 1, -2, 0.5, 3).finished();

}  // namespace

TEST_CASE("curvature pairs: without a pair the direction is that of steepest descent") {
  CurvaturePairs<double> pairs(4, 3);
  CHECK(pairs.has_room());
  CHECK(pairs.history() == 3);
  CHECK(direction_for(pairs, gradient) == -gradient);
  CHECK_FALSE(CurvaturePairs<double>().has_room());
}

TEST_CASE("curvature pairs: two loops give the product with the inverse that BFGS builds") {
  CurvaturePairs<double> pairs(4, 3);
  VectorXd p = VectorXd::Ones(4);
  for (std::size_t k = 0; k < steps.size(); ++k) {
    take(pairs, p, steps[k]);
    const std::size_t oldest = k < 3 ? 0 : k - 2;  // older pairs made room
    const VectorXd y = hessian * steps[k];
    const MatrixXd inverse = bfgs_inverse({steps.begin() + static_cast<std::ptrdiff_t>(oldest),
                                           steps.begin() + static_cast<std::ptrdiff_t>(k + 1)},
                                          y.dot(steps[k]) / y.dot(y));
    CAPTURE(k);
    CHECK(pairs.cursor().count == static_cast<std::int64_t>(k + 1 - oldest));
    CHECK(direction_for(pairs, gradient).isApprox(-inverse * gradient, 1e-12));
  }
}

TEST_CASE("curvature pairs: the newest pair satisfies the secant equation") {
  CurvaturePairs<double> pairs(4, 2);
  VectorXd p = VectorXd::Zero(4);
  for (const VectorXd& step : steps) {
    take(pairs, p, step);
    CHECK(direction_for(pairs, VectorXd(hessian * step)).isApprox(-step, 1e-12));
  }
}

TEST_CASE("curvature pairs: a pair of too little curvature is dropped, and its place is used again") {
  CurvaturePairs<double> pairs(4, 3);
  VectorXd p = VectorXd::Ones(4);
  take(pairs, p, steps[0]);
  const VectorXd before = direction_for(pairs, gradient);
  pairs.add_step(1, steps[1], gradient);
  pairs.observe(VectorXd(gradient - steps[1]), 0, true);  // curved downwards
  CHECK(pairs.cursor().count == 1);
  CHECK(direction_for(pairs, gradient) == before);
  pairs.add_step(1, steps[1], gradient);
  pairs.observe(VectorXd(gradient + 1e-3 * steps[1]), 1e-2, true);
  CHECK(pairs.cursor().count == 1);
  pairs.add_step(1, steps[1], gradient);
  pairs.observe(VectorXd(gradient + 1e-3 * steps[1]), 1e-2, false);  // relative: y and s are parallel
  CHECK(pairs.cursor().count == 2);
}

TEST_CASE("curvature pairs: a gradient is observed once after a step") {
  CurvaturePairs<double> pairs(4, 3);
  pairs.observe(gradient, 0, true);
  CHECK(pairs.cursor().count == 0);
  pairs.add_step(0.5, steps[2], VectorXd(VectorXd::Zero(4)));
  CHECK(pairs.cursor().awaits);
  pairs.observe(VectorXd(hessian * (0.5 * steps[2])), 0, true);
  CHECK_FALSE(pairs.cursor().awaits);
  pairs.observe(gradient, 0, true);
  CHECK(pairs.cursor().count == 1);
}

TEST_CASE("curvature pairs: restore takes a pair back, forget keeps the scale only, clear keeps nothing") {
  CurvaturePairs<double> pairs(4, 3);
  VectorXd p = VectorXd::Ones(4);
  take(pairs, p, steps[0]);
  pairs.add_step(1, steps[1], VectorXd(hessian * p));
  const auto cursor = pairs.cursor();
  const VectorXd before = direction_for(pairs, gradient);
  pairs.observe(VectorXd(hessian * (p + steps[1])), 0, true);
  CHECK(pairs.cursor().count == 2);
  pairs.restore(cursor);
  CHECK(pairs.cursor().awaits);
  CHECK(direction_for(pairs, gradient) == before);
  const double scale = pairs.cursor().known_scale;
  CHECK(scale > 0);
  pairs.forget();
  CHECK(direction_for(pairs, gradient) == -gradient);
  CHECK(pairs.cursor().known_scale == scale);
  pairs.clear();
  CHECK(pairs.cursor().known_scale == 0);
}

TEST_CASE("curvature pairs: listing them puts the oldest first and changes no direction") {
  CurvaturePairs<double> pairs(4, 3);
  VectorXd p = VectorXd::Ones(4);
  for (const VectorXd& step : steps) take(pairs, p, step);
  const VectorXd before = direction_for(pairs, gradient);
  std::vector<std::string> names;
  std::vector<VectorXd> vectors;
  pairs.for_each_vector([&](const std::string& name, const auto& vector) {
    names.push_back(name);
    vectors.push_back(vector);
  });
  CHECK(names == std::vector<std::string>{"old_stps[0]", "old_stps[1]", "old_stps[2]", "old_stps[3]",
                                          "old_dirs[0]", "old_dirs[1]", "old_dirs[2]", "prev_flat_grad"});
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(vectors[k] == steps[k + 1]);
    CHECK(vectors[k + 4].isApprox(hessian * steps[k + 1], 1e-12));
  }
  CHECK(direction_for(pairs, gradient) == before);
}
