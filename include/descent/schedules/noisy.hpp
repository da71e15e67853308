// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/random.hpp>
#include <descent/schedules/common.hpp>

#include <cmath>
#include <optional>

namespace descent {

namespace detail {
/// A stream of random numbers for each seed and step: no state, so that steps can be evaluated in any order.
constexpr SplitMix64 noise_of_step(std::int64_t seed, std::int64_t step) {
  return SplitMix64(mixed(mixed(static_cast<std::uint64_t>(seed)) ^ static_cast<std::uint64_t>(step)));
}
}  // namespace detail

/// Adds noise to any schedule; the noise is a function of a seed and the step.
///
///   value(k) = schedule(k) * (1 + e(k))
///   e: standard normal, those outside [-limit, limit] are drawn again; or uniform in [-limit, limit)
///
/// The same seed and step always have the same value, so that the noise continues correctly after a resume.
/// Ends when the schedule ends; the noise continues after the end.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: timm's noise_range_t, noise_pct and noise_seed.
/// Differs from: timm, which uses PyTorch's random numbers; PyTorch, Optax and Keras have none.
struct Noisy {
  Schedule schedule = detail::not_given;  ///< required: the schedule to which noise is added, finite
  double limit = 0.67;                    ///< largest relative change, in [0, 1]
  std::int64_t seed = 42;                 ///< of the random numbers
  bool uniform = false;                   ///< uniform instead of normal noise
  std::int64_t begin = 0;                 ///< first step with noise, not negative
  std::optional<std::int64_t> end = {};   ///< first step without noise, at least `begin`; by default none

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
    // Accepted with the density's relative height, which is at least 0.6 within the limit: few tries.
    if (!uniform)
      while (random.unit() >= std::exp(-0.5 * drawn * drawn)) drawn = limit * (2 * random.unit() - 1);
    return drawn;
  }
};

}  // namespace descent
