// SPDX-License-Identifier: MIT
#include "reference/plateau.hpp"

#include "reference/comparison.hpp"
#include "reference/schedule_cases.hpp"

#include <descent/training/adapt/reduce_on_plateau.hpp>

namespace reference {
namespace {

using descent::PlateauCounting;
using descent::ReduceOnPlateau;

// The peers use learning rates: min_lr and eps are learning rates, so this follows the learning rate itself.

ReduceOnPlateau torch_plateau(const Options& hyper, double rate) {
  const bool absolute = hyper.text("threshold_mode", "rel") == "abs";
  const double threshold = hyper.real("threshold", 1e-4);
  return {.factor = hyper.real("factor", 0.1),
          .patience = hyper.whole("patience", 10),
          .relative_threshold = absolute ? 0 : threshold,
          .absolute_threshold = absolute ? threshold : 0,
          .cooldown = hyper.whole("cooldown", 0),
          .min_factor = hyper.real("min_lr", 0),
          .min_change = hyper.real("eps", 1e-8),
          .higher_is_better = hyper.text("mode", "min") == "max",
          .threshold_keeps_sign = true,
          .state = {.learning_rate_factor = rate}};
}

ReduceOnPlateau timm_plateau(const Options& hyper, double rate) {
  return {.factor = hyper.real("decay_rate", 0.1),
          .patience = hyper.whole("patience_t", 10),
          .relative_threshold = hyper.real("threshold", 1e-4),
          .cooldown = hyper.whole("cooldown_t", 0),
          .min_factor = hyper.real("lr_min", 0),
          .higher_is_better = hyper.text("mode", "max") == "max",
          .threshold_keeps_sign = true,
          .state = {.learning_rate_factor = rate}};
}

ReduceOnPlateau optax_plateau(const Options& hyper) {
  return {.factor = hyper.real("factor", 0.1),
          .patience = hyper.whole("patience", 10),
          .relative_threshold = hyper.real("rtol", 1e-4),
          .absolute_threshold = hyper.real("atol", 0),
          .cooldown = hyper.whole("cooldown", 0),
          .min_factor = hyper.real("min_scale", 0),
          .average_over = hyper.whole("accumulation_size", 1),
          .min_change = 0,
          .counting = PlateauCounting::optax,
          .threshold_keeps_sign = true};
}

/// The learning rate after a number of metrics: the plateau's, or the warm-up's before it.
struct Rates {
  ReduceOnPlateau plateau;
  double scale = 1;
  std::int64_t warmup = 0;
  descent::Schedule rise = 0;

  double after(std::int64_t observations, double metric) {
    if (observations > warmup) plateau.observe(metric);
    return at(observations);
  }
  double at(std::int64_t observations) const {
    return observations < warmup ? rise(observations) : scale * plateau.learning_rate_factor();
  }
};

std::optional<Rates> make_rates(const nlohmann::json& test_case) {
  const Options hyper(test_case.at("hyper"));
  const double rate = test_case.at("base_rate");
  const std::string maker = last_word(test_case.at("source"));
  if (maker == "ReduceLROnPlateau") return Rates{.plateau = torch_plateau(hyper, rate)};
  if (maker == "reduce_on_plateau") return Rates{.plateau = optax_plateau(hyper), .scale = rate};
  if (maker != "PlateauLRScheduler" || hyper.has("noise_range_t")) return std::nullopt;
  const std::int64_t warmup = hyper.whole("warmup_t", 0);
  return Rates{.plateau = timm_plateau(hyper, rate),
               .warmup = warmup,
               .rise = line(hyper.real("warmup_lr_init", 0), rate, warmup)};
}

}  // namespace

Outcome run_plateau_case(const nlohmann::json& test_case) {
  std::optional<Rates> rates = make_rates(test_case);
  if (!rates.has_value()) return {Verdict::not_covered};
  const double tolerance = test_case.at("tolerance");
  const auto& expected = test_case.at("rates");
  double got = rates->at(0);
  for (std::size_t k = 0; k < expected.size(); ++k) {
    if (k > 0) got = rates->after(static_cast<std::int64_t>(k), test_case.at("metrics").at(k - 1));
    if (!agrees(got, expected[k], tolerance))
      return {Verdict::disagrees,
              disagreement("after " + std::to_string(k) + " metrics", expected[k], got, tolerance)};
  }
  return {Verdict::agrees};
}

}  // namespace reference
