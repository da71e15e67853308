// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace descent {

namespace detail {
/// The step from which none of them changes; a number never changes.
inline std::int64_t longest_duration(const std::vector<Schedule>& schedules) {
  std::int64_t longest = 0;
  for (const Schedule& schedule : schedules) {
    const std::int64_t own = schedule.is_constant() ? 0 : schedule.duration();
    if (own == endless) return endless;
    longest = longest < own ? own : longest;
  }
  return longest;
}

struct Times {
  static double of(double left, double right) { return saturated(left * right); }
};
struct Plus {
  static double of(double left, double right) { return saturated(left + right); }
};

/// One operator between two or more operands, applied from the left. a * b * c is one node with three
/// operands, so that evaluating a long product needs no deep recursion.
template <class Operator>
struct Operators {
  std::vector<Schedule> operands;
  double operator()(std::int64_t step) const {
    double value = operands.front()(step);
    for (std::size_t i = 1; i < operands.size(); ++i) value = Operator::of(value, operands[i](step));
    return value;
  }
  std::int64_t duration() const { return longest_duration(operands); }

  /// Applies the operator to its left and right operand.
  void append(const Schedule& operand) {
    if (operands.empty() && operand.target<Operators>() != nullptr) {
      operands = operand.target<Operators>()->operands;
    } else if (operands.size() == 1 && operands.front().is_constant() && operand.is_constant()) {
      operands.front() = Operator::of(operands.front()(0), operand(0));
    } else {
      operands.push_back(operand);
    }
  }
  /// A single operand is returned unchanged.
  Schedule result() && { return operands.size() == 1 ? operands.front() : Schedule(std::move(*this)); }
};

using Product = Operators<Times>;
using Sum = Operators<Plus>;

template <class Operation>
Schedule applied(const Schedule& left, const Schedule& right) {
  Operation operation;
  operation.append(left);
  operation.append(right);
  return std::move(operation).result();
}

struct Mean {
  std::vector<Schedule> schedules;
  double operator()(std::int64_t step) const {
    double sum = 0;
    for (const Schedule& schedule : schedules) sum += schedule(step);
    return saturated(sum) / static_cast<double>(schedules.size());
  }
  std::int64_t duration() const { return longest_duration(schedules); }
};

struct Clamped {
  Schedule schedule;
  double low, high;
  double operator()(std::int64_t step) const {
    const double value = schedule(step);
    return value < low ? low : value > high ? high : value;
  }
  std::int64_t duration() const { return schedule.duration(); }
};

struct Shifted {
  Schedule schedule;
  std::int64_t steps;
  double operator()(std::int64_t step) const {
    step = not_negative(step);
    if (steps >= 0) return schedule(step > steps ? step - steps : 0);
    return schedule(steps < step - last_step ? last_step : step - steps);
  }
  std::int64_t duration() const {
    const std::int64_t own = schedule.duration();
    if (own == endless) return endless;
    return steps >= 0 ? saturating_sum(own, steps) : not_negative(own + steps);
  }
};

struct Stretched {
  Schedule schedule;
  double factor;
  double operator()(std::int64_t step) const {
    const double place = static_cast<double>(not_negative(step)) / factor, before = std::floor(place);
    const std::int64_t whole = to_steps(before);
    const double value = schedule(whole);
    if (place == before || whole == last_step) return value;
    return saturated(value + (place - before) * saturated(schedule(whole + 1) - value));
  }
  std::int64_t duration() const {
    const std::int64_t own = schedule.duration();
    return own == endless ? endless : to_steps(std::ceil(static_cast<double>(own) * factor));
  }
};

struct Cycled {
  Schedule schedule;
  std::int64_t period;
  double operator()(std::int64_t step) const { return schedule(not_negative(step) % period); }
};

struct PerEpoch {
  Schedule schedule;
  std::int64_t steps_per_epoch;
  double operator()(std::int64_t step) const { return schedule(not_negative(step) / steps_per_epoch); }
  std::int64_t duration() const {
    const std::int64_t epochs = schedule.duration();
    return epochs == endless ? endless : saturating_product(epochs, steps_per_epoch);
  }
};
}  // namespace detail

