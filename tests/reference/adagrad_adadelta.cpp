// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/optimizers/adadelta.hpp>
#include <descent/optimizers/adagrad.hpp>

namespace reference {
namespace {

descent::Adagrad torch_adagrad(PeerOptions& options) {
  ignore_torch_kernels(options);
  return {.learning_rate = options.rate("lr", 1e-2),
          .epsilon = options.real("eps", 1e-10),
          .weight_decay = options.real("weight_decay", 0),
          .learning_rate_decay = options.real("lr_decay", 0),
          .initial_sum = options.real("initial_accumulator_value", 0),
          .maximize = options.flag("maximize", false)};
}

descent::Adagrad optax_adagrad(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .epsilon = options.real("eps", 1e-7),
          .initial_sum = options.real("initial_accumulator_value", 0.1),
          .epsilon_in_root = true};
}

descent::Adadelta torch_adadelta(PeerOptions& options) {
  ignore_torch_kernels(options);
  return {.learning_rate = options.rate("lr", 1),
          .rho = options.real("rho", 0.9),
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = options.real("weight_decay", 0),
          .maximize = options.flag("maximize", false)};
}

descent::Adadelta optax_adadelta(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1),
          .rho = options.real("rho", 0.9),
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = options.real("weight_decay", 0)};
}

}  // namespace

void add_adagrad_adadelta(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["torch.optim.Adagrad"] = [](PeerOptions& options) { return any_rule(torch_adagrad(options)); };
  catalogue.resting["torch.optim.Adagrad"] = [](PeerOptions& options) {
    return any_resting_rule(torch_adagrad(options));
  };
  rules["optax adagrad"] = [](PeerOptions& options) { return any_rule(optax_adagrad(options)); };
  rules["torch.optim.Adadelta"] = [](PeerOptions& options) { return any_rule(torch_adadelta(options)); };
  rules["optax adadelta"] = [](PeerOptions& options) { return any_rule(optax_adadelta(options)); };
}

}  // namespace reference
