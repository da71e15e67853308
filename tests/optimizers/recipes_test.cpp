// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/refusals.hpp"

#include <descent/descent.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

// Recipes are chains of transformations.

using namespace descent;
using test::check_formula;
using test::power;
using test::Real;
using test::refusal_of;

TEST_CASE("recipes put decay, sign and rate where they belong") {
  check_formula(Sgd{.learning_rate = 0.1, .weight_decay = 0.2, .maximize = true},
                [](Real u, Real p, int) { return -0.1L * (-u + 0.2L * p); });
  Real buffer = 0;
  check_formula(Sgd{.learning_rate = [](std::int64_t k) { return 0.5 / (1 + static_cast<double>(k)); },
                    .momentum = 0.8,
                    .rate_in_momentum = true},
                [&](Real u, Real, int t) { return buffer = 0.8L * buffer - 0.5L / t * u; });
  Real m = 0, v = 0;
  auto adam = [&](Real u, int t) {
    m = 0.9L * m + 0.1L * u;
    v = 0.999L * v + 0.001L * u * u;
    return m / (1 - power(0.9, t)) / (std::sqrt(v / (1 - power(0.999, t))) + 1e-8L);
  };
  check_formula(Adam{.learning_rate = 0.1, .weight_decay = 0.2},
                [&](Real u, Real p, int t) { return -0.1L * adam(u + 0.2L * p, t); });
  m = v = 0;
  check_formula(AdamW{.learning_rate = 0.1, .weight_decay = 0.2},
                [&](Real u, Real p, int t) { return -0.1L * (adam(u, t) + 0.2L * p); });
  for (const auto form : {WeightDecayForm::coupled, WeightDecayForm::decoupled, WeightDecayForm::fixed}) {
    m = v = 0;
    check_formula(Adamax{.learning_rate = 0.1, .weight_decay = 0.2, .weight_decay_form = form},
                  [&](Real u, Real p, int t) {
                    if (form == WeightDecayForm::coupled) u += 0.2L * p;
                    m = 0.9L * m + 0.1L * u;
                    v = std::max(0.999L * v, std::abs(u) + 1e-8L);
                    Real direction = m / (1 - power(0.9, t)) / v;
                    if (form == WeightDecayForm::decoupled) direction += 0.2L * p;
                    return -0.1L * direction - (form == WeightDecayForm::fixed ? 0.2L * p : 0);
                  });
  }
  v = 0;
  check_formula(Adagrad{.learning_rate = 0.1, .learning_rate_decay = 0.5}, [&](Real u, Real, int t) {
    v += u * u;
    return -0.1L / (1 + 0.5L * (t - 1)) * u / (std::sqrt(v) + 1e-10L);
  });
  buffer = v = 0;
  check_formula(RmsProp{.learning_rate = 0.1,
                        .decay = 0.9,
                        .momentum = 0.8,
                        .weight_decay = 0.2,
                        .weight_decay_form = WeightDecayForm::decoupled,
                        .rate_in_momentum = true},
                [&](Real u, Real p, int) {
                  v = 0.9L * v + 0.1L * u * u;
                  buffer = 0.8L * buffer - 0.1L * u / (std::sqrt(v) + 1e-8L);
                  return buffer - 0.1L * 0.2L * p;
                });
}

TEST_CASE("in a chain the faulty part is named") {
  Eigen::MatrixXd parameters = Eigen::MatrixXd::Ones(2, 2);
  CHECK(refusal_of([&] { Optimizer(parameters, ClipByGlobalNorm{0} | AdamW{}); }) ==
        "descent: ClipByGlobalNorm: max_norm is 0, must be greater than 0 and finite");
  CHECK(refusal_of([&] { Optimizer(parameters, ClipByGlobalNorm{} | AdamW{.beta1 = 1.5}); }) ==
        "descent: AdamW: beta1 is 1.5, must be in [0, 1)");
}
