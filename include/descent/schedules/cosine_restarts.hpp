// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Cosine decays one after the other, each starting again at the top: stochastic gradient descent with warm
/// restarts.
///
///   value(k) = final + (peak_i - final) * (1 + cos(pi * j / n_i)) / 2     at step j of cycle i = 0, 1, ...
///   n_i = steps * period_factor^i      peak_i = initial * peak_factor^i
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `steps`: length of the first cycle, at least 1, has to be given.
/// * `final`: finite; 0. What each cycle runs towards.
/// * `period_factor`: how much longer each cycle is than the one before, in [1, 1e6]; 1. Cycles of a length
///   that is not whole begin between two steps.
/// * `peak_factor`: how much higher each peak is than the one before, at least 0; 1.
/// * `cycles`: how many there are, at least 0; 0, which means without end.
///
/// At step 0 `initial`; at the last step of a cycle just above `final`, at the next one the new peak. After
/// the last cycle it holds `final`.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Loshchilov & Hutter 2017, arXiv:1608.03983.
/// Differs from: PyTorch's CosineAnnealingWarmRestarts (T_0, T_mult) has no peak_factor and never ends;
/// timm's CosineLRScheduler has one cycle by default; Keras calls the factors t_mul and m_mul; Optax joins
/// its cosines (sgdr_schedule).
struct CosineRestarts {
  double initial = detail::not_given;
  std::int64_t steps = 0;
  double final = 0;
  double period_factor = 1;
  double peak_factor = 1;
  std::int64_t cycles = 0;

  double operator()(std::int64_t step) const {
    const Position at = position(detail::not_negative(step));
    if (cycles > 0 && at.cycle >= cycles) return final;
    const double peak = peak_factor == 1
                            ? initial
                            : detail::scaled_by_power(initial, peak_factor, static_cast<double>(at.cycle));
    return detail::blend(peak, final, detail::half_cosine(at.progress));
  }

  std::int64_t duration() const {
    if (cycles == 0) return detail::endless;
    if (period_factor == 1) return detail::saturating_product(cycles, steps);
    return detail::to_steps(std::ceil(static_cast<double>(steps) * growth(cycles).before));
  }

  void check() const {
    const Check check("CosineRestarts");
    check("initial", initial, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("final", final, legal::finite);
    check("period_factor", period_factor,
          {.low = 1, .high = 1e6, .low_is_open = false, .high_is_open = false});
    check("peak_factor", peak_factor, legal::non_negative);
    check("cycles", static_cast<double>(cycles), detail::whole_from(0));
  }

 private:
  struct Position {
    std::int64_t cycle;
    double progress;  // in [0, 1]
  };
  struct Growth {
    double before, length;  // in units of the first cycle: what went before this one, and this one
  };

  Position position(std::int64_t step) const {
    if (step < steps) return {0, detail::ratio(step, steps)};
    if (period_factor == 1) return {step / steps, detail::ratio(step % steps, steps)};
    const auto first = static_cast<double>(steps), now = static_cast<double>(step);
    std::int64_t cycle =
        detail::to_steps(std::log2(1 + now / first * (period_factor - 1)) / std::log2(period_factor));
    Growth grown = growth(cycle);
    // The logarithms may miss the boundary between two cycles by one; the sums do not.
    if (first * grown.before > now) {
      grown = growth(--cycle);
    } else if (first * (grown.before + grown.length) <= now) {
      grown = growth(++cycle);
    }
    const double progress = (now - first * grown.before) / (first * grown.length);
    return {cycle, progress < 0 ? 0 : progress < 1 ? progress : 1};
  }

  /// 1 + m + ... + m^(cycle - 1), and m^cycle, by doubling: exact for whole m, and without the cancellation
  /// of (m^cycle - 1) / (m - 1) for m near 1.
  Growth growth(std::int64_t cycle) const {
    double sum = 0, power = 1;                // of the terms taken
    double block = 1, grown = period_factor;  // of the next 2^b terms
    for (; cycle > 0; cycle /= 2) {
      if (cycle % 2 == 1) {
        sum += power * block;
        power *= grown;
      }
      block += grown * block;
      grown *= grown;
    }
    return {sum, power};
  }
};

}  // namespace descent
