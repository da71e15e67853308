// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/schedule.hpp>
#include <descent/core/tree/shapes.hpp>

#include <cmath>
#include <cstdint>
#include <string>

namespace descent {

/// How a GradientAccumulator counts and combines.
struct AccumulationOptions {
  /// The gradients that make a step: at least 1, a schedule of the steps made so far.
  Schedule every = 1.0;
  /// The mean of the gradients; false: their sum.
  bool mean = true;
};

/// Adds up the gradients of several small batches to that of a large one.
///
///   GradientAccumulator accumulator(model, {.every = 4});
///   if (accumulator.add(gradient)) optimizer.step(model, accumulator.gradient());
///
/// Sums in the element type of the parameters, in the order of the calls. What is left of an incomplete
/// window stays for the next call of add, or goes with clear(). Allocates when it is made only.
/// Errors: std::invalid_argument for a gradient of other shapes, and for `every` below 1: nothing has
/// changed then.
/// Differs from: Optax's MultiSteps, which averages as it goes: the same numbers up to rounding.
template <class Gradient>
class GradientAccumulator {
 public:
  template <class Parameters>
  explicit GradientAccumulator(const Parameters& parameters, AccumulationOptions options = {})
      : options_(std::move(options)), sum_(zeros_like(parameters)) {
    static_cast<void>(every());
  }

  /// True where the gradient completes a window: then `gradient()` holds what to step along.
  template <class G>
  bool add(const G& gradient) {
    static_assert(detail::same_structure<Gradient&, const G&>(),
                  "descent: the gradient has another structure than the accumulator was made for");
    check(gradient);
    const std::int64_t window = every();
    const bool begins = count_ == 0 || complete_;
    auto take = [&](auto& sum, const auto& block) {
      if (begins) {
        sum = block;
      } else {
        sum += block;
      }
    };
    detail::walk(take, sum_, gradient);
    count_ = begins ? 1 : count_ + 1;
    complete_ = count_ >= window;
    if (complete_) finish();
    return complete_;
  }

  /// What was added up; complete after `add` has returned true, until the next call of add.
  const Gradient& gradient() const { return sum_; }
  /// The number of gradients in the window.
  std::int64_t count() const { return complete_ ? 0 : count_; }
  /// Drops an incomplete window.
  void clear() {
    count_ = 0;
    complete_ = false;
  }

 private:
  std::int64_t every() const {
    const double value = options_.every(windows_);
    if (!(value >= 1) || !is_finite(value))
      detail::fail_invalid_argument("GradientAccumulator: every is " + detail::text_of(value) +
                                    ", must be at least 1");
    return static_cast<std::int64_t>(value);
  }

  template <class G>
  void check(const G& gradient) const {
    std::size_t index = 0, wrong = 0;
    bool sound = true;
    auto compare = [&](const auto& sum, const auto& block) {
      if (sound && (sum.rows() != block.rows() || sum.cols() != block.cols())) {
        sound = false;
        wrong = index;
      }
      ++index;
    };
    if (!detail::same_lengths(sum_, gradient))
      detail::fail_invalid_argument("GradientAccumulator: the gradient has another number of blocks");
    detail::walk(compare, sum_, gradient);
    if (!sound)
      detail::fail_invalid_argument("GradientAccumulator: block '" + detail::path_of_block(sum_, wrong) +
                                    "' of the gradient has another shape than the parameters");
  }

  void finish() {
    ++windows_;
    if (!options_.mean || count_ == 1) return;
    auto divide = [&](auto& sum) {
      using S = typename std::remove_cvref_t<decltype(sum)>::Scalar;
      sum /= static_cast<S>(count_);
    };
    detail::walk(divide, sum_);
  }

  AccumulationOptions options_;
  Gradient sum_;
  std::int64_t count_ = 0, windows_ = 0;
  bool complete_ = false;
};

template <class Parameters>
GradientAccumulator(const Parameters&) -> GradientAccumulator<GradientOf<Parameters>>;
template <class Parameters>
GradientAccumulator(const Parameters&, AccumulationOptions) -> GradientAccumulator<GradientOf<Parameters>>;

}  // namespace descent
