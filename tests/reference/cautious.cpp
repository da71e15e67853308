// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/nadam.hpp>

namespace reference {
namespace {

descent::Schedule timm_decay(PeerOptions& options) {
  const double decay = options.real("weight_decay", 1e-2);
  return options.flag("corrected_weight_decay", false) ? options.corrected_decay(decay, "lr") : decay;
}

descent::AdamW timm_adamw(PeerOptions& options) {
  options.ignore({"foreach", "capturable"});
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = timm_decay(options),
          .amsgrad = options.flag("amsgrad", false),
          .maximize = options.flag("maximize", false),
          .cautious = options.flag("caution", false)};
}

descent::NAdam timm_nadamw(PeerOptions& options) {
  options.ignore({"foreach", "capturable"});
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  descent::NAdam rule = descent::NAdam::like_timm();
  rule.learning_rate = options.rate("lr", 1e-3);
  rule.beta1 = beta1;
  rule.beta2 = beta2;
  rule.epsilon = options.real("eps", 1e-8);
  rule.weight_decay = timm_decay(options);
  rule.maximize = options.flag("maximize", false);
  rule.cautious = options.flag("caution", false);
  return rule;
}

}  // namespace

void add_cautious(Catalogue& catalogue) {
  catalogue.rules["timm.optim.AdamWLegacy"] = [](PeerOptions& options) {
    return any_rule(timm_adamw(options));
  };
  catalogue.rules["timm.optim.NAdamW"] = [](PeerOptions& options) { return any_rule(timm_nadamw(options)); };
}

}  // namespace reference
