// SPDX-License-Identifier: MIT
#pragma once

#include "reference/peer_options.hpp"

#include <descent/schedules/algebra.hpp>
#include <descent/schedules/families.hpp>
#include <descent/schedules/sequence.hpp>
#include <descent/schedules/warmup.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

// How the options of other systems' schedules read as schedules of ours, quirks included.
namespace reference {

using MaybeSchedule = std::optional<descent::Schedule>;

/// The options of a case under the peer's names; one that is absent or null has the peer's default.
class Options {
 public:
  explicit Options(const nlohmann::json& options) : options_(options) {}

  bool has(const char* name) const { return options_.contains(name) && !options_.at(name).is_null(); }
  double real(const char* name, double otherwise) const {
    if (!has(name)) return otherwise;
    const nlohmann::json& value = options_.at(name);
    return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
  }
  std::int64_t whole(const char* name, std::int64_t otherwise) const {
    return has(name) ? static_cast<std::int64_t>(std::llround(options_.at(name).get<double>())) : otherwise;
  }
  bool flag(const char* name, bool otherwise) const {
    return has(name) ? options_.at(name).get<bool>() : otherwise;
  }
  std::string text(const char* name, const char* otherwise) const {
    return has(name) ? options_.at(name).get<std::string>() : otherwise;
  }
  std::vector<std::int64_t> wholes(const char* name) const {
    return has(name) ? options_.at(name).get<std::vector<std::int64_t>>() : std::vector<std::int64_t>{};
  }
  const nlohmann::json& json(const char* name) const { return options_.at(name); }

