// SPDX-License-Identifier: MIT
#pragma once

#include "reference/schedule_kozistr.hpp"
#include "reference/schedule_optax.hpp"
#include "reference/schedule_timm.hpp"
#include "reference/schedule_torch.hpp"

#include <cstdint>
#include <string>

// Our schedules for the cases of the reference.
namespace reference {

/// The last word of a source: the class or function that produced the numbers.
inline std::string last_word(const std::string& source) {
  return source.substr(source.find_last_of(" .") + 1);
}

inline MaybeSchedule find_schedule(const std::string& file, const nlohmann::json& test_case,
                                   const Options& hyper) {
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

/// Our schedule for a case of the reference schedules; empty if there is none (yet).
inline MaybeSchedule make_schedule(const std::string& file, const nlohmann::json& test_case) {
  const Options hyper(test_case.at("hyper"));
  const MaybeSchedule schedule = find_schedule(file, test_case, hyper);
  if (schedule.has_value()) hyper.require_known();
  return schedule;
}

/// The momentum of the same case, if it has one.
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
