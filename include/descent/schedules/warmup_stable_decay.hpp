// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>
#include <descent/schedules/warmup.hpp>

#include <cmath>
#include <optional>
#include <string_view>

namespace descent {

/// The shape of the decay of WarmupStableDecay, as a function of the fraction p that is done.
enum class Cooldown {
  linear,                 ///< 1 - p
  cosine,                 ///< (1 + cos(pi p)) / 2
  one_minus_square_root,  ///< 1 - sqrt(p)
  one_minus_square        ///< 1 - p^2
};

constexpr std::string_view value_names(Cooldown) {
  return "linear, cosine, one_minus_square_root, one_minus_square";
}

/// Warm-up, a long constant part, and a short decay: training can be prolonged, or branched off, in the
/// stable part at any time.
///
///   value(k) = peak * (k + 1) / warmup                        for the first `warmup` steps
///              peak                                           for `stable` steps
///              final + (peak - final) * cooldown(j / decay)   at step j of the decay
///
/// The first value of the warm-up at step 0, exactly `final` from step warmup + stable + decay on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Hu et al. 2024 (MiniCPM), arXiv:2404.06395; Hägele et al. 2024, arXiv:2405.18392.
/// Differs from: pytorch_optimizer's get_wsd_schedule, which starts at 0 (`warmup_start = 0`); only its
/// cosine ends at the minimum, the others go towards 0 and jump to it. PyTorch, Optax and Keras need a
/// sequence, here `warmup(n) >> hold(m) >> CosineDecay{...}`.
struct WarmupStableDecay {
  double peak = detail::not_given;                      ///< required: finite
  std::int64_t warmup = 0;                              ///< length of the warm-up, not negative
  std::int64_t stable = 0;                              ///< length of the constant part, not negative
  std::int64_t decay = 0;                               ///< required: length of the decay, at least 1
  double final = 0;                                     ///< value at the end, finite
  Cooldown cooldown = Cooldown::one_minus_square_root;  ///< shape of the decay
  std::optional<double> warmup_start = {};              ///< fraction of the peak at step 0, in [0, 1]

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    if (step < warmup) return peak * Warmup{.steps = warmup, .start = warmup_start}(step);
    if (step - warmup <= stable) return peak;
    step -= warmup + stable;
    if (step >= decay) return final;
    return detail::blend(peak, final, weight(step));
  }

  std::int64_t duration() const {
    return detail::saturating_sum(detail::saturating_sum(warmup, stable), decay);
  }

  void check() const {
    const Check check("WarmupStableDecay");
    check("peak", peak, legal::finite);
    check("warmup", static_cast<double>(warmup), detail::whole_from(0));
    check("stable", static_cast<double>(stable), detail::whole_from(0));
    check("decay", static_cast<double>(decay), detail::whole_from(1));
    check("final", final, legal::finite);
    if (warmup_start.has_value()) check("warmup_start", *warmup_start, legal::unit_interval);
  }

  DESCENT_SCHEDULE(peak, warmup, stable, decay, final, cooldown, warmup_start)

 private:
  double weight(std::int64_t step) const {
    const double progress = detail::ratio(step, decay);
    switch (cooldown) {
      case Cooldown::linear:
        return detail::ratio(decay - step, decay);
      case Cooldown::cosine:
        return detail::half_cosine(progress);
      case Cooldown::one_minus_square_root:
        return 1 - std::sqrt(progress);
      case Cooldown::one_minus_square:
        return 1 - progress * progress;
    }
    return 0;
  }
};

}  // namespace descent
