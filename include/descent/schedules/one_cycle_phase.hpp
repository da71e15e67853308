// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>
#include <cstdint>

// Shared by OneCycle and its momentum.
namespace descent::detail {

/// The phase of a step in a one-cycle schedule (0 up, 1 down, 2 final) and the progress in it, in [0, 1].
struct OneCyclePhase {
  int number;
  double progress;
};

template <class Family>
OneCyclePhase one_cycle_phase(const Family& family, std::int64_t step) {
  const std::int64_t last = family.final_after_end ? family.steps : family.steps - 1;
  const auto now = static_cast<double>(step < 0 ? 0 : step < last ? step : last);
  const auto length = static_cast<double>(family.steps), end = static_cast<double>(last);
  const double raised = family.rise * length;  // rounded: with - 1 in one expression clang would fuse the two
  const double top = family.final_after_end ? std::floor(raised) : raised - 1;
  if (now <= top) return {0, top > 0 ? now / top : 1};
  double begin = top;
  if (family.fall.has_value()) {
    const double bottom = *family.fall * length;
    const double fallen = family.final_after_end ? std::floor(bottom) : bottom - 2;
    if (now <= fallen) return {1, (now - begin) / (fallen - begin)};
    begin = fallen;
  }
  const int phase = family.fall.has_value() ? 2 : 1;
  return {phase, end > begin ? (now - begin) / (end - begin) : 1};
}

inline double one_cycle_blend(double from, double to, double progress, bool linear) {
  return blend(from, to, linear ? 1 - progress : half_cosine(progress));
}

template <class Family>
void check_one_cycle(const Check& check, const Family& family) {
  check("steps", static_cast<double>(family.steps), whole_from(1));
  check("rise", family.rise, legal::unit_interval);
  if (family.fall.has_value())
    check("fall", *family.fall, {.low = family.rise, .high = 2, .low_is_open = false, .high_is_open = false});
}

}  // namespace descent::detail
