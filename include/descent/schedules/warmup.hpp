// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>
#include <optional>
#include <string_view>

namespace descent {

/// The shape of a warm-up of n steps, as a function of the fraction p that is done.
enum class WarmupShape {
  linear,                 ///< p
  logarithmic,            ///< ln(1 + p n) / ln(1 + n): fast, then slowly
  exponential,            ///< start^(1 - p): by the same factor at every step
  cosine,                 ///< (1 - cos(pi p)) / 2
  square_root,            ///< sqrt(p): fast, then slowly
  one_minus_square_root,  ///< 1 - sqrt(1 - p): slowly, then fast
};

constexpr std::string_view value_names(WarmupShape) {
  return "linear, logarithmic, exponential, cosine, square_root, one_minus_square_root";
}

/// A rise to the first value of the schedule that follows; made by `warmup`.
///
///   factor(k) = shape((k + 1) / steps)      or, with a start, start + (1 - start) * shape(k / steps)
///
/// Before a schedule (`warmup(n) >> s`, sequence.hpp) it is scaled by that schedule's first value, and the
/// schedule starts at step n. Alone it is a factor: in `warmup(n) * s` the schedule s starts at step 0.
///
/// The start at step 0; 1 from the last step (steps - 1) on, or from step `steps` on with a `start`.
struct Warmup {
  std::int64_t steps = 0;                   ///< length, not negative; 0 for none
  std::optional<double> start = {};         ///< fraction at step 0, in [0, 1]; by default that of one step,
                                            ///< so that no step is wasted
  WarmupShape shape = WarmupShape::linear;  ///< the exponential one goes from `start`, which must be
                                            ///< greater than 0, or 1 / steps

  double operator()(std::int64_t step) const {
    if (step >= steps) return 1;
    const std::int64_t done = detail::not_negative(step) + (start.has_value() ? 0 : 1);
    if (done == steps) return 1;
    if (shape == WarmupShape::exponential) return exponential(done);
    if (!start.has_value()) return risen(done);
    return detail::blend(1, *start, risen(done));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("warmup");
    check("steps", static_cast<double>(steps), detail::whole_from(0));
    if (!start.has_value()) return;
    check("start", *start, legal::unit_interval);
    check.that(shape != WarmupShape::exponential || *start > 0,
               "start is 0, must be greater than 0 for an exponential warm-up");
  }

  DESCENT_SCHEDULE(steps, start, shape)

 private:
  double exponential(std::int64_t done) const {
    const double from = start.value_or(1 / static_cast<double>(steps));
    return std::pow(from, detail::ratio(steps - done, steps));
  }

  double risen(std::int64_t done) const {
    const double progress = detail::ratio(done, steps), left = detail::ratio(steps - done, steps);
    switch (shape) {
      case WarmupShape::logarithmic:
        return std::log1p(static_cast<double>(done)) / std::log1p(static_cast<double>(steps));
      case WarmupShape::cosine:
        return detail::half_cosine(left);
      case WarmupShape::square_root:
        return std::sqrt(progress);
      case WarmupShape::one_minus_square_root:
        return 1 - std::sqrt(left);
      default:
        return progress;
    }
  }
};

/// A linear warm-up of `steps` steps: in `warmup(n) >> s` step k < n has the fraction (k + 1) / n of the
/// first value of s, so that the first step is not 0 and step n - 1 has the full value; s starts at step n.
///
/// * `steps`: not negative; 0 means no warm-up.
/// * `shape`: how it rises; WarmupShape::linear.
///
/// Errors: std::invalid_argument for an option outside its range, when it becomes part of a Schedule.
/// Source: Goyal et al. 2017, arXiv:1706.02677. Hugging Face and Optax start at 0 and waste the first step:
/// `warmup(n, 0)`; PyTorch's LinearLR starts at a third: `warmup(n, 1.0 / 3)`. DeepSpeed's WarmupLR of n steps is
/// `warmup(n - 1, 0, WarmupShape::logarithmic)`.
inline Warmup warmup(std::int64_t steps, WarmupShape shape = WarmupShape::linear) {
  return {.steps = steps, .shape = shape};
}

/// A warm-up from a given fraction: step k < n has start + (1 - start) * shape(k / n) of the first value of
/// the next schedule.
///
/// * `steps`: not negative.
/// * `start`: in [0, 1]. At 0 the first step does nothing.
/// * `shape`: how it rises; WarmupShape::linear.
inline Warmup warmup(std::int64_t steps, double start, WarmupShape shape = WarmupShape::linear) {
  return {.steps = steps, .start = start, .shape = shape};
}

}  // namespace descent
