// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/core/errors.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace descent {

class Schedule;

namespace detail {
template <class F>
concept EigenObject = requires { typename F::StorageKind; };

// Schedule is excluded first: testing whether it is copyable would need this concept again.
template <class F>
concept FunctionObject = std::is_class_v<F> && !std::is_same_v<F, Schedule> && !EigenObject<F>;

template <class F>
concept TellsANumber = requires(const F& f, std::int64_t step) {
  { f(step) } -> std::convertible_to<double>;
};

/// Like std::copy_constructible, which instantiates dozens of classes of the standard library for each type.
template <class F>
concept CopiesItself = requires(const F& f) { F(f); };
}  // namespace detail

/// A concept that matches functions from a step to a value.
///
/// Satisfied by a functor whose const call operator takes the step (std::int64_t, counted from 0) and returns
/// a number: every family of `schedules/`, compositions of them, and lambdas. Not satisfied by Eigen's
/// objects, whose call operator reads an entry.
template <class F>
concept ScheduleFunction = detail::FunctionObject<F> && detail::TellsANumber<F> && detail::CopiesItself<F>;

namespace detail {
struct WithCallOperator {
  void operator()() {}
};
template <class F>
struct CallOperators : F, WithCallOperator {};

/// A class with a call operator that does not fit a schedule: a lambda with other arguments, for example. If
/// F has a call operator, whatever its signature, the name is ambiguous in CallOperators.
template <class F>
concept WrongScheduleFunction = FunctionObject<F> && !ScheduleFunction<F> && !std::is_final_v<F> &&
                                !requires { &CallOperators<F>::operator(); };

/// The duration of a schedule that never reaches a last value.
inline constexpr std::int64_t endless = -1;

template <class F>
concept HasDuration = requires(const F& f) {
  { f.duration() } -> std::convertible_to<std::int64_t>;
};

template <class F>
concept HasOwnCheck = requires(const F& f) { f.check(); };

template <class F>
std::int64_t duration_of(const F& function) {
  if constexpr (HasDuration<F>) return function.duration();
  return endless;
}

/// The duration is computed once: a composition queries its parts, and would otherwise query all of their
/// parts at each call. Copies of a schedule share the node, and count its owners: every file would compile
/// what it uses of a std::shared_ptr.
struct ScheduleNode {
  explicit ScheduleNode(std::int64_t steps) : duration(steps) {}
  virtual ~ScheduleNode() = default;
  virtual double value(std::int64_t step) const = 0;
  virtual const char* type() const = 0;
  const std::int64_t duration;
  mutable std::atomic<int> owners{1};
};

template <class F>
struct ScheduleNodeOf final : ScheduleNode {
  explicit ScheduleNodeOf(F f) : ScheduleNode(duration_of(f)), function(std::move(f)) {}
  double value(std::int64_t step) const override { return static_cast<double>(function(step)); }
  const char* type() const override { return &type_tag<F>; }
  F function;
};
}  // namespace detail

/// The value of an option at every step: a number, a schedule family, a composition or a callable.
///
///   Schedule rate = 1e-3;                                        // a number stays a number
///   Schedule rate = warmup(100) >> CosineDecay{.initial = 1e-3, .steps = 10'000};
///   Schedule rate = [](std::int64_t step) { return 0.1 / (1.0 + 0.01 * step); };
///
/// Steps count from 0; the value at 0 is what the first step uses. A schedule must be pure: the
/// same step gives the same value. Copies share one immutable function; a constant costs no call
/// and no heap. Errors: a family with bad options throws std::invalid_argument when it becomes a
/// Schedule. A bool or a pointer does not compile.
class Schedule {
 public:
  /// The constant 0.
  Schedule() = default;
  // Copying is outlined: recipes and plans copy many schedules, and every inlined copy would count
  // references.
  DESCENT_OUTLINED Schedule(const Schedule& other) : constant_(other.constant_), function_(other.function_) {
    keep(function_);
  }
  DESCENT_OUTLINED Schedule(Schedule&& other) noexcept
      : constant_(other.constant_), function_(other.function_) {
    other.function_ = nullptr;
  }
  DESCENT_OUTLINED Schedule& operator=(const Schedule& other) {
    keep(other.function_);
    replace(other.constant_, other.function_);
    return *this;
  }
  DESCENT_OUTLINED Schedule& operator=(Schedule&& other) noexcept {
    const detail::ScheduleNode* const function = other.function_;
    other.function_ = nullptr;
    replace(other.constant_, function);
    return *this;
  }
  DESCENT_OUTLINED ~Schedule() { release(function_); }

