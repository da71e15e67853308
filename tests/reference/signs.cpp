// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/kozistr_options.hpp"
#include "reference/torch_rules.hpp"

#include <descent/optimizers/rprop.hpp>
#include <descent/optimizers/sign_sgd.hpp>
#include <descent/optimizers/signum.hpp>

namespace reference {
namespace {

descent::Rprop torch_rprop(PeerOptions& options) {
  ignore_torch_kernels(options);
  const auto [eta_minus, eta_plus] = options.pair("etas", 0.5, 1.2);
  const auto [min_step, max_step] = options.pair("step_sizes", 1e-6, 50);
  const descent::Schedule rate = options.rate("lr", 1e-2);
  return {.learning_rate = rate(0),  // a learning rate that varies has no effect there
          .eta_minus = eta_minus,
          .eta_plus = eta_plus,
          .min_step = min_step,
          .max_step = max_step,
          .maximize = options.flag("maximize", false)};
}

/// Its momentum restarts at every step, so that the sign is that of the gradient; it is not Signum.
descent::SignSgd kozistr_sign_sgd(PeerOptions& options) {
  options.ignore({"foreach"});
  if (options.real("momentum", 0.9) != 0) options.unsupported("momentum");
  return {.learning_rate = options.rate("lr", 1e-3),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = kozistr_decay_form(options, true),
          .maximize = options.flag("maximize", false)};
}

descent::SignSgd optax_sign_sgd(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3)};
}

descent::Signum optax_signum(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3), .momentum = options.real("beta", 0.9)};
}

}  // namespace

void add_signs(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["torch.optim.Rprop"] = [](PeerOptions& options) { return any_rule(torch_rprop(options)); };
  rules["pytorch_optimizer SignSGD"] = [](PeerOptions& options) {
    return any_rule(kozistr_sign_sgd(options));
  };
  rules["optax sign_sgd"] = [](PeerOptions& options) { return any_rule(optax_sign_sgd(options)); };
  rules["optax signum"] = [](PeerOptions& options) { return any_rule(optax_signum(options)); };
}

}  // namespace reference