 private:
  const nlohmann::json& options_;
};

/// From one value to another; some peers allow no steps, and take that for "stay at the first value".
inline descent::Schedule line(double from, double to, std::int64_t steps) {
  if (steps <= 0) return from;
  return descent::LinearDecay{.initial = from, .final = to, .steps = steps};
}

// ---------------------------------------------------------------------------------------- PyTorch

/// Where a scheduler of PyTorch stands: its recursive form differs by that where there are no iterations.
enum class Place { alone, later_in_sequence };

inline descent::Schedule torch_exponential(double rate, double gamma) {
  if (gamma == 0) return descent::StepDecay{.initial = rate, .factor = 0, .every = 1};
  return descent::ExponentialDecay{.initial = rate, .factor = gamma};
}

inline descent::Schedule torch_constant(const Options& hyper, double rate, Place place) {
  const double factor = hyper.real("factor", 1.0 / 3);
  const std::int64_t steps = hyper.whole("total_iters", 5);
  if (steps <= 0) return place == Place::alone ? factor * rate : rate;
  return descent::join({factor * rate, rate}, {steps});
}

inline descent::Schedule torch_polynomial(const Options& hyper, double rate) {
  const std::int64_t steps = hyper.whole("total_iters", 5);
  const double power = hyper.real("power", 1);
  if (steps <= 0 || power == 0) return rate;
  return descent::PolynomialDecay{.initial = rate, .power = power, .steps = steps};
}

inline descent::Schedule torch_multi_step(const Options& hyper, double rate) {
  std::vector<std::int64_t> milestones = hyper.wholes("milestones");
  std::sort(milestones.begin(), milestones.end());
  return descent::MultiStep{.initial = rate, .factor = hyper.real("gamma", 0.1), .milestones = milestones};
}

inline MaybeSchedule torch_simple(const std::string& name, const Options& hyper, double rate,
                                  Place place = Place::alone) {
  using descent::Schedule;
  if (name == "StepLR")
    return Schedule(descent::StepDecay{
        .initial = rate, .factor = hyper.real("gamma", 0.1), .every = hyper.whole("step_size", 0)});
  if (name == "MultiStepLR") return torch_multi_step(hyper, rate);
  if (name == "ConstantLR") return torch_constant(hyper, rate, place);
  if (name == "ExponentialLR") return torch_exponential(rate, hyper.real("gamma", 0));
  if (name == "PolynomialLR") return torch_polynomial(hyper, rate);
  if (name == "LinearLR")
    return line(hyper.real("start_factor", 1.0 / 3) * rate, hyper.real("end_factor", 1) * rate,
                hyper.whole("total_iters", 5));
  if (name == "CosineAnnealingLR")
    return Schedule(descent::CosineDecay{.initial = rate,
                                         .steps = hyper.whole("T_max", 0),
                                         .final = hyper.real("eta_min", 0),
                                         .periodic = true});
  if (name == "CosineAnnealingWarmRestarts")
    return Schedule(descent::CosineRestarts{.initial = rate,
                                            .steps = hyper.whole("T_0", 0),
                                            .final = hyper.real("eta_min", 0),
                                            .period_factor = hyper.real("T_mult", 1)});
  return std::nullopt;
}

inline MaybeSchedule torch_sequential(const Options& hyper, double rate) {
  const std::vector<std::int64_t> milestones = hyper.wholes("milestones");
  if (!milestones.empty() && milestones.front() <= 0)
    throw Unsupported("with a milestone at 0 the peer mixes the first two parts at steps 0 and 1");
  std::vector<descent::Schedule> parts;
  for (const auto& part : hyper.json("schedulers")) {
    const Place place = parts.empty() ? Place::alone : Place::later_in_sequence;
    const MaybeSchedule made = torch_simple(part.at("name"), Options(part), rate, place);
    if (!made.has_value()) return std::nullopt;
    parts.push_back(*made);
  }
  return descent::join(parts, milestones);
}

/// The peer multiplies the rate of the step before by ratios. Where a part adds (an annealing with a minimum,
/// or past its end, where it starts from 0) or sets the rate (warm restarts), its chain is not a product.
inline MaybeSchedule torch_chained(const Options& hyper, double rate, std::int64_t last_step) {
  descent::Schedule product = rate;
  for (const auto& part : hyper.json("schedulers")) {
    const std::string name = part.at("name");
    const Options options(part);
    if (name == "CosineAnnealingWarmRestarts")
      throw Unsupported("a restart sets the rate of the whole chain");
    if (name == "CosineAnnealingLR" && options.real("eta_min", 0) != 0)
      throw Unsupported("the minimum of an annealing in a chain is added to the rate of the whole");
    if (name == "CosineAnnealingLR" && options.whole("T_max", 0) < last_step)
      throw Unsupported("past its end an annealing in a chain adds to the rate of the whole");
    const MaybeSchedule factor = torch_simple(name, options, 1);
    if (!factor.has_value()) return std::nullopt;
    product = product * *factor;
  }
  return product;
}

inline descent::Schedule torch_averaging(const Options& hyper, double rate) {
  return descent::SwaAnnealing{.initial = rate,
                               .final = hyper.real("swa_lr", 0),
                               .steps = hyper.whole("anneal_epochs", 10),
                               .linear = hyper.text("anneal_strategy", "cos") == "linear"};
}

inline descent::OneCycle torch_one_cycle(const Options& hyper) {
  descent::OneCycle cycle{.peak = hyper.real("max_lr", 0),
                          .steps = hyper.whole("total_steps", 0),
                          .rise = hyper.real("pct_start", 0.3),
                          .initial_divisor = hyper.real("div_factor", 25),
                          .final_divisor = hyper.real("final_div_factor", 1e4),
                          .linear = hyper.text("anneal_strategy", "cos") == "linear"};
  if (!hyper.has("total_steps")) cycle.steps = hyper.whole("epochs", 0) * hyper.whole("steps_per_epoch", 0);
  if (hyper.flag("three_phase", false)) cycle.fall = 2 * cycle.rise;
  return cycle;
}

/// Between two values: of the rate, or, upside down, of the momentum.
inline descent::Cyclic torch_cyclic(const Options& hyper, double initial, double peak) {
  descent::Cyclic cycle{.initial = initial, .peak = peak, .rise = hyper.whole("step_size_up", 2000)};
  if (hyper.has("step_size_down")) cycle.fall = hyper.whole("step_size_down", 0);
  const std::string mode = hyper.text("mode", "triangular");
  if (mode == "triangular2") cycle.cycle_factor = 0.5;
  if (mode == "exp_range") cycle.step_factor = hyper.real("gamma", 1);
  return cycle;
}

/// The three functions that the files of LambdaLR and MultiplicativeLR name.
inline MaybeSchedule torch_lambda(const Options& hyper, double rate) {
  const std::string formula = hyper.text("lr_lambda", "");
  const std::int64_t rise = hyper.whole("w", 1);
  const descent::Schedule inverse_root =
      descent::join({line(1.0 / static_cast<double>(rise), 1, rise - 1),
                     descent::InverseSquareRoot{.initial = 1, .steps = rise}},
                    {rise - 1});
  if (formula == "min((k+1)/w, sqrt(w/(k+1)))") return rate * inverse_root;
  if (formula == "d^-0.5 * min((k+1)^-0.5, (k+1)*w^-1.5)")
    return descent::Schedule(
        descent::Noam{.model_size = hyper.whole("d", 1), .warmup = rise, .factor = rate});
  const std::string start = "rate_k = rate_(k-1) * (q if k % ";
  if (formula.rfind(start, 0) != 0) return std::nullopt;
  const std::int64_t skipped = std::stoll(formula.substr(start.size()));
  return descent::Schedule([rate, skipped, q = hyper.real("q", 1)](std::int64_t step) {
    const std::int64_t multiplied = step - step / skipped;
    return rate * std::pow(q, static_cast<double>(multiplied));
  });
}

// ------------------------------------------------------------------------------------------ Optax

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
    parts.push_back(optax_warmup_cosine(Options(part)));
    ends.push_back((ends.empty() ? 0 : ends.back()) + Options(part).whole("decay_steps", 0));
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

/// The values and boundaries that factors lead to.
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

/// Where two of its boundaries fall on one step, the peer's dictionary keeps the later factor alone.
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

// ------------------------------------------------------------------------------------------- timm

/// timm's warm-up; without a prefix the schedule has been running below it. Without a warm-up the first step has
/// the optimizer's own rate.
inline descent::Schedule timm_warmed(const Options& hyper, double rate, const descent::Schedule& body,
                                     bool prefix_by_default) {
  const std::int64_t rise = hyper.whole("warmup_t", 0);
  if (rise == 0) return body(0) == rate ? body : descent::join({rate, descent::shift(body, -1)}, {1});
  const bool prefix = hyper.flag("warmup_prefix", prefix_by_default);
  return descent::join(
      {line(hyper.real("warmup_lr_init", 0), rate, rise), prefix ? body : descent::shift(body, -rise)},
      {rise});
}

/// The options of timm's cycles in a family of ours.
template <class Family>
Family timm_cycles(const Options& hyper, double rate) {
  return {.initial = rate,
          .steps = hyper.whole("t_initial", 0),
          .final = hyper.real("lr_min", 0),
          .period_factor = hyper.real("cycle_mul", 1),
          .peak_factor = hyper.real("cycle_decay", 1),
          .cycles = hyper.whole("cycle_limit", 1)};
}

/// The peer finds the cycle with a logarithm that is a little too small where some cycles begin: there it stays in
/// the old cycle for one step more, at its end.
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

/// Without a prefix the warm-up runs towards the value that the tangent has at its end.
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

/// A length that is not whole changes at the first step after it.
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

// ------------------------------------------------------------------------- pytorch_optimizer (kozistr)

inline MaybeSchedule kozistr_warmup(const std::string& name, const Options& hyper, std::int64_t last_step) {
  const double high = hyper.real("max_lr", 0), low = hyper.real("min_lr", 0);
  const std::int64_t rise = hyper.whole("warmup_steps", 0), steps = hyper.whole("t_max", 0) - rise;
  const auto after_rise = [&](const descent::Schedule& body) {
    return descent::join({line(hyper.real("init_lr", 0), high, rise), body}, {rise});
  };
  // The line and the wave go on past their end.
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

/// Two steps late, and with half the permutation of four.
inline descent::Schedule kozistr_chebyshev(const Options& hyper, double rate) {
  const std::int64_t epochs = hyper.whole("num_epochs", 0);
  if (hyper.flag("is_warmup", false)) return rate;
  const descent::Chebyshev whole{.scale = rate, .steps = epochs};
  if (epochs <= 2) return whole(0);
  if (epochs <= 4) return descent::join({whole(0), whole(2)}, {3});
  return descent::shift(whole, 2);
}

// --------------------------------------------------------------------------------------- the files

/// The last word of a source: the class or function that made the numbers.
inline std::string last_word(const std::string& source) {
  return source.substr(source.find_last_of(" .") + 1);
}

/// The schedule of ours that stands for a case of the reference schedules; none where we have none (yet).
inline MaybeSchedule make_schedule(const std::string& file, const nlohmann::json& test_case) {
  const Options hyper(test_case.at("hyper"));
  const double rate = test_case.at("base_rate").get<double>();
  const std::string maker = last_word(test_case.at("source").get<std::string>());
  const auto last_step = static_cast<std::int64_t>(test_case.at("rates").size()) - 1;
  if (hyper.has("noise_range_t")) throw Unsupported("the noise is that of PyTorch's generator");
  if (file == "sequential") return torch_sequential(hyper, rate);
  if (file == "chained") return torch_chained(hyper, rate, last_step);
  if (file == "lambda") return torch_lambda(hyper, rate);
  if (file == "swa") return torch_averaging(hyper, rate);
  if (file == "one_cycle") return torch_one_cycle(hyper);
  if (file == "cyclic") return torch_cyclic(hyper, hyper.real("base_lr", 0), hyper.real("max_lr", 0));
  if (file == "optax_cosine")
    return optax_cosine(hyper.real("init_value", 0), hyper.whole("decay_steps", 0),
                        hyper.real("alpha", 0) * hyper.real("init_value", 0), hyper.real("exponent", 1));
  if (file == "optax_exponential") return optax_exponential(hyper, hyper.real("init_value", 0));
  if (file == "optax_polynomial") return optax_polynomial(hyper);
  if (file == "optax_warmup") return optax_warmup(maker, hyper);
  if (file == "optax_piecewise_constant")
    return optax_piecewise<descent::PiecewiseConstant>(hyper.real("init_value", 0), scales_of(hyper));
  if (file == "optax_interpolate")
    return optax_interpolate(hyper.text("interpolate_type", "linear") == "cosine",
                             hyper.real("init_value", 0), scales_of(hyper));
  if (file == "optax_one_cycle") return optax_one_cycle(maker, hyper);
  if (file == "timm_cosine") return timm_cosine(hyper, rate, last_step);
  if (file == "timm_poly") return timm_poly(hyper, rate, last_step);
  if (file == "timm_step") return timm_step(hyper, rate, last_step);
  if (file == "timm_tanh") return timm_tanh(hyper, rate, last_step);
  if (file == "linear_warmup") return kozistr_warmup(maker, hyper, last_step);
  if (file == "warmup_stable_decay") return kozistr_stable(hyper, rate);
  if (file == "cosine_warmup_restarts") return kozistr_restarts(hyper, last_step);
  if (file == "chebyshev") return kozistr_chebyshev(hyper, rate);
  if (file == "rex")
    return descent::Schedule(
        descent::Rex{hyper.real("max_lr", 1), hyper.whole("total_steps", 0), hyper.real("min_lr", 0)});
  return torch_simple(maker, hyper, rate);
}

/// The momentum that goes with it, where the case has one.
inline MaybeSchedule make_momentum(const std::string& file, const nlohmann::json& test_case) {
  const Options hyper(test_case.at("hyper"));
  if (file == "one_cycle")
    return descent::Schedule(
        torch_one_cycle(hyper).momentum(hyper.real("max_momentum", 0.95), hyper.real("base_momentum", 0.85)));
  if (file == "cyclic")
    return descent::Schedule(
        torch_cyclic(hyper, hyper.real("max_momentum", 0.9), hyper.real("base_momentum", 0.8)));
  return std::nullopt;
}

}  // namespace reference
