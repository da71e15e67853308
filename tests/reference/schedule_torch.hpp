// SPDX-License-Identifier: MIT
#pragma once

#include "reference/schedule_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// PyTorch's schedulers as schedules of descent, including their quirks.
namespace reference {

/// The position of a PyTorch scheduler, which affects its recursive form if there are no iterations.
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
    const Options options(part);
    const MaybeSchedule made = torch_simple(part.at("name"), options, rate, place);
    if (!made.has_value()) throw Unsupported("a part of the kind " + part.at("name").get<std::string>());
    options.require_known();
    parts.push_back(*made);
  }
  return descent::join(parts, milestones);
}

/// A part of a chain: computes this step's learning rate from the result of the parts before it, or of the
/// previous step.
struct TorchLink {
  enum class Kind { ratio, annealing, restarts } kind;
  descent::Schedule values;  // a factor; of restarts the rate
  double minimum;            // of an annealing

  double next(double rate, double base, std::int64_t step) const {
    if (kind == Kind::restarts) return values(step);
    if (step == 0) return rate * values(0);
    const double now = values(step), before = values(step - 1);
    if (kind == Kind::annealing)
      return before == 0 ? rate + (base - minimum) * now : minimum + (rate - minimum) * now / before;
    return now == before ? rate : rate * now / before;
  }
};

inline TorchLink torch_link(const nlohmann::json& part, double rate) {
  const std::string name = part.at("name");
  const Options options(part);
  options.require_known();
  if (name == "CosineAnnealingLR")
    return {TorchLink::Kind::annealing,
            descent::CosineDecay{.initial = 1, .steps = options.whole("T_max", 0), .periodic = true},
            options.real("eta_min", 0)};
  if (name == "CosineAnnealingWarmRestarts")
    return {TorchLink::Kind::restarts, *torch_simple(name, options, rate), 0};
  const MaybeSchedule factor = torch_simple(name, options, 1);
  if (!factor.has_value()) throw Unsupported("a part of the kind " + name);
  return {TorchLink::Kind::ratio, *factor, 0};
}

/// The peer computes each learning rate from the previous one. That is a product if all parts multiply. An
/// annealing with a minimum, or past its end, adds, and restarts set the learning rate: then this function
/// iterates over the steps.
inline descent::Schedule torch_chained(const Options& hyper, double rate, std::int64_t last_step) {
  std::vector<TorchLink> links;
  bool is_product = true;
  descent::Schedule product = rate;
  for (const auto& part : hyper.json("schedulers")) {
    links.push_back(torch_link(part, rate));
    const bool ends = links.back().kind == TorchLink::Kind::annealing && part.at("T_max") < last_step;
    is_product =
        is_product && links.back().minimum == 0 && !ends && links.back().kind != TorchLink::Kind::restarts;
    product = product * links.back().values;
  }
  if (is_product) return product;
  return [links, rate](std::int64_t step) {
    double now = rate;
    for (std::int64_t k = 0; k <= step; ++k)
      for (const TorchLink& link : links) now = link.next(now, rate, k);
    return now;
  };
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

/// Between two values: of the learning rate or, upside down, of the momentum.
inline descent::Cyclic torch_cyclic(const Options& hyper, double initial, double peak) {
  descent::Cyclic cycle{.initial = initial, .peak = peak, .rise = hyper.whole("step_size_up", 2000)};
  if (hyper.has("step_size_down")) cycle.fall = hyper.whole("step_size_down", 0);
  const std::string mode = hyper.text("mode", "triangular");
  if (mode == "triangular2") cycle.cycle_factor = 0.5;
  if (mode == "exp_range") cycle.step_factor = hyper.real("gamma", 1);
  return cycle;
}

/// The three functions that the files name for LambdaLR and MultiplicativeLR.
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

}  // namespace reference
