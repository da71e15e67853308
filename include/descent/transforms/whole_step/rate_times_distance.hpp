// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent::detail {

/// The learning rate times d, before the step changes d; corrected as Adam's moments are, if the rule says so. For rules
/// that estimate a distance d next to the moments of Adam.
template <class R>
double rate_times_distance(const R& rule, Step step, const typename R::RuleState& state) {
  const double plain = state.d * rule.learning_rate(step.index);
  if (!rule.bias_correction) return plain;
  return plain * std::sqrt(1 - next_power(state.beta2_power, rule.beta2(step.index))) /
         (1 - next_power(state.beta1_power, rule.beta1(step.index)));
}

}  // namespace descent::detail