  template <class Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>)
  Schedule(Number constant) : constant_(static_cast<double>(constant)) {}

  template <ScheduleFunction F>
  Schedule(F function) {
    if constexpr (detail::HasOwnCheck<F>) function.check();
    function_ = new detail::ScheduleNodeOf<F>(std::move(function));
  }

  template <class Other>
    requires(std::is_same_v<Other, bool> || std::is_pointer_v<Other> || std::is_null_pointer_v<Other>)
  Schedule(Other) {
    static_assert(!std::is_same_v<Other, bool>,
                  "descent: a schedule is a number or a function of the step, not a bool");
    static_assert(std::is_same_v<Other, bool>,
                  "descent: a schedule is a number or a function of the step, not a pointer; wrap a function "
                  "pointer in a lambda");
  }

  template <detail::WrongScheduleFunction F>
  Schedule(const F&) {
    static_assert(
        !std::is_class_v<F>,
        "descent: a schedule is a function that takes the step (std::int64_t) and returns a number; it is "
        "copyable and its call operator const: [](std::int64_t step) { return 0.1; }");
  }

  /// The value at `step`, counted from 0.
  double operator()(std::int64_t step) const { return function_ == nullptr ? constant_ : varying(step); }

  /// The value at `step` from the function itself; ignores held values.
  double read(std::int64_t step) const { return function_ == nullptr ? constant_ : function_->value(step); }

  /// Reads the value at `step` and keeps it: later calls for `step` return it without calling the function,
  /// so that an optimizer reads its schedules once a step, before it writes anything. Copies hold nothing.
  double hold(std::int64_t step) {
    const auto place = static_cast<std::size_t>(step & 1);
    held_values_[place] = read(step);
    held_steps_[place] = step;
    return held_values_[place];
  }

  /// Whether it was made from a number and so never varies.
  bool is_constant() const { return function_ == nullptr; }

  /// The number of steps before the last value is reached; `detail::endless` for numbers, callables and
  /// families that never end.
  std::int64_t duration() const { return function_ == nullptr ? detail::endless : function_->duration; }

  /// The function that it was made from, if it is an F; else null. Lives as long as this schedule.
  template <ScheduleFunction F>
  const F* target() const {
    if (function_ == nullptr || function_->type() != &detail::type_tag<F>) return nullptr;
    return &static_cast<const detail::ScheduleNodeOf<F>&>(*function_).function;
  }

 private:
  DESCENT_OUTLINED double varying(std::int64_t step) const {
    const auto place = static_cast<std::size_t>(step & 1);
    return held_steps_[place] == step ? held_values_[place] : function_->value(step);
  }
  static void keep(const detail::ScheduleNode* function) {
    if (function != nullptr) function->owners.fetch_add(1, std::memory_order_relaxed);
  }
  static void release(const detail::ScheduleNode* function) {
    if (function != nullptr && function->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete function;
  }
  /// Takes over a share in `function`, and holds no values.
  void replace(double constant, const detail::ScheduleNode* function) {
    const detail::ScheduleNode* const before = function_;
    constant_ = constant;
    function_ = function;
    held_steps_[0] = 1;
    held_steps_[1] = 0;
    release(before);
  }

  double constant_ = 0;
  const detail::ScheduleNode* function_ = nullptr;
  std::int64_t held_steps_[2] = {1, 0};  // an even and an odd step; initially each in the wrong place: none
  double held_values_[2] = {0, 0};
};

}  // namespace descent
