// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"

#include <descent/descent.hpp>

#include <algorithm>
#include <cmath>

// The formulas of many transformations, written once more in long double with the numbers of the papers.

using namespace descent;
using test::check_formula;
using test::power;
using test::Real;

TEST_CASE("rules without state") {
  check_formula(ScaleByLearningRate{0.1}, [](Real u, Real, int) { return -0.1L * u; });
  check_formula(ScaleByLearningRate{[](std::int64_t k) { return 0.5 / (1 + static_cast<double>(k)); }},
                [](Real u, Real, int t) { return -0.5L / t * u; });
  check_formula(AddDecayedWeights{0.1}, [](Real u, Real p, int) { return u + 0.1L * p; });
  check_formula(SubtractDecayedWeights{0.1}, [](Real u, Real p, int) { return u - 0.1L * p; });
  check_formula(Negate{}, [](Real u, Real, int) { return -u; });
  check_formula(Negate{false}, [](Real u, Real, int) { return u; });
  check_formula(ClipByValue{0.75}, [](Real u, Real, int) { return std::clamp(u, -0.75L, 0.75L); });
}

TEST_CASE("clipping by norm, of three equal elements") {
  const Real root = std::sqrt(3.0L);
  auto clipped = [&](Real max_norm, Real epsilon) {
    return [=](Real u, Real, int) { return u * std::min(1.0L, max_norm / (std::abs(u) * root + epsilon)); };
  };
  check_formula(ClipByBlockNorm{.max_norm = 1}, clipped(1, 1e-6L));
  check_formula(ClipByBlockNorm{.max_norm = 3, .epsilon = 0}, clipped(3, 0));
  check_formula(ClipByGlobalNorm{.max_norm = 1}, clipped(1, 1e-6L));
  check_formula(ClipByGlobalNorm{.max_norm = 3, .epsilon = 0}, clipped(3, 0));
}

TEST_CASE("other averages") {
  Real m = 0, v = 0;
  check_formula(ScaleByAdamax{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1}, [&](Real u, Real, int t) {
    m = 0.8L * m + 0.2L * u;
    v = std::max(0.9L * v, std::abs(u) + 0.1L);
    return m / (1 - power(0.8, t)) / v;
  });
  v = 0.25L;
  check_formula(ScaleByRms{.decay = 0.9, .epsilon = 0.1, .initial_square_avg = 0.25}, [&](Real u, Real, int) {
    v = 0.9L * v + 0.1L * u * u;
    return u / (std::sqrt(v) + 0.1L);
  });
  v = 0;
  check_formula(ScaleByRms{.decay = 0.9, .epsilon = 0.1, .epsilon_in_root = true, .bias_correction = true},
                [&](Real u, Real, int t) {
                  v = 0.9L * v + 0.1L * u * u;
                  return u / std::sqrt(v / (1 - power(0.9, t)) + 0.1L);
                });
  m = v = 0;
  check_formula(ScaleByStandardDeviation{.decay = 0.9, .epsilon = 0.1}, [&](Real u, Real, int) {
    m = 0.9L * m + 0.1L * u;
    v = 0.9L * v + 0.1L * u * u;
    return u / (std::sqrt(v - m * m) + 0.1L);
  });
  v = 0.5L;
  check_formula(ScaleByAdagrad{.epsilon = 0.1, .initial_sum = 0.5}, [&](Real u, Real, int) {
    v += u * u;
    return u / (std::sqrt(v) + 0.1L);
  });
  v = 0;
  check_formula(ScaleByAdagrad{.epsilon = 0.1, .epsilon_in_root = true}, [&](Real u, Real, int) {
    v += u * u;
    return u / std::sqrt(v + 0.1L);
  });
  m = v = 0;
  check_formula(ScaleByAdadelta{.rho = 0.9, .epsilon = 0.1}, [&](Real u, Real, int) {
    v = 0.9L * v + 0.1L * u * u;
    const Real delta = std::sqrt(m + 0.1L) / std::sqrt(v + 0.1L) * u;
    m = 0.9L * m + 0.1L * delta * delta;
    return delta;
  });
  m = 0;
  check_formula(ScaleByLion{.beta1 = 0.8, .beta2 = 0.9}, [&](Real u, Real, int) {
    const Real mix = 0.8L * m + 0.2L * u;
    m = 0.9L * m + 0.1L * u;
    return mix > 0 ? 1.0L : mix < 0 ? -1.0L : 0.0L;
  });
}

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
