// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/stable_adamw.hpp>

namespace reference {
namespace {

descent::StableAdamW kozistr_stable_adamw(PeerOptions& options) {
  options.ignore({"kahan_sum", "foreach"});  // for half precision; how, not what
  options.expect_flag("maximize", false);    // the peer passes it over
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.99);
  const double decay = options.real("weight_decay", 0.01);
  // Coupled weight decay is added to the gradient after the moments are computed: without effect in the peer.
  const bool decoupled = options.flag("weight_decouple", true);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = decoupled ? decay : 0};
}

}  // namespace

void add_stable_adamw(Catalogue& catalogue) {
  catalogue.rules["pytorch_optimizer StableAdamW"] = [](PeerOptions& options) {
    return any_rule(kozistr_stable_adamw(options));
  };
}

}  // namespace reference
