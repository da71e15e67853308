// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/optimizers/sophia.hpp>

namespace reference {
namespace {

using descent::WeightDecayForm;

AnyRule sophia_h(PeerOptions& options) {
  const auto [beta1, beta2] = options.pair("betas", 0.96, 0.99);
  const bool decoupled = options.flag("weight_decouple", true), fixed = options.flag("fixed_decay", false);
  return any_rule(descent::Sophia{.learning_rate = options.rate("lr", 6e-2),
                                  .beta1 = beta1,
                                  .beta2 = beta2,
                                  .epsilon = options.real("eps", 1e-12),
                                  .clip_threshold = options.real("p", 1e-2),
                                  .weight_decay = options.real("weight_decay", 0),
                                  .weight_decay_form = !decoupled ? WeightDecayForm::coupled
                                                       : fixed    ? WeightDecayForm::fixed
                                                                  : WeightDecayForm::decoupled});
}

AnyRule optax_sophia(PeerOptions& options) {
  descent::Sophia rule = descent::Sophia::like_optax(options.rate("learning_rate", 1e-3));
  rule.beta1 = options.real("b1", 0.965);
  rule.beta2 = options.real("b2", 0.99);
  rule.epsilon = options.real("eps", 1e-8);
  rule.gamma = options.real("gamma", 0.01);
  rule.clip_threshold = options.real("clip_threshold", 1);
  rule.weight_decay = options.real("weight_decay", 1e-4);
  AnyRule result = any_rule(rule);
  result.hessians_after_every = options.whole("update_interval", 10);
  return result;
}

}  // namespace

void add_sophia(Catalogue& catalogue) {
  catalogue.rules["pytorch_optimizer SophiaH"] = sophia_h;
  catalogue.rules["optax contrib.sophia"] = optax_sophia;
}

}  // namespace reference
