// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/novograd.hpp>

namespace reference {
namespace {

descent::NovoGrad timm_novograd(PeerOptions& options) {
  const auto [beta1, beta2] = options.pair("betas", 0.95, 0.98);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .gradient_averaging = options.flag("grad_averaging", false),
          .amsgrad = options.flag("amsgrad", false),
          .start_at_gradient = true};
}

descent::NovoGrad optax_novograd(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.25),
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = options.real("weight_decay", 0),
          .epsilon_root = options.real("eps_root", 0)};
}

}  // namespace

void add_novograd(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["timm.optim.NvNovoGrad"] = [](PeerOptions& options) { return any_rule(timm_novograd(options)); };
  rules["optax novograd"] = [](PeerOptions& options) { return any_rule(optax_novograd(options)); };
}

}  // namespace reference
