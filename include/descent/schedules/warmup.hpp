// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <optional>

namespace descent {

/// A rise to the first value of the schedule that follows; made by `warmup`.
///
/// In front of a schedule (`warmup(n) >> s`, sequence.hpp) it is scaled by that schedule's first value, and
/// the schedule starts at step n. Alone it is a factor: `warmup(n) * s` rises while s already runs.
///
/// * `steps`: its length, at least 0; 0, which means none.
/// * `start`: the fraction at step 0, in [0, 1]; none, which means 1 / steps, so that no step is wasted.
///
/// At step 0 the start, at the last step (steps - 1) 1 without a `start` (with one, 1 is reached at step
/// `steps`); 1 from there on.
struct Warmup {
  std::int64_t steps = 0;
  std::optional<double> start = {};

  double operator()(std::int64_t step) const {
    if (step >= steps) return 1;
    const std::int64_t done = detail::not_negative(step);
    if (!start.has_value()) return detail::ratio(done + 1, steps);
    return detail::blend(1, *start, detail::ratio(done, steps));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("warmup");
    check("steps", static_cast<double>(steps), detail::whole_from(0));
    if (start.has_value()) check("start", *start, legal::unit_interval);
  }
};

/// A linear warm-up of `steps` steps: `warmup(n) >> s` gives step k < n the fraction (k + 1) / n of the first
/// value of s, so that the first step already moves and step n - 1 has the full value; s starts at step n.
///
/// * `steps`: at least 0; 0 means no warm-up.
///
/// Errors: std::invalid_argument for an option outside its range, when it becomes part of a Schedule.
/// Source: Goyal et al. 2017, arXiv:1706.02677. Hugging Face and Optax start at 0 and waste the first step:
/// `warmup(n, 0)`; PyTorch's LinearLR starts at a third: `warmup(n, 1.0 / 3)`.
inline Warmup warmup(std::int64_t steps) { return {.steps = steps}; }

/// A linear warm-up from a given fraction: step k < n gets start + (1 - start) * k / n of the first value of
/// what follows.
///
/// * `steps`: at least 0.
/// * `start`: in [0, 1]. At 0 the first step does nothing.
inline Warmup warmup(std::int64_t steps, double start) { return {.steps = steps, .start = start}; }

}  // namespace descent
