// SPDX-License-Identifier: MIT
#pragma once

#include "reference/schedule_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

// The schedulers of pytorch_optimizer (kozistr) as schedules of descent, including their quirks.
namespace reference {

inline MaybeSchedule kozistr_warmup(const std::string& name, const Options& hyper, std::int64_t last_step) {
  const double high = hyper.real("max_lr", 0), low = hyper.real("min_lr", 0);
  const std::int64_t rise = hyper.whole("warmup_steps", 0), steps = hyper.whole("t_max", 0) - rise;
  const auto after_rise = [&](const descent::Schedule& body) {
    return descent::join({line(hyper.real("init_lr", 0), high, rise), body}, {rise});
  };
  // The line and the wave continue past their end.
  const std::int64_t longer = std::max(steps, last_step);
  const double further = high + (low - high) * static_cast<double>(longer) / static_cast<double>(steps);
  if (name == "LinearScheduler")
    return after_rise(longer > steps ? descent::LinearDecay{high, further, longer}
                                     : descent::LinearDecay{high, low, steps});
  if (name == "CosineScheduler")
    return after_rise(
        descent::CosineDecay{.initial = high, .steps = std::abs(steps), .final = low, .periodic = true});
  if (name == "ExponentialScheduler") {
    const descent::ExponentialDecay decay{high, hyper.real("gamma", 0.99)};
    const descent::Schedule kept = descent::clamp(decay, low, std::numeric_limits<double>::max());
    return after_rise(descent::join({high, descent::shift(kept, -1)}, {1}));
  }
  if (name != "PolyScheduler") return std::nullopt;
  // Grows without bound after one step at the top, as published: a callable, not a family.
  return after_rise([=, power = hyper.real("poly_order", 0.5)](std::int64_t step) {
    return step == 0 ? high : low + (high - low) * std::pow(static_cast<double>(step), power);
  });
}

/// Warm-up, stable, decay. Only the cosine ends at the minimum; the others run towards 0 and jump to it.
inline MaybeSchedule kozistr_stable(const Options& hyper, double rate) {
  const std::string kind = hyper.text("cooldown_type", "1-sqrt");
  const std::int64_t rise = hyper.whole("num_warmup_steps", 0);
  const std::int64_t stable = rise + hyper.whole("num_stable_steps", 0);
  const std::int64_t decay = hyper.whole("num_decay_steps", 0);
  const double low = hyper.real("min_lr_ratio", 0) * rate;
  if (decay < 1) return descent::join({line(0, rate, rise), rate, low}, {rise, stable});
  descent::Schedule body = rate;
  if (const double waves = hyper.real("num_cycles", 0.5); kind == "cosine" && waves != 0)
    body = descent::CosineDecay{.initial = rate, .steps = decay, .final = low, .waves = std::abs(waves)};
  if (kind != "cosine") {
    descent::WarmupStableDecay cooldown{.peak = rate, .decay = decay, .cooldown = descent::Cooldown::linear};
    if (kind == "1-sqrt") cooldown.cooldown = descent::Cooldown::one_minus_square_root;
    if (kind == "1-square") cooldown.cooldown = descent::Cooldown::one_minus_square;
    body = cooldown;
  }
  return descent::join({line(0, rate, rise), rate, body, low}, {rise, stable, stable + decay});
}

/// Cycles that count their warm-up, rounded down; without a warm-up the very first rate is the lowest.
inline descent::Schedule kozistr_restarts(const Options& hyper, std::int64_t last_step) {
  const double high = hyper.real("max_lr", 1e-4), low = hyper.real("min_lr", 1e-6);
  const double growth = hyper.real("cycle_mult", 1), decay = hyper.real("gamma", 0.9);
  const std::int64_t rise = hyper.whole("warmup_steps", 0);
  std::int64_t length = hyper.whole("first_cycle_steps", 0) - rise;
  if (growth == std::floor(growth) && growth >= 1) {
    const descent::CosineRestarts cycles{.initial = high,
                                         .steps = length,
                                         .final = low,
                                         .period_factor = growth,
                                         .peak_factor = decay,
                                         .warmup = rise};
    if (rise > 0) return cycles;
    return descent::join({low, descent::shift(cycles, -1)}, {1});
  }
  std::vector<descent::Schedule> parts;
  std::vector<std::int64_t> ends;
  double peak = high;
  for (std::int64_t begin = 0; begin <= last_step && length + rise > 0; begin = ends.back()) {
    parts.push_back(line(low, peak, rise));
    parts.push_back(line(peak, peak, 0));
    if (length > 0) parts.back() = descent::CosineDecay{peak, length, low};
    ends.push_back(begin + rise);
    ends.push_back(begin + rise + length);
    peak *= decay;
    length = static_cast<std::int64_t>(static_cast<double>(length) * growth);
  }
  ends.pop_back();
  const descent::Schedule cycles = descent::join(parts, ends);
  if (rise > 0) return cycles;
  return descent::join({low, descent::shift(cycles, -1)}, {1});
}

/// Two steps late, and with half of the permutation of four.
inline descent::Schedule kozistr_chebyshev(const Options& hyper, double rate) {
  const std::int64_t epochs = hyper.whole("num_epochs", 0);
  if (hyper.flag("is_warmup", false)) return rate;
  const descent::Chebyshev whole{.scale = rate, .steps = epochs};
  if (epochs <= 2) return whole(0);
  if (epochs <= 4) return descent::join({whole(0), whole(2)}, {3});
  return descent::shift(whole, 2);
}

}  // namespace reference
