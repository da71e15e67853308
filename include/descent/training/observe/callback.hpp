// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace descent {

/// A function that a training loop calls with a report, and that may stop the loop.
///
/// Made from a callable of the report, or of no arguments, that returns nothing or a bool; **true stops** (as
/// in ensmallen; Keras sets a flag on the model). The training functions work in place, so a callback that
/// captures the model by reference reads its current parameters.
///
///   .on_step = [](const MinimizePoint& at) { std::printf("%g\n", at.loss); }
///   .on_epoch = [&] { return accuracy(model) > 0.97; }
///
/// A callback that throws ends the loop; the documentation of the loop states what happens to the parameters.
template <class Report>
class Callback {
 public:
  /// Does nothing.
  Callback() = default;

  template <class F>
    requires(!std::same_as<F, Callback>)
  Callback(F f) {
    if constexpr (std::invocable<F&, const Report&>) {
      set<std::invoke_result_t<F&, const Report&>>(
          [function = std::move(f)](const Report& report) mutable { return function(report); });
    } else if constexpr (std::invocable<F&>) {
      set<std::invoke_result_t<F&>>([function = std::move(f)](const Report&) mutable { return function(); });
    } else {
      static_assert(std::invocable<F&>,
                    "descent: a callback takes the report of its loop as a const reference, or nothing");
    }
  }

  /// Whether it holds a function.
  explicit operator bool() const { return static_cast<bool>(function_); }

  /// Returns true to stop the loop.
  bool operator()(const Report& report) const { return function_ && function_(report); }

 private:
  template <class Result, class F>
  void set(F function) {
    static_assert(std::is_void_v<Result> || std::is_same_v<std::remove_cvref_t<Result>, bool>,
                  "descent: a callback returns nothing, or a bool: true stops");
    if constexpr (std::is_void_v<Result>) {
      function_ = [inner = std::move(function)](const Report& report) mutable {
        inner(report);
        return false;
      };
    } else {
      function_ = std::move(function);
    }
  }

  std::function<bool(const Report&)> function_;
};

}  // namespace descent
