// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Goes from the rate of the training to the constant one at which iterates are averaged (stochastic weight
/// averaging).
///
///   value(k) = final + (initial - final) * (1 + cos(pi * k / steps)) / 2      or, `linear`, (1 - k / steps)
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `final`: finite, has to be given. The rate at which to average.
/// * `steps`: its length, at least 0; 10. At 0 it is `final` at once.
/// * `linear`: whether it goes in a straight line; false.
///
/// At step 0 `initial` (`final` without steps), at step `steps` `final`, exactly; it holds `final` from there on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Izmailov et al. 2018, arXiv:1803.05407.
/// Differs from: PyTorch's SWALR (swa_lr, anneal_epochs, anneal_strategy) is the same, with the rate in force for
/// `initial`; its epochs are per_epoch(s, n). Optax, Keras and timm have none.
struct SwaAnnealing {
  double initial = detail::not_given;
  double final = detail::not_given;
  std::int64_t steps = 10;
  bool linear = false;

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    if (step >= steps) return final;
    const std::int64_t left = steps - step;
    if (linear) return detail::blend(initial, final, detail::ratio(left, steps));
    return detail::blend(initial, final, detail::half_cosine(detail::ratio(steps - left, steps)));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("SwaAnnealing");
    check("initial", initial, legal::finite);
    check("final", final, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(0));
  }

  DESCENT_SCHEDULE(initial, final, steps, linear)
};

}  // namespace descent
