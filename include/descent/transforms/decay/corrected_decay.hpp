// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/schedule.hpp>

#include <cstdint>
#include <utility>

namespace descent {

/// A weight decay that falls with the learning rate, for rules that multiply it by the rate once more: the
/// parameters lose rate^2 / largest_rate * weight_decay.
///
///   AdamW{.learning_rate = rate, .weight_decay = corrected_decay(0.01, rate, 1e-3)}
///
/// Keeps the ratio of gradients to weights steady under a falling rate.
/// weight_decay >= 0 and learning_rate >= 0, schedules; largest_rate > 0, the rate at which the decay has
/// its full strength.
/// Errors: std::invalid_argument for a largest_rate out of its range.
/// Source: Defazio 2025, arXiv:2506.02285. Same as timm's corrected_weight_decay.
inline Schedule corrected_decay(Schedule weight_decay, Schedule learning_rate, double largest_rate) {
  Check("corrected_decay")("largest_rate", largest_rate, legal::positive);
  return [decay = std::move(weight_decay), rate = std::move(learning_rate), largest_rate](std::int64_t step) {
    return decay(step) * rate(step) / largest_rate;
  };
}

}  // namespace descent
