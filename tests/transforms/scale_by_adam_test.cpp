// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_amsgrad.hpp>
#include <descent/transforms/scale/scale_by_nadam.hpp>
#include <descent/transforms/scale/scale_by_radam.hpp>

#include <algorithm>
#include <cmath>

using namespace descent;
using test::check_formula;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::not_a_number;
using test::power;
using test::Real;
using test::rule_refusal;

TEST_CASE("Adam's moments") {
  Real m = 0, v = 0, w = 0;
  auto forget = [&] { m = v = w = 0; };
  auto remember = [&](Real u) {
    m = 0.8L * m + 0.2L * u;
    v = 0.9L * v + 0.1L * u * u;
  };
  check_formula(ScaleByAdam{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1, .epsilon_root = 0.2},
                [&](Real u, Real, int t) {
                  remember(u);
                  return m / (1 - power(0.8, t)) / (std::sqrt(v / (1 - power(0.9, t)) + 0.2L) + 0.1L);
                });
  forget();
  check_formula(ScaleByAdam{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1, .epsilon_before_correction = true},
                [&](Real u, Real, int t) {
                  remember(u);
                  return m / (1 - power(0.8, t)) * std::sqrt(1 - power(0.9, t)) / (std::sqrt(v) + 0.1L);
                });
  forget();
  check_formula(
      ScaleByAdam{.beta1 = 0.8, .beta2 = 0.9, .correct_first_moment = false, .correct_second_moment = false},
      [&](Real u, Real, int) {
        remember(u);
        return m / (std::sqrt(v) + 1e-8L);
      });
  forget();
  check_formula(ScaleByAmsgrad{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1}, [&](Real u, Real, int t) {
    remember(u);
    w = std::max(w, v);
    return m / (1 - power(0.8, t)) / (std::sqrt(w / (1 - power(0.9, t))) + 0.1L);
  });
  forget();
  check_formula(ScaleByAmsgrad{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1, .max_of_corrected = true},
                [&](Real u, Real, int t) {
                  remember(u);
                  w = std::max(w, v / (1 - power(0.9, t)));
                  return m / (1 - power(0.8, t)) / (std::sqrt(w) + 0.1L);
                });
  forget();
  check_formula(ScaleByNAdam{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1, .momentum_decay = 0.5},
                [&, product = 1.0L](Real u, Real, int t) mutable {
                  auto mu = [](int k) { return 0.8L * (1 - 0.5L * std::pow(0.96L, k * 0.5L)); };
                  remember(u);
                  product *= mu(t);
                  return (mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * u / (1 - product)) /
                         (std::sqrt(v / (1 - power(0.9, t))) + 0.1L);
                });
  forget();
  // rho is below 5 at these steps.
  check_formula(ScaleByRAdam{.beta1 = 0.8, .beta2 = 0.9}, [&](Real u, Real, int t) {
    remember(u);
    return m / (1 - power(0.8, t));
  });
}

TEST_CASE("ScaleByAdam and ScaleByAmsgrad and ScaleByNAdam says which option is wrong") {
  CHECK(rule_refusal(ScaleByAdam{.beta1 = 1}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(ScaleByAmsgrad{.epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
  CHECK(rule_refusal(ScaleByNAdam{.momentum_decay = not_a_number}) ==
        "momentum_decay is nan, must be at least 0");
}
