// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/optimizers/lion.hpp>

namespace reference {
namespace {

using descent::WeightDecayForm;

descent::Lion timm_lion(PeerOptions& options) {
  options.ignore({"foreach"});
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.99);
  const double decay = options.real("weight_decay", 0);
  const bool corrected = options.flag("corrected_weight_decay", false);
  return {.learning_rate = options.rate("lr", 1e-4),
          .beta1 = beta1,
          .beta2 = beta2,
          .weight_decay = corrected ? options.corrected_decay(decay, "lr") : decay,
          .maximize = options.flag("maximize", false),
          .cautious = options.flag("caution", false)};
}

descent::Lion kozistr_lion(PeerOptions& options) {
  options.ignore({"foreach"});
  for (const char* name : {"use_gc", "adanorm", "cautious"}) options.expect_flag(name, false);
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.99);
  const bool fixed = options.flag("fixed_decay", false);
  const WeightDecayForm decoupled = fixed ? WeightDecayForm::fixed : WeightDecayForm::decoupled;
  return {.learning_rate = options.rate("lr", 1e-4),
          .beta1 = beta1,
          .beta2 = beta2,
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = options.flag("weight_decouple", true) ? decoupled : WeightDecayForm::coupled,
          .maximize = options.flag("maximize", false)};
}

descent::Lion optax_lion(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-4),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.99),
          .weight_decay = options.real("weight_decay", 1e-3)};
}

}  // namespace

void add_lion(Catalogue& catalogue) {
  catalogue.rules["timm.optim.Lion"] = [](PeerOptions& options) { return any_rule(timm_lion(options)); };
  catalogue.rules["pytorch_optimizer Lion"] = [](PeerOptions& options) {
    return any_rule(kozistr_lion(options));
  };
  catalogue.rules["optax lion"] = [](PeerOptions& options) { return any_rule(optax_lion(options)); };
}

}  // namespace reference
