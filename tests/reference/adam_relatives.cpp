// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/optimizers/adamax.hpp>
#include <descent/optimizers/nadam.hpp>
#include <descent/optimizers/radam.hpp>

namespace reference {
namespace {

using descent::WeightDecayForm;

WeightDecayForm torch_decay_form(PeerOptions& options) {
  return options.flag("decoupled_weight_decay", false) ? WeightDecayForm::decoupled
                                                       : WeightDecayForm::coupled;
}

descent::NAdam torch_nadam(PeerOptions& options) {
  ignore_torch_kernels(options);
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 2e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .momentum_decay = options.real("momentum_decay", 4e-3),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = torch_decay_form(options),
          .maximize = options.flag("maximize", false)};
}

descent::RAdam torch_radam(PeerOptions& options) {
  ignore_torch_kernels(options);
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = torch_decay_form(options),
          .maximize = options.flag("maximize", false)};
}

descent::RAdam optax_radam(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-8),
          .threshold = options.real("threshold", 5),
          .rectify_at_threshold = true,
          .epsilon_before_correction = false,
          .epsilon_root = options.real("eps_root", 0),
          .nesterov = options.flag("nesterov", false)};
}

descent::Adamax torch_adamax(PeerOptions& options) {
  ignore_torch_kernels(options);
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 2e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .maximize = options.flag("maximize", false)};
}

descent::Adamax optax_adamax(PeerOptions& options, double weight_decay) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", weight_decay),
          .weight_decay_form = WeightDecayForm::decoupled};
}

}  // namespace

void add_adam_relatives(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["torch.optim.NAdam"] = [](PeerOptions& options) { return any_rule(torch_nadam(options)); };
  rules["torch.optim.RAdam"] = [](PeerOptions& options) { return any_rule(torch_radam(options)); };
  rules["torch.optim.Adamax"] = [](PeerOptions& options) { return any_rule(torch_adamax(options)); };
  catalogue.resting["torch.optim.NAdam"] = [](PeerOptions& options) {
    return any_resting_rule(torch_nadam(options));
  };
  catalogue.resting["torch.optim.RAdam"] = [](PeerOptions& options) {
    return any_resting_rule(torch_radam(options));
  };
  rules["optax radam"] = [](PeerOptions& options) { return any_rule(optax_radam(options)); };
  rules["optax adamax"] = [](PeerOptions& options) { return any_rule(optax_adamax(options, 0)); };
  rules["optax adamaxw"] = [](PeerOptions& options) { return any_rule(optax_adamax(options, 1e-4)); };
}

}  // namespace reference
