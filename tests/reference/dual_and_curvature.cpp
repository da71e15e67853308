// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/kozistr_options.hpp"

#include <descent/optimizers/apollo.hpp>
#include <descent/optimizers/cocob.hpp>
#include <descent/optimizers/madgrad.hpp>

namespace reference {
namespace {

using descent::WeightDecayForm;

descent::MadGrad kozistr_madgrad(PeerOptions& options) {
  options.ignore({"foreach"});
  const bool decoupled = options.flag("weight_decouple", false);
  return {.learning_rate = options.rate("lr", 1e-3),
          .momentum = options.real("momentum", 0.9),
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = decoupled ? WeightDecayForm::decoupled : WeightDecayForm::coupled,
          .maximize = options.flag("maximize", false)};
}

/// With a learning rate of 0 it continues with its epsilon as the learning rate; without momentum it still
/// keeps the start.
AnyRule optax_madgrad(PeerOptions& options) {
  const descent::MadGrad rule{.learning_rate = options.rate("learning_rate", 1e-2),
                              .momentum = options.real("momentum", 0.9),
                              .epsilon = options.real("eps", 1e-6),
                              .weight_decay = options.real("weight_decay", 0)};
  for (std::int64_t k = 0; k < 1000; ++k)
    if (!(rule.learning_rate(k) > 0)) options.unsupported("learning_rate");
  return any_rule(rule);
}

descent::Cocob optax_cocob(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1),
          .alpha = options.real("alpha", 100),
          .weight_decay = options.real("weight_decay", 0),
          .epsilon = options.real("eps", 1e-8)};
}

/// A straight line from the first learning rate to that of the case, which ends at step `steps`.
descent::Schedule warmed_up(const descent::Schedule& rate, double first, int steps) {
  return [=](std::int64_t step) {
    const double t = static_cast<double>(step) + 1;
    return t >= steps ? rate(step) : (rate(0) - first) * t / steps + first;
  };
}

descent::Apollo kozistr_apollo(PeerOptions& options) {
  options.ignore({"foreach"});
  const descent::Schedule rate = options.rate("lr", 1e-2);
  const double first = options.is_null("init_lr") ? rate(0) / 1000 : options.real("init_lr", 1e-5);
  const int steps = options.whole("warmup_steps", 500);
  if (!rate.is_constant() && steps > 1) options.unsupported("warmup_steps");
  const std::string decay = options.text("weight_decay_type", "l2");
  const std::string rebound = options.text("rebound", "constant");
  if (decay != "l2" && decay != "decoupled" && decay != "stable") options.unsupported("weight_decay_type");
  if (rebound != "constant" && rebound != "belief") options.unsupported("rebound");
  return {.learning_rate = warmed_up(rate, first, steps),
          .beta = options.real("beta", 0.9),
          .epsilon = options.real("eps", 1e-4),
          .rebound = rebound == "belief" ? descent::ApolloRebound::belief : descent::ApolloRebound::constant,
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = decay == "l2" ? WeightDecayForm::coupled : WeightDecayForm::decoupled,
          .stable_decay = decay == "stable",
          .maximize = options.flag("maximize", false)};
}

}  // namespace

void add_dual_and_curvature(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer MADGRAD"] = [](PeerOptions& options) {
    return any_rule(kozistr_madgrad(options));
  };
  rules["optax contrib.madgrad"] = optax_madgrad;
  rules["optax contrib.cocob"] = [](PeerOptions& options) { return any_rule(optax_cocob(options)); };
  rules["pytorch_optimizer ApolloDQN"] = [](PeerOptions& options) {
    return any_rule(kozistr_apollo(options));
  };
}

}  // namespace reference
