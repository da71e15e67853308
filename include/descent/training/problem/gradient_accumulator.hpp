// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/memory/gradients.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/schedule.hpp>
#include <descent/core/tree/block_types.hpp>
#include <descent/core/tree/requirements.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

/// The window of a GradientAccumulator, and how it combines gradients.
struct AccumulationOptions {
  /// The number of gradients in a window: at least 1; a schedule of the number of completed windows.
  Schedule every = 1.0;
  /// Whether a window returns the mean of its gradients or, if false, their sum.
  bool mean = true;
};

/// Adds the gradients of several small batches to obtain the gradient of a large one.
///
///   GradientAccumulator accumulator(model, {.every = 4});
///   if (accumulator.add(gradient)) optimizer.step(model, accumulator.gradient());
///   ...
///   if (accumulator.finish()) optimizer.step(model, accumulator.gradient());   // the remainder after the last epoch
///
/// Adds in the order of the calls: in float for parameters in half precision, whose gradients may be in
/// float; in the element type for others. Means are rounded once, and are finite if the gradients are. With
/// `mean = false`, sums too large for the element type (65504 for Eigen::half) are infinite.
/// Allocates only at construction, except for gradients that contain products or functors of yours: those are
/// evaluated into a temporary first, so that one that throws adds nothing.
/// Memory: one gradient; three times that for parameters in half precision. Errors: std::invalid_argument for
/// a gradient of different shapes, and for `every` below 1; nothing has changed then.
/// Differs from: Optax's MultiSteps, which updates a mean with each gradient, so its rounding differs.
template <class Gradient>
class GradientAccumulator {
 public:
  template <class Parameters>
  explicit GradientAccumulator(const Parameters& parameters, AccumulationOptions options = {})
      : options_(std::move(options)), result_(zeros_like(parameters)) {
    static_cast<void>(every());
    auto allocate = [&](const auto& block) {
      if constexpr (is_narrow<decltype(block)>) float_sums_.emplace_back(block.rows(), block.cols());
    };
    detail::walk(allocate, result_);
  }

  /// Returns true if the gradient completes a window: then step along `gradient()`.
  template <class G>
  bool add(const G& gradient) {
    static_assert(detail::same_structure<Gradient&, const G&>(),
                  "descent: the gradient has a different structure from that of the accumulator");
    check(gradient);
    const std::int64_t window = every();
    if constexpr (detail::is_read_in_place<G>()) {
      take(gradient, window);
    } else {
      take(detail::evaluated(gradient), window);
    }
    complete_ = count_ >= window;
    if (complete_) complete();
    return complete_;
  }

  /// Completes a window that has fewer than `every` gradients, with their mean or sum. Returns false if it is
  /// empty.
  bool finish() {
    if (count() == 0) return false;
    complete_ = true;
    complete();
    return true;
  }

  /// The mean or sum of the window that `add` or `finish` completed, until the next call of `add`;
  /// unspecified before the first window and in an incomplete one.
  const Gradient& gradient() const { return result_; }
  const AccumulationOptions& options() const { return options_; }
  /// The number of gradients in the incomplete window.
  std::int64_t count() const { return complete_ ? 0 : count_; }
  /// Discards an incomplete window.
  void clear() {
    count_ = 0;
    complete_ = false;
  }

  /// Calls f(name, value) for all values to save, by reference.
  template <class F>
  void for_each_state_value(F&& f) {
    f("scale", scale_);
    f("count", count_);
    f("windows", windows_);
    f("complete", complete_);
    for_each_block([&](auto& block, const std::string& path) { f("sum/" + path, block); }, result_);
    for (std::size_t k = 0; k < float_sums_.size(); ++k) f("float_sum/" + std::to_string(k), float_sums_[k]);
  }
  bool has_valid_state() const { return scale_ > 0 && count_ >= 0 && windows_ >= 0; }

 private:
  std::int64_t every() const {
    const double value = options_.every(windows_);
    if (!(value >= 1) || !is_finite(value))
      detail::fail_invalid_argument("GradientAccumulator: every is " + detail::text_of(value) +
                                    ", must be at least 1");
    return static_cast<std::int64_t>(std::min(value, 0x1p62));
  }

  template <class B>
  static constexpr bool is_narrow = detail::is_narrow<typename std::remove_cvref_t<B>::Scalar>;

  /// Gradients are multiplied by a power of 2, so that their sum does not overflow before the division. This
  /// changes no bit of a mean, except for numbers near the smallest ones.
  double scale_of(std::int64_t window) const {
    constexpr std::int64_t largest = 0x10000;
    return options_.mean
               ? 1 / static_cast<double>(std::bit_ceil(static_cast<std::uint64_t>(std::min(window, largest))))
               : 1;
  }

  template <class G>
  void take(const G& gradient, std::int64_t window) {
    const bool begins = count_ == 0 || complete_;
    if (begins) scale_ = scale_of(window);
    std::size_t narrow = 0;
    auto take_block = [&](auto& result, const auto& block) {
      using S = typename std::remove_cvref_t<decltype(result)>::Scalar;
      if constexpr (is_narrow<decltype(result)>) {
        const auto part = static_cast<float>(scale_) * block.matrix().template cast<float>();
        Eigen::MatrixXf& sum = float_sums_[narrow++];
        begins ? sum = part : sum += part;
      } else {
        const auto part = static_cast<S>(scale_) * block;
        begins ? result = part : result += part;
      }
    };
    detail::walk(take_block, result_, gradient);
    count_ = begins ? 1 : count_ + 1;
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
    if (!detail::same_lengths(result_, gradient))
      detail::fail_invalid_argument("GradientAccumulator: the gradient has another number of blocks");
    detail::walk(compare, result_, gradient);
    if (!sound)
      detail::fail_invalid_argument("GradientAccumulator: block '" + detail::path_of_block(result_, wrong) +
                                    "' of the gradient has a different shape from the parameters");
  }

  void complete() {
    ++windows_;
    const double divisor = options_.mean ? static_cast<double>(count_) * scale_ : 1;
    std::size_t narrow = 0;
    auto divide = [&](auto& result) {
      using S = typename std::remove_cvref_t<decltype(result)>::Scalar;
      if constexpr (is_narrow<decltype(result)>) {
        result.matrix() = (float_sums_[narrow++] / static_cast<float>(divisor)).template cast<S>();
      } else if (divisor != 1) {
        result /= static_cast<S>(divisor);
      }
    };
    detail::walk(divide, result_);
  }

  AccumulationOptions options_;
  Gradient result_;                          // the sum until the window is complete, except in half precision
  std::vector<Eigen::MatrixXf> float_sums_;  // of the blocks in half precision
  double scale_ = 1;
  std::int64_t count_ = 0, windows_ = 0;
  bool complete_ = false;
};

template <class Parameters>
GradientAccumulator(const Parameters&) -> GradientAccumulator<GradientOf<Parameters>>;
template <class Parameters>
GradientAccumulator(const Parameters&, AccumulationOptions) -> GradientAccumulator<GradientOf<Parameters>>;

}  // namespace descent
