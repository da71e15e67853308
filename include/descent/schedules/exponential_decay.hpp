// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>
#include <limits>
#include <optional>

namespace descent {

/// Multiplies by a factor over so many steps, a little at every step.
///
///   value(k) = initial * factor^(k / steps), and not beyond final
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `factor`: greater than 0, has to be given. Above 1 it grows, up to the largest finite double.
/// * `steps`: in how many steps the factor is applied once, at least 1; 1, so that `factor` is that of a
///   step.
/// * `staircase`: whether it changes only at multiples of `steps`; false.
/// * `final`: where it stops: a floor for a factor below 1 (between 0 and `initial`), a ceiling for one above
///   1 (beyond `initial`); none.
///
/// At step 0 `initial`, at step `steps` `initial * factor`. With a `final` it lasts until that is reached and
/// holds it; without one it never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: PyTorch's ExponentialLR is `steps = 1`; Optax's exponential_decay calls `final` end_value
/// and has `shift(s, n)` built in as transition_begin; Keras's ExponentialDecay has no `final`.
struct ExponentialDecay {
  double initial = detail::not_given;
  double factor = detail::not_given;
  std::int64_t steps = 1;
  bool staircase = false;
  std::optional<double> final = {};

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
    // The logarithms may miss the first step that has the final value by one.
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

  /// Between 0 and `initial` where it decays, from `initial` away from 0 where it grows.
  Interval reachable() const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double limit = factor < 1 ? 0 : initial > 0 ? infinity : initial < 0 ? -infinity : 0;
    const double low = limit < initial ? limit : initial, high = limit < initial ? initial : limit;
    return {.low = low, .high = high, .low_is_open = low == -infinity, .high_is_open = high == infinity};
  }
};

}  // namespace descent
