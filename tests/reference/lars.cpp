// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/lars.hpp>

namespace reference {
namespace {

descent::Lars timm_lars(PeerOptions& options) {
  const double momentum = options.real("momentum", 0), dampening = options.real("dampening", 0);
  return {.learning_rate = options.rate("lr", 1.0),
          .momentum = momentum,
          .weight_decay = options.real("weight_decay", 0),
          .coefficient = options.real("trust_coeff", 1e-3),
          .epsilon = options.real("eps", 1e-8),
          .nesterov = options.flag("nesterov", false),
          .dampening = momentum == 0 ? 0 : dampening,
          .adapt_only_decayed = !options.flag("always_adapt", false),
          .clip_ratio = options.flag("trust_clip", false)};
}

descent::Lars optax_lars(PeerOptions& options) {
  descent::Lars rule = descent::Lars::like_optax();
  rule.learning_rate = options.rate("learning_rate", 1.0);
  rule.momentum = options.real("momentum", 0.9);
  rule.weight_decay = options.real("weight_decay", 0);
  rule.coefficient = options.real("trust_coefficient", 1e-3);
  rule.epsilon = options.real("eps", 0);
  rule.nesterov = options.flag("nesterov", false) && options.real("momentum", 0.9) != 0;
  return rule;
}

}  // namespace

void add_lars(Catalogue& catalogue) {
  catalogue.rules["timm.optim.Lars"] = [](PeerOptions& options) { return any_rule(timm_lars(options)); };
  catalogue.rules["optax lars"] = [](PeerOptions& options) { return any_rule(optax_lars(options)); };
}

}  // namespace reference
