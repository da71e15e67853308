// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/random.hpp>
#include <descent/schedules/common.hpp>

#include <cmath>
#include <optional>

namespace descent {

namespace detail {
/// A stream of random numbers for each seed and step: no state, so that any step can be asked in any order.
constexpr SplitMix64 noise_of_step(std::int64_t seed, std::int64_t step) {
  return SplitMix64(mixed(mixed(static_cast<std::uint64_t>(seed)) ^ static_cast<std::uint64_t>(step)));
}
}  // namespace detail

/// Any schedule with noise on it, drawn from a seed and the step.
///
///   value(k) = schedule(k) * (1 + e(k))
///   e: standard normal, those outside [-limit, limit] drawn again; or uniform in [-limit, limit)
///
/// * `schedule`: what the noise is on, has to be given.
/// * `limit`: how much the value may change, as a fraction, in [0, 1]; 0.67.
/// * `seed`: any; 42.
/// * `uniform`: whether the noise is uniform, not normal; false.
/// * `begin`, `end`: the noise is on the steps from `begin` on that are before `end`; 0 and none.
///
/// The same seed and step give the same value, whatever was asked before: noise does not get out of step when a
/// training is resumed. It ends when the schedule ends, and past the end it goes on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: timm's noise_range_t, noise_pct and noise_seed.
/// Differs from: timm, whose numbers are those of PyTorch's generator; PyTorch, Optax and Keras have none.
struct Noisy {
  Schedule schedule = detail::not_given;
  double limit = 0.67;
  std::int64_t seed = 42;
  bool uniform = false;
  std::int64_t begin = 0;
  std::optional<std::int64_t> end = {};

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    const double value = schedule(step);
    if (step < begin || (end.has_value() && step >= *end)) return value;
    return detail::saturated(value * (1 + noise(step)));
  }

  std::int64_t duration() const { return schedule.duration(); }

  void check() const {
    const Check check("Noisy");
    check("schedule", schedule, legal::finite);
    check("limit", limit, legal::unit_interval);
    check("begin", static_cast<double>(begin), detail::whole_from(0));
    if (end.has_value())
      check("end", static_cast<double>(*end), detail::whole_from(static_cast<double>(begin)));
  }

  DESCENT_SCHEDULE(schedule, limit, seed, uniform, begin, end)

 private:
  double noise(std::int64_t step) const {
    detail::SplitMix64 random = detail::noise_of_step(seed, step);
    double drawn = limit * (2 * random.unit() - 1);
    // Accepted with the height of the bell, which is at least 0.6 within the limit: a few tries at most.
    if (!uniform)
      while (random.unit() >= std::exp(-0.5 * drawn * drawn)) drawn = limit * (2 * random.unit() - 1);
    return drawn;
  }
};

}  // namespace descent
