// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/dadapt_adam.hpp>
#include <descent/optimizers/dadapt_sgd.hpp>

#include <limits>

namespace reference {
namespace {

using descent::WeightDecayForm;

/// pytorch_optimizer's weight decay; if it is not decoupled, it never reaches the gradient and has no effect.
template <class R>
void set_decay(R& rule, PeerOptions& options) {
  const double decay = options.real("weight_decay", 0);
  const bool decoupled = options.flag("weight_decouple", false), fixed = options.flag("fixed_decay", false);
  rule.weight_decay = decoupled ? decay : 0;
  rule.weight_decay_form = fixed ? WeightDecayForm::fixed : WeightDecayForm::decoupled;
}

descent::DAdaptAdam kozistr_adam(PeerOptions& options) {
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  descent::DAdaptAdam rule{
      .learning_rate = options.rate("lr", 1.0),
      .beta1 = beta1,
      .beta2 = beta2,
      .epsilon = options.real("eps", 1e-8),
      .maximize = options.flag("maximize", false),
      .initial_distance = options.real("d0", 1e-6),
      .growth_rate = options.real("growth_rate", std::numeric_limits<double>::infinity()),
      .bias_correction = options.flag("bias_correction", false)};
  set_decay(rule, options);
  return rule;
}

descent::DAdaptAdam optax_adam(PeerOptions& options) {
  descent::DAdaptAdam rule = descent::DAdaptAdam::like_optax();
  rule.learning_rate = options.rate("learning_rate", 1.0);
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  rule.beta1 = beta1;
  rule.beta2 = beta2;
  rule.epsilon = options.real("eps", 1e-8);
  rule.initial_distance = options.real("estim_lr0", 1e-6);
  rule.weight_decay = options.real("weight_decay", 0);
  return rule;
}

descent::DAdaptSgd kozistr_sgd(PeerOptions& options) {
  descent::DAdaptSgd rule{
      .learning_rate = options.rate("lr", 1.0),
      .momentum = options.real("momentum", 0.9),
      .maximize = options.flag("maximize", false),
      .initial_distance = options.real("d0", 1e-6),
      .growth_rate = options.real("growth_rate", std::numeric_limits<double>::infinity())};
  set_decay(rule, options);
  return rule;
}

}  // namespace

void add_dadapt(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer DAdaptAdam"] = [](PeerOptions& options) {
    return any_rule(kozistr_adam(options));
  };
  rules["pytorch_optimizer DAdaptSGD"] = [](PeerOptions& options) { return any_rule(kozistr_sgd(options)); };
  rules["optax contrib.dadapt_adamw"] = [](PeerOptions& options) { return any_rule(optax_adam(options)); };
}

}  // namespace reference
