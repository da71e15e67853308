// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>
#include <limits>
#include <optional>

namespace descent {

/// Multiplies by a factor every `steps` steps, continuously.
///
///   value(k) = initial * factor^(k / steps), and not beyond final
///
/// `initial` at step 0, `initial * factor` at step `steps`. With `final` it ends there and holds it; without,
/// it never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: PyTorch's ExponentialLR, which is `steps = 1`; Optax's exponential_decay calls `final`
/// end_value, and its transition_begin is `shift(s, n)`; Keras's ExponentialDecay has no `final`.
struct ExponentialDecay {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  double factor = detail::not_given;   ///< required: greater than 0; above 1 the value grows
  std::int64_t steps = 1;              ///< steps per factor, at least 1
  bool staircase = false;              ///< changes only at multiples of `steps`
  std::optional<double> final = {};    ///< last value: between 0 and `initial` for a factor below 1,
                                       ///< beyond `initial` for one above 1

  double operator()(std::int64_t step) const {
    if (step <= 0) return initial;
    const double value = unlimited(step);
    return final.has_value() && passes_final(value) ? *final : value;
  }

  std::int64_t duration() const {
    if (!final.has_value()) return detail::endless;
    if (*final == initial) return 0;
    const double periods = std::log(*final / initial) / std::log(factor);
    if (!(periods < std::numeric_limits<double>::max())) return detail::endless;
    const std::int64_t reached = staircase
                                     ? detail::saturating_product(detail::to_steps(std::ceil(periods)), steps)
                                     : detail::to_steps(std::ceil(periods * static_cast<double>(steps)));
    // The logarithm can be off by one for the first step that has the final value.
    if ((*this)(reached) == *final) return reached;
    return detail::saturating_sum(reached, staircase ? steps : 1);
  }

  void check() const {
    const Check check("ExponentialDecay");
    check("initial", initial, legal::finite);
    check("factor", factor, legal::positive);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    if (final.has_value()) check("final", *final, reachable());
  }

  DESCENT_SCHEDULE(initial, factor, steps, staircase, final)

 private:
  double unlimited(std::int64_t step) const {
    if (staircase) step -= step % steps;
    return detail::scaled_by_power(initial, factor, detail::ratio(step, steps));
  }

  bool falls() const { return (factor < 1) == (initial > 0); }
  bool passes_final(double value) const { return falls() ? value < *final : value > *final; }

  /// Between 0 and `initial` for a decay, from `initial` away from 0 for growth.
  Interval reachable() const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double limit = factor < 1 ? 0 : initial > 0 ? infinity : initial < 0 ? -infinity : 0;
    const double low = limit < initial ? limit : initial, high = limit < initial ? initial : limit;
    return {.low = low, .high = high, .low_is_open = low == -infinity, .high_is_open = high == infinity};
  }
};

}  // namespace descent
