// SPDX-License-Identifier: MIT
#pragma once

#include "reference/schedule_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

// timm's schedulers as schedules of descent, including their quirks.
namespace reference {

/// timm's warm-up; without `prefix` the schedule advances during the warm-up. Without a warm-up the first
/// step has the optimizer's own learning rate.
inline descent::Schedule timm_warmed(const Options& hyper, double rate, const descent::Schedule& body,
                                     bool prefix_by_default) {
  const std::int64_t rise = hyper.whole("warmup_t", 0);
  if (rise == 0) return body(0) == rate ? body : descent::join({rate, descent::shift(body, -1)}, {1});
  const bool prefix = hyper.flag("warmup_prefix", prefix_by_default);
  return descent::join(
      {line(hyper.real("warmup_lr_init", 0), rate, rise), prefix ? body : descent::shift(body, -rise)},
      {rise});
}

/// The options of timm's cycles for a family of descent.
template <class Family>
Family timm_cycles(const Options& hyper, double rate) {
  return {.initial = rate,
          .steps = hyper.whole("t_initial", 0),
          .final = hyper.real("lr_min", 0),
          .period_factor = hyper.real("cycle_mul", 1),
          .peak_factor = hyper.real("cycle_decay", 1),
          .cycles = hyper.whole("cycle_limit", 1)};
}

/// The peer computes the cycle with a logarithm that is slightly too small at the start of some cycles: then
/// it stays in the old cycle for one more step, at its end.
inline descent::Schedule timm_late_restarts(const Options& hyper, descent::Schedule body, double at_the_end,
                                            std::int64_t last_step) {
  const double first = hyper.real("t_initial", 1), growth = hyper.real("cycle_mul", 1);
  const double limit = hyper.real("cycle_limit", 1);
  if (growth == 1) return body;
  for (std::int64_t step = 1; step <= last_step; ++step) {
    const double now = static_cast<double>(step);
    const double cycle = std::floor(std::log(1 - now / first * (1 - growth)) / std::log(growth));
    const double power = std::pow(growth, cycle);
    const bool late = now - (1 - power) / (1 - growth) * first >= power * first * (1 - 1e-12);
    if (late && cycle < limit)
      body = descent::join({body, at_the_end, descent::shift(body, -(step + 1))}, {step, step + 1});
  }
  return body;
}

inline descent::Schedule timm_cosine(const Options& hyper, double rate, std::int64_t last_step) {
  auto body = timm_cycles<descent::CosineRestarts>(hyper, rate);
  body.progress_power = hyper.real("k_decay", 1);
  if (body.cycles < 1) return timm_warmed(hyper, rate, body.final, false);
  return timm_warmed(hyper, rate, timm_late_restarts(hyper, body, body.final, last_step), false);
}

inline descent::Schedule timm_poly(const Options& hyper, double rate, std::int64_t last_step) {
  auto body = timm_cycles<descent::PolynomialRestarts>(hyper, rate);
  body.progress_power = hyper.real("k_decay", 1);
  body.power = hyper.real("power", 0.5);
  if (body.cycles < 1) return timm_warmed(hyper, rate, body.final, false);
  return timm_warmed(hyper, rate, timm_late_restarts(hyper, body, body.final, last_step), false);
}

/// Without `prefix` the warm-up ends at the value that the hyperbolic tangent has there.
inline descent::Schedule timm_tanh(const Options& hyper, double rate, std::int64_t last_step) {
  auto body = timm_cycles<descent::TanhRestarts>(hyper, rate);
  body.lower = hyper.real("lb", -7);
  body.upper = hyper.real("ub", 3);
  const double left = 0.5 * (1 - std::tanh(body.upper));
  descent::Schedule whole = body.final;
  if (body.cycles > 0)
    whole = timm_late_restarts(hyper, body, body.final + (rate - body.final) * left, last_step);
  const std::int64_t rise = hyper.whole("warmup_t", 0);
  const double top = rise == 0 || hyper.flag("warmup_prefix", false) ? rate : whole(rise);
  return timm_warmed(hyper, top, whole, false);
}

/// A length that is not an integer takes effect at the first step after it.
inline descent::Schedule timm_steps(double rate, double factor, double every, std::int64_t last_step) {
  if (every == std::floor(every)) return descent::StepDecay{rate, factor, static_cast<std::int64_t>(every)};
  descent::MultiStep body{.initial = rate, .factor = factor};
  for (std::int64_t step = 1; step <= last_step; ++step)
    for (double passed = std::floor(static_cast<double>(step) / every);
         static_cast<double>(body.milestones.size()) < passed;)
      body.milestones.push_back(step);
  return body;
}

inline descent::Schedule timm_step(const Options& hyper, double rate, std::int64_t last_step) {
  const double factor = hyper.real("decay_rate", 1);
  if (!hyper.json("decay_t").is_array())
    return timm_warmed(hyper, rate, timm_steps(rate, factor, hyper.real("decay_t", 0), last_step), true);
  std::vector<std::int64_t> milestones = hyper.wholes("decay_t");
  for (std::int64_t& milestone : milestones) milestone = std::max<std::int64_t>(milestone - 1, 0);
  return timm_warmed(hyper, rate, descent::MultiStep{rate, factor, std::move(milestones)}, true);
}

}  // namespace reference
