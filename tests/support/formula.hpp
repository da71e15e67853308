// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>

#include <Eigen/Core>

#include <array>
#include <cmath>
#include <cstddef>

// The formula of a transformation, written once more in long double with the numbers of its paper.

namespace test {

using Real = long double;

inline constexpr std::array<double, 4> gradients = {0.5, -1.25, 3, 0.125};

/// Checks that the rule makes `formula(u, p, t)` of a gradient u at the parameter p, at steps t = 1, 2, ...
template <class R, class Formula>
void check_formula(const R& rule, Formula formula) {
  Eigen::VectorXd p = Eigen::VectorXd::Constant(3, 0.75);
  descent::Optimizer optimizer(p, rule);
  for (int t = 1; t <= 4; ++t) {
    const double g = gradients[static_cast<std::size_t>(t) - 1];
    const Real before = static_cast<Real>(p[0]), expected = formula(static_cast<Real>(g), before, t);
    optimizer.step(p, Eigen::VectorXd::Constant(3, g));
    CAPTURE(t);
    CHECK(p[2] == p[0]);
    CHECK(p[0] == Approx(static_cast<double>(before + expected)).epsilon(1e-14).margin(1e-15));
  }
}

inline Real power(double base, int t) { return std::pow(static_cast<Real>(base), static_cast<Real>(t)); }

}  // namespace test
