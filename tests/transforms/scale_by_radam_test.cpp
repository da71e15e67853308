// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/radam.hpp>
#include <descent/transforms/scale/scale_by_radam.hpp>

#include <cmath>

using namespace descent;
using test::power;
using test::Real;
using test::rule_refusal;

TEST_CASE("RAdam turns adaptive when its second moment averages enough samples") {
  const double beta1 = 0.8, beta2 = 0.9;
  Eigen::VectorXd p = Eigen::VectorXd::Zero(2);
  Optimizer optimizer(p, ScaleByRAdam{.beta1 = beta1, .beta2 = beta2, .epsilon = 0.1});
  Real m = 0, v = 0;
  bool adaptive = false;
  for (int t = 1; t <= 12; ++t) {
    const double g = std::sin(static_cast<double>(t));
    const Real before = static_cast<Real>(p[0]), u = static_cast<Real>(g);
    optimizer.step(p, Eigen::VectorXd::Constant(2, g));
    m = 0.8L * m + 0.2L * u;
    v = 0.9L * v + 0.1L * u * u;
    const Real infinite_rho = 2 / (1 - static_cast<Real>(beta2)) - 1,
               rho = infinite_rho - 2 * t * power(beta2, t) / (1 - power(beta2, t));
    adaptive = rho > 5;
    Real expected = m / (1 - power(beta1, t));
    if (adaptive)
      expected *=
          std::sqrt((rho - 4) * (rho - 2) * infinite_rho / ((infinite_rho - 4) * (infinite_rho - 2) * rho)) *
          std::sqrt(1 - power(beta2, t)) / (std::sqrt(v) + 0.1L);
    CHECK(p[0] == Approx(static_cast<double>(before + expected)).epsilon(1e-12).margin(1e-13));
    if (t == 1) CHECK_FALSE(adaptive);
  }
  CHECK(adaptive);
}

TEST_CASE("ScaleByRAdam says which option is wrong") {
  CHECK(rule_refusal(ScaleByRAdam{.threshold = 0}) == "threshold is 0, must be at least 4 and finite");
}
