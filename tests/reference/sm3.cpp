// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/optimizers/sm3.hpp>

namespace reference {

void add_sm3(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer SM3"] = [](PeerOptions& options) {
    return any_rule(descent::Sm3{.learning_rate = options.rate("lr", 0.1),
                                 .momentum = options.real("momentum", 0),
                                 .beta = options.real("beta", 0),
                                 .epsilon = options.real("eps", 1e-30),
                                 .maximize = options.flag("maximize", false)});
  };
  rules["optax sm3"] = [](PeerOptions& options) {
    descent::Sm3 rule = descent::Sm3::like_optax();
    rule.learning_rate = options.rate("learning_rate", 0.1);
    rule.momentum = options.real("momentum", 0.9);
    rule.epsilon = options.real("eps", 1e-8);
    return any_rule(rule);
  };
}

}  // namespace reference