/// The product of two schedules on one clock: value(k) = left(k) * right(k).
///
///   0.1 * CosineDecay{.initial = 1, .steps = 100}       warmup(10) * StepDecay{...}
///
/// Either side may be a number or your own callable. It lasts as long as the longer of the two.
/// Source: PyTorch's ChainedScheduler (of those that multiply).
template <class A, detail::ComposableWith<A> B>
Schedule operator*(const A& left, const B& right) {
  return detail::applied<detail::Product>(Schedule(left), Schedule(right));
}

/// The sum of two schedules on one clock: value(k) = left(k) + right(k). It lasts as long as the longer.
template <class A, detail::ComposableWith<A> B>
Schedule operator+(const A& left, const B& right) {
  return detail::applied<detail::Sum>(Schedule(left), Schedule(right));
}

/// The mean of schedules on one clock: value(k) = (s_1(k) + ... + s_n(k)) / n. It lasts as long as the longest.
///
///   mean({CosineDecay{...}, LinearDecay{...}})
///
/// Errors: std::invalid_argument without schedules.
inline Schedule mean(const std::vector<Schedule>& schedules) {
  Check("mean").that(!schedules.empty(), "there are no schedules to take the mean of");
  bool varies = false;
  for (const Schedule& schedule : schedules) varies = varies || !schedule.is_constant();
  const detail::Mean mean{schedules};
  if (!varies) return mean(0);
  return mean;
}

/// A schedule clamped between two values: value(k) = min(max(schedule(k), low), high).
///
/// * `low`, `high`: finite, high at least low.
///
/// It lasts as long as the schedule. Errors: std::invalid_argument for a bad range.
inline Schedule clamp(const Schedule& schedule, double low, double high) {
  const Check check("clamp");
  check("low", low, legal::finite);
  check("high", high, legal::at_least(low));
  const detail::Clamped clamped{schedule, low, high};
  if (schedule.is_constant()) return clamped(0);
  return clamped;
}

/// A schedule that starts later: value(k) = schedule(k - steps); before that, schedule(0).
///
/// * `steps`: any number. A negative one starts in the middle: shift(s, -10) has the value s(10) at step 0.
///
/// It lasts `steps` longer. Source: Optax's transition_begin.
inline Schedule shift(const Schedule& schedule, std::int64_t steps) {
  if (schedule.is_constant()) return schedule;
  return detail::Shifted{schedule, steps};
}

/// A schedule that runs more slowly: value(k) = schedule(k / factor), straight lines between its steps.
///
///   stretch(MultiStep{...}, 2.5)      // made for a different length of training
///
/// * `factor`: greater than 0; below 1 it runs faster. A jump between two steps becomes a line over `factor`
///   steps; to keep the jump, use per_epoch.
///
/// Evaluates the schedule at two steps; each level of nesting may double the evaluations of the innermost one.
/// It lasts `factor` times as long, rounded up. Errors: std::invalid_argument for a bad factor.
inline Schedule stretch(const Schedule& schedule, double factor) {
  Check("stretch")("factor", factor, legal::positive);
  if (schedule.is_constant()) return schedule;
  return detail::Stretched{schedule, factor};
}

/// Repeats the first steps of a schedule: value(k) = schedule(k mod period).
///
/// * `period`: at least 1.
///
/// It never ends. Errors: std::invalid_argument for a bad period.
inline Schedule cycle(const Schedule& schedule, std::int64_t period) {
  Check("cycle")("period", static_cast<double>(period), detail::whole_from(1));
  if (schedule.is_constant()) return schedule;
  return detail::Cycled{schedule, period};
}

/// Repeats a schedule from its start to its end. Errors: std::invalid_argument if it never ends.
inline Schedule cycle(const Schedule& schedule) {
  if (schedule.duration() == detail::endless)
    Check("cycle").fail("the schedule never ends, so it needs a period: cycle(schedule, period)");
  return cycle(schedule, schedule.duration());
}

/// A schedule that counts epochs: value(k) = schedule(floor(k / steps_per_epoch)).
///
/// * `steps_per_epoch`: at least 1.
///
/// It lasts `steps_per_epoch` times as long. Errors: std::invalid_argument for a bad number of steps.
inline Schedule per_epoch(const Schedule& schedule, std::int64_t steps_per_epoch) {
  Check("per_epoch")("steps_per_epoch", static_cast<double>(steps_per_epoch), detail::whole_from(1));
  if (schedule.is_constant()) return schedule;
  return detail::PerEpoch{schedule, steps_per_epoch};
}

}  // namespace descent
