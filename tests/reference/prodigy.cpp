// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/prodigy.hpp>

#include <limits>

namespace reference {
namespace {

using descent::WeightDecayForm;

std::optional<double> beta3_of(PeerOptions& options) {
  if (!options.has("beta3")) return std::nullopt;
  return options.real("beta3", 0);
}

descent::Prodigy kozistr_prodigy(PeerOptions& options) {
  options.expect_flag("bias_correction", false);        // the peer counts two steps a call
  if (!options.has("eps")) options.unsupported("eps");  // an arc tangent in place of the division
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  const double decay = options.real("weight_decay", 0);
  // Coupled weight decay is added to the gradient after the moments are computed: without effect in the peer.
  const bool decouples = options.flag("weight_decouple", true), fixed = options.flag("fixed_decay", false);
  return {.learning_rate = options.rate("lr", 1.0),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = decouples ? decay : 0,
          .weight_decay_form = fixed ? WeightDecayForm::fixed : WeightDecayForm::decoupled,
          .maximize = options.flag("maximize", false),
          .initial_distance = options.real("d0", 1e-6),
          .coefficient = options.real("d_coef", 1),
          .growth_rate = options.real("growth_rate", std::numeric_limits<double>::infinity()),
          .beta3 = beta3_of(options),
          .safeguard_warmup = options.flag("safeguard_warmup", false)};
}

descent::Prodigy optax_prodigy(PeerOptions& options) {
  descent::Prodigy rule = descent::Prodigy::like_optax();
  rule.learning_rate = options.rate("learning_rate", 1.0);
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  rule.beta1 = beta1;
  rule.beta2 = beta2;
  rule.beta3 = beta3_of(options);
  rule.epsilon = options.real("eps", 1e-8);
  rule.initial_distance = options.real("estim_lr0", 1e-6);
  rule.coefficient = options.real("estim_lr_coef", 1);
  rule.weight_decay = options.real("weight_decay", 0);
  rule.safeguard_warmup = options.flag("safeguard_warmup", false);
  return rule;
}

}  // namespace

void add_prodigy(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer Prodigy"] = [](PeerOptions& options) {
    return any_rule(kozistr_prodigy(options));
  };
  rules["optax contrib.prodigy"] = [](PeerOptions& options) { return any_rule(optax_prodigy(options)); };
}

}  // namespace reference
