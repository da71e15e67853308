// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/schedule.hpp>
#include <descent/schedules/fields.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

// Shared by the families: arithmetic that stays finite and in the range of std::int64_t at every step.
namespace descent::detail {

/// The default of a required option; no check accepts it.
inline constexpr double not_given = std::numeric_limits<double>::quiet_NaN();

inline constexpr std::int64_t last_step = std::numeric_limits<std::int64_t>::max();

/// A whole number of at least `low`.
constexpr Interval whole_from(double low) {
  return {.low = low, .low_is_open = false, .high_is_open = false};
}

constexpr std::int64_t not_negative(std::int64_t step) { return step < 0 ? 0 : step; }

/// a + b for a, b >= 0, at most `last_step`.
constexpr std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  return a > last_step - b ? last_step : a + b;
}

/// a * b for a >= 0, b >= 1, at most `last_step`.
constexpr std::int64_t saturating_product(std::int64_t a, std::int64_t b) {
  return a > last_step / b ? last_step : a * b;
}

/// A double as a number of steps; at most `last_step`.
constexpr std::int64_t to_steps(double steps) {
  constexpr double too_large = 9223372036854775808.0;
  return steps < too_large ? static_cast<std::int64_t>(steps) : last_step;
}

/// The value, or the largest finite one of its sign.
constexpr double saturated(double value) {
  constexpr double largest = std::numeric_limits<double>::max();
  return value > largest ? largest : value < -largest ? -largest : value;
}

/// initial * factor^exponent; a factor above 1 saturates instead of becoming infinite (or 0 * inf).
inline double scaled_by_power(double initial, double factor, double exponent) {
  return saturated(initial * saturated(std::pow(factor, exponent)));
}

/// From `final` (weight 0) to `initial` (weight 1); exact at both ends, and never outside of them by rounding.
constexpr double blend(double initial, double final, double weight) {
  const double value = weight * initial + (1.0 - weight) * final;
  const double low = initial < final ? initial : final, high = initial < final ? final : initial;
  return value < low ? low : value > high ? high : value;
}

constexpr double ratio(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// (1 + cos(pi p)) / 2, in the form that keeps its relative precision towards p = 1.
inline double half_cosine(double progress) {
  constexpr double half_pi = 1.57079632679489661923;
  const double wave = std::cos(half_pi * progress);
  return wave * wave;
}

/// (1 - tanh(x)) / 2 as x goes from `lower` to `upper`, in the form that keeps its relative precision for large x.
inline double half_tangent(double lower, double upper, double progress) {
  return 1 / (1 + std::exp(2 * blend(upper, lower, progress)));
}

/// Progress with the exponent of k-decay (Zhang & Li 2020, arXiv:2004.05909).
inline double raised(double progress, double power) {
  return power == 1 ? progress : std::pow(progress, power);
}

template <class T>
concept PlainNumber = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

/// Types that can be composed with a schedule. For a wrong function, the constructor of Schedule reports the
/// error.
template <class T>
concept ScheduleOperand =
    std::is_same_v<T, Schedule> || ScheduleFunction<T> || PlainNumber<T> || WrongScheduleFunction<T>;

template <class T>
concept ScheduleFamily = HasOwnCheck<T> && ScheduleFunction<T>;

/// An operand that belongs to this library: a Schedule, or a family, which has a `check()`. Without this
/// condition the operators would also apply to two foreign lambdas.
template <class T>
concept OwnSchedule = std::is_same_v<T, Schedule> || ScheduleFamily<T>;

template <class A, class B>
concept EitherIsOurs = OwnSchedule<A> || OwnSchedule<B>;

// The cheap condition is first: compilers ask this for every product in a formula.
template <class B, class A>
concept ComposableWith = EitherIsOurs<A, B> && ScheduleOperand<A> && ScheduleOperand<B>;

}  // namespace descent::detail
