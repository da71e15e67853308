// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

// Shared by the families with restarts.
namespace descent::detail {

/// Consecutive cycles, each `period_factor` times as long as the previous one, and a warm-up of constant
/// length before each.
struct Cycles {
  std::int64_t steps;
  double period_factor;
  std::int64_t warmup;

  struct Position {
    std::int64_t cycle;
    double step;    // since the cycle began
    double length;  // of the cycle, without its warm-up
  };

  Position position(std::int64_t step) const {
    if (period_factor == 1) {
      const std::int64_t period = saturating_sum(steps, warmup);
      return {step / period, static_cast<double>(step % period), static_cast<double>(steps)};
    }
    const auto first = static_cast<double>(steps), now = static_cast<double>(step);
    std::int64_t cycle = cycle_without_warmup(step);
    Growth grown = growth(cycle);
    if (warmup > 0) {
      cycle = last_begun(now, cycle);
      grown = growth(cycle);
    } else if (first * grown.before > now) {
      // The logarithm can be off by one at the boundary between two cycles; the sums are exact.
      grown = growth(--cycle);
    } else if (const Growth next = growth(cycle + 1); first * next.before <= now) {
      grown = next;
      ++cycle;
    }
    // After 1e8 cycles the sums are off by more than a cycle: then it has begun just now.
    return {cycle, std::fmax(0.0, now - begin(cycle, grown)), first * grown.length};
  }

  /// The total length of this number of cycles.
  std::int64_t duration(std::int64_t cycles) const {
    if (period_factor == 1) return saturating_product(saturating_sum(steps, warmup), cycles);
    return to_steps(std::ceil(begin(cycles, growth(cycles))));
  }

 private:
  struct Growth {
    double before, length;  // in units of the first cycle: of all earlier cycles, and of this one
  };

  double begin(std::int64_t cycle, const Growth& grown) const {
    return static_cast<double>(warmup) * static_cast<double>(cycle) +
           static_cast<double>(steps) * grown.before;
  }

  std::int64_t cycle_without_warmup(std::int64_t step) const {
    if (step < steps) return 0;
    const double lengths = static_cast<double>(step) / static_cast<double>(steps);
    return to_steps(std::log2(1 + lengths * (period_factor - 1)) / std::log2(period_factor));
  }

  /// The last cycle that has begun; at most `high` + 1.
  std::int64_t last_begun(double now, std::int64_t high) const {
    std::int64_t low = 0;
    high += 2;
    while (high - low > 1) {
      const std::int64_t middle = low + (high - low) / 2;
      if (begin(middle, growth(middle)) <= now) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
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

/// The value of a family with restarts; `weight` is 1 at the peak and 0 at `final`.
template <class Family, class Weight>
double restarting(const Family& family, std::int64_t step, Weight weight) {
  const Cycles cycles{family.steps, family.period_factor, family.warmup};
  const auto at = cycles.position(not_negative(step));
  if (family.cycles && at.cycle >= *family.cycles) return family.final;
  const double peak = family.peak_factor == 1 ? family.initial
                                              : scaled_by_power(family.initial, family.peak_factor,
                                                                static_cast<double>(at.cycle));
  const auto rise = static_cast<double>(family.warmup);
  if (at.step < rise) return blend(peak, family.final, at.step / rise);
  const double progress = (at.step - rise) / at.length;
  return blend(peak, family.final, weight(progress < 0 ? 0 : progress < 1 ? progress : 1));
}

template <class Family>
std::int64_t restarting_duration(const Family& family) {
  if (!family.cycles) return endless;
  return Cycles{family.steps, family.period_factor, family.warmup}.duration(*family.cycles);
}

template <class Family>
void check_restarting(const Check& check, const Family& family) {
  check("initial", family.initial, legal::finite);
  check("steps", static_cast<double>(family.steps), whole_from(1));
  check("final", family.final, legal::finite);
  check("period_factor", family.period_factor,
        {.low = 1, .high = 1e6, .low_is_open = false, .high_is_open = false});
  check("peak_factor", family.peak_factor, legal::non_negative);
  if (family.cycles) check("cycles", static_cast<double>(*family.cycles), whole_from(1));
  check("warmup", static_cast<double>(family.warmup), whole_from(0));
}

}  // namespace descent::detail
