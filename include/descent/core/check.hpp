// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/schedule.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace descent {

/// The legal values of an option, as an interval whose ends may be open.
struct Interval {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_is_open = true, high_is_open = true;

  /// False for NaN; true for infinity only if the interval is closed at that end.
  constexpr bool contains(double value) const {
    if (is_nan(value)) return false;
    if (!is_finite(value))
      return value > 0 ? !high_is_open && !is_finite(high) : !low_is_open && !is_finite(low);
    return (low_is_open ? value > low : value >= low) && (high_is_open ? value < high : value <= high);
  }

  /// "in [0, 1)", "greater than 0", "at least 0", "finite".
  DESCENT_COLD std::string text() const {
    const bool bounded_below = is_finite(low), bounded_above = is_finite(high);
    if (!bounded_below && !bounded_above) return "finite";
    const std::string first = detail::text_of(low);
    if (!bounded_above)
      return detail::joined(
          {low_is_open ? "greater than " : "at least ", first, high_is_open ? " and finite" : ""});
    return detail::joined(
        {low_is_open ? "in (" : "in [", first, ", ", detail::text_of(high), high_is_open ? ")" : "]"});
  }
};

/// The intervals that most options lie in: check("beta1", beta1, legal::decay_rate).
namespace legal {
/// Any finite number.
inline constexpr Interval finite{};
/// Greater than 0, finite.
inline constexpr Interval positive{.low = 0};
/// At least 0, finite.
inline constexpr Interval non_negative{.low = 0, .low_is_open = false};
/// [0, 1): a decay rate of a moving average.
inline constexpr Interval decay_rate{.low = 0, .high = 1, .low_is_open = false};
/// [0, 1].
inline constexpr Interval unit_interval{.low = 0, .high = 1, .low_is_open = false, .high_is_open = false};
/// At least `low`, finite.
constexpr Interval at_least(double low) { return {.low = low, .low_is_open = false}; }
/// [low, high]. Use it also for counts of values to allocate, so that a huge one does not end in
/// std::bad_alloc.
constexpr Interval between(double low, double high) {
  return {.low = low, .high = high, .low_is_open = false, .high_is_open = false};
}
}  // namespace legal

/// Checks the options of a rule or a schedule and names the one that is wrong.
///
/// Stores the rule's name as the user wrote it, and the step. Records whether any option varies with the
/// step, so that the engine repeats the checks at later steps only if the values can change.
/// Errors: std::invalid_argument "descent: AdamW: beta1 is 1.5, must be in [0, 1)".
class Check {
 public:
  explicit Check(std::string_view rule, std::int64_t step = 0) : rule_(rule), step_(step) {}

  /// Checks options whose schedules hold the values that it reads; the objects must not be const. Refuses
  /// finite values of magnitude above `largest`, which would become infinite in the element type. Learning
  /// rates already include `rate_factor`; messages about a learning rate mention it.
  static Check holding(std::string_view rule, std::int64_t step,
                       double largest = std::numeric_limits<double>::max(), double rate_factor = 1) {
    Check check(rule, step);
    check.holds_ = true;
    check.largest_ = largest;
    check.rate_factor_ = rate_factor;
    return check;
  }

  /// An option that is a plain number.
  void operator()(std::string_view option, double value, const Interval& legal) const {
    if (!legal.contains(value) || is_too_large(value)) [[unlikely]]
      fail_value(option, value, legal, false);
  }

  /// An option that may vary: checks its value at this step.
  void operator()(std::string_view option, const Schedule& schedule, const Interval& legal) const {
    varies_ = varies_ || !schedule.is_constant();
    const double value = holds_ ? const_cast<Schedule&>(schedule).hold(step_) : schedule(step_);
    if (!legal.contains(value) || is_too_large(value)) [[unlikely]]
      fail_value(option, value, legal, !schedule.is_constant());
  }

  /// Any other condition; `message` is a sentence without the rule's name.
  void that(bool condition, const char* message) const {
    if (!condition) [[unlikely]]
      fail(message);
  }

  [[noreturn]] DESCENT_COLD void fail(const std::string& message) const {
    detail::fail_invalid_argument({rule_, ": ", message});
  }

  std::string_view rule() const { return rule_; }
  std::int64_t step() const { return step_; }
  /// The same check for the next step: for options that a formula reads one step ahead.
  Check of_next_step() const {
    return holds_ ? holding(rule_, step_ + 1, largest_, rate_factor_) : Check(rule_, step_ + 1);
  }
  /// Whether any checked option can change with the step.
  bool anything_varies() const { return varies_; }

 private:
  bool is_too_large(double value) const {
    return (value > largest_ || value < -largest_) && is_finite(value);
  }
  [[noreturn]] DESCENT_COLD void fail_value(std::string_view option, double value, const Interval& legal,
                                            bool scheduled) const {
    const bool multiplied = rate_factor_ != 1 && option == "learning_rate";
    std::string at, times, range = "at most 3.4e+38 in size for parameters of float";
    if (scheduled) at = detail::joined({" at step ", detail::text_of_integer(step_)});
    if (multiplied) times = detail::joined({" times its factor ", detail::text_of(rate_factor_)});
    if (!legal.contains(value)) range = legal.text();
    fail(detail::joined({option, at, times, " is ", detail::text_of(value), ", must be ", range}));
  }

  std::string_view rule_;
  std::int64_t step_;
  bool holds_ = false;
  double largest_ = std::numeric_limits<double>::max();
  double rate_factor_ = 1;
  mutable bool varies_ = false;
};

}  // namespace descent
