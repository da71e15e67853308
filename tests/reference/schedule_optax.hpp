// SPDX-License-Identifier: MIT
#pragma once

#include "reference/schedule_options.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

// Optax's schedules as schedules of descent, including their quirks.
namespace reference {

inline descent::Schedule optax_polynomial(const Options& hyper) {
  const double initial = hyper.real("init_value", 0), power = hyper.real("power", 1);
  const std::int64_t steps = hyper.whole("transition_steps", 0);
  if (steps <= 0 || power == 0) return initial;
  const std::int64_t begin = std::max<std::int64_t>(hyper.whole("transition_begin", 0), 0);
  const double final = hyper.real("end_value", 0);
  if (power == 1) return descent::shift(line(initial, final, steps), begin);
  return descent::shift(
      descent::PolynomialDecay{.initial = initial, .final = final, .power = power, .steps = steps}, begin);
}

inline descent::Schedule optax_exponential(const Options& hyper, double initial) {
  const double factor = hyper.real("decay_rate", 0);
  const std::int64_t steps = hyper.whole("transition_steps", 0);
  if (steps <= 0 || factor == 0) return initial;
  descent::ExponentialDecay decay{
      .initial = initial, .factor = factor, .steps = steps, .staircase = hyper.flag("staircase", false)};
  const std::int64_t begin = std::max<std::int64_t>(hyper.whole("transition_begin", 0), 0);
  if (!hyper.has("end_value")) return descent::shift(decay, begin);
  const double end = hyper.real("end_value", 0), largest = std::numeric_limits<double>::max();
  const bool reachable = factor < 1 ? 0 <= end && end <= initial : end >= initial;
  if (reachable && initial > 0) {
    decay.final = end;
    return descent::shift(decay, begin);
  }
  return descent::clamp(descent::shift(decay, begin), factor < 1 ? end : -largest,
                        factor < 1 ? largest : end);
}

inline descent::Schedule optax_cosine(double initial, std::int64_t steps, double final, double exponent) {
  if (exponent == 0) return initial;
  return descent::CosineDecay{.initial = initial, .steps = steps, .final = final, .exponent = exponent};
}

inline descent::Schedule optax_warmup_cosine(const Options& hyper) {
  const double peak = hyper.real("peak_value", 0);
  const std::int64_t rise = hyper.whole("warmup_steps", 0);
  const double final = peak == 0 ? 0 : hyper.real("end_value", 0);
  return descent::join(
      {line(hyper.real("init_value", 0), peak, rise),
       optax_cosine(peak, hyper.whole("decay_steps", 0) - rise, final, hyper.real("exponent", 1))},
      {rise});
}

inline descent::Schedule optax_restarts(const Options& hyper) {
  std::vector<descent::Schedule> parts;
  std::vector<std::int64_t> ends;
  for (const auto& part : hyper.json("cosine_kwargs")) {
    const Options options(part);
    parts.push_back(optax_warmup_cosine(options));
    ends.push_back((ends.empty() ? 0 : ends.back()) + options.whole("decay_steps", 0));
    options.require_known();
  }
  ends.pop_back();
  return descent::join(parts, ends);
}

inline MaybeSchedule optax_warmup(const std::string& function, const Options& hyper) {
  const double initial = hyper.real("init_value", 0), peak = hyper.real("peak_value", 0);
  const std::int64_t rise = hyper.whole("warmup_steps", 0);
  if (function == "warmup_constant_schedule") return line(initial, peak, rise);
  if (function == "warmup_cosine_decay_schedule") return optax_warmup_cosine(hyper);
  if (function == "sgdr_schedule") return optax_restarts(hyper);
  if (function == "warmup_exponential_decay_schedule")
    return descent::join({line(initial, peak, rise), optax_exponential(hyper, peak)}, {rise});
  return std::nullopt;
}

using Scales = std::map<std::int64_t, double>;

inline Scales scales_of(const Options& hyper) {
  Scales scales;
  if (!hyper.has("boundaries_and_scales")) return scales;
  for (const auto& item : hyper.json("boundaries_and_scales").items())
    scales[std::stoll(item.key())] = item.value().get<double>();
  return scales;
}

/// The values and boundaries that follow from factors.
template <class Piecewise>
Piecewise optax_piecewise(double initial, const Scales& scales) {
  Piecewise pieces{.values = {initial}};
  for (const auto& [boundary, scale] : scales) {
    pieces.values.push_back(pieces.values.back() * scale);
    pieces.boundaries.push_back(boundary);
  }
  return pieces;
}

inline descent::Schedule optax_interpolate(bool cosine, double initial, const Scales& scales) {
  auto pieces = optax_piecewise<descent::PiecewiseInterpolation>(initial, scales);
  pieces.cosine = cosine;
  return pieces;
}

/// If two boundaries are at the same step, the peer's dictionary keeps only the later factor.
inline MaybeSchedule optax_one_cycle_of_two_lines(const Options& hyper) {
  const double steps = hyper.real("transition_steps", 0), divisor = hyper.real("div_factor", 25);
  Scales scales{{static_cast<std::int64_t>(hyper.real("pct_start", 0.3) * steps), divisor}};
  scales[static_cast<std::int64_t>(hyper.real("pct_final", 0.85) * steps)] = 1 / divisor;
  scales[static_cast<std::int64_t>(steps)] = 1 / hyper.real("final_div_factor", 1e4);
  if (scales.size() == 3) return std::nullopt;
  return optax_interpolate(false, hyper.real("peak_value", 0) / divisor, scales);
}

inline descent::Schedule optax_one_cycle(const std::string& function, const Options& hyper) {
  if (function == "linear_onecycle_schedule")
    if (const MaybeSchedule fewer = optax_one_cycle_of_two_lines(hyper)) return *fewer;
  descent::OneCycle cycle{.peak = hyper.real("peak_value", 0),
                          .steps = hyper.whole("transition_steps", 0),
                          .rise = hyper.real("pct_start", 0.3),
                          .initial_divisor = hyper.real("div_factor", 25),
                          .final_divisor = hyper.real("final_div_factor", 1e4),
                          .linear = function == "linear_onecycle_schedule",
                          .final_after_end = true};
  if (cycle.linear) cycle.fall = hyper.real("pct_final", 0.85);
  return cycle;
}

}  // namespace reference
