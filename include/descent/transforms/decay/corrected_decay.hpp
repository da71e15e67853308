// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/schedule.hpp>

#include <cstdint>
#include <utility>

namespace descent {

/// Weight decay that is proportional to the learning rate, for rules that multiply it by the rate again: the
/// parameters shrink by rate^2 / max_rate * weight_decay.
///
///   AdamW{.learning_rate = rate, .weight_decay = corrected_decay(0.01, rate, 1e-3)}
///
/// Keeps the ratio of gradients to weights constant while the rate falls.
/// weight_decay and learning_rate: schedules, not negative. max_rate: rate at which the decay has its
/// full strength, greater than 0.
/// Errors: std::invalid_argument for a max_rate out of its range.
/// Source: Defazio 2025, arXiv:2506.02285. timm's corrected_weight_decay as here.
inline Schedule corrected_decay(Schedule weight_decay, Schedule learning_rate, double max_rate) {
  Check("corrected_decay")("max_rate", max_rate, legal::positive);
  return [decay = std::move(weight_decay), rate = std::move(learning_rate), max_rate](std::int64_t step) {
    return decay(step) * rate(step) / max_rate;
  };
}

}  // namespace descent
