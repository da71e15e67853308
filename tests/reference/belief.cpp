// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/optimizers/acprop.hpp>
#include <descent/optimizers/adabelief.hpp>

namespace reference {
namespace {

using descent::WeightDecayForm;

WeightDecayForm timm_decay_form(PeerOptions& options) {
  const bool fixed = options.flag("fixed_decay", false);
  if (!options.flag("decoupled_decay", true)) return WeightDecayForm::coupled;
  return fixed ? WeightDecayForm::fixed : WeightDecayForm::decoupled;
}

descent::AdaBelief timm_adabelief(PeerOptions& options) {
  options.ignore({"foreach"});
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  const double epsilon = options.real("eps", 1e-16);
  const bool rectify = options.flag("rectify", true);
  const bool amsgrad = options.flag("amsgrad", false);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = epsilon,
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = timm_decay_form(options),
          .amsgrad = amsgrad && !rectify,  // its rectified steps do not use the maximum
          .epsilon_root = epsilon,
          .rectify = rectify,
          .degenerate_to_sgd = options.flag("degenerated_to_sgd", true)};
}

descent::AdaBelief optax_adabelief(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-16),
          .weight_decay = options.real("weight_decay", 0),
          .epsilon_root = options.real("eps_root", 1e-16),
          .nesterov = options.flag("nesterov", false)};
}

descent::AcProp optax_acprop(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-16),
          .weight_decay = options.real("weight_decay", 0),
          .epsilon_root = options.real("eps_root", 1e-16),
          .center_on_last = true};
}

}  // namespace

void add_belief(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["timm.optim.AdaBelief"] = [](PeerOptions& options) { return any_rule(timm_adabelief(options)); };
  rules["optax adabelief"] = [](PeerOptions& options) { return any_rule(optax_adabelief(options)); };
  rules["optax contrib.acprop"] = [](PeerOptions& options) { return any_rule(optax_acprop(options)); };
}

}  // namespace reference
