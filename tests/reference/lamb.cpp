// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/lamb.hpp>

#include <limits>

namespace reference {
namespace {

descent::Lamb timm_lamb(PeerOptions& options) {
  options.ignore({"foreach"});
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  const double decay = options.real("weight_decay", 0.01);
  const bool decoupled = options.flag("decoupled_decay", false);
  const bool corrected = options.flag("corrected_weight_decay", false) && decoupled;
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = corrected ? options.corrected_decay(decay, "lr") : decay,
          .max_gradient_norm = options.real("max_grad_norm", std::numeric_limits<double>::infinity()),
          .adapt_only_decayed = !options.flag("always_adapt", false),
          .clip_ratio = options.flag("trust_clip", false),
          .decoupled_decay = decoupled,
          .cautious = options.flag("caution", false),
          .gradient_averaging = options.flag("grad_averaging", true),
          .bias_correction = options.flag("bias_correction", true)};
}

descent::Lamb optax_lamb(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = options.real("weight_decay", 0),
          .epsilon_root = options.real("eps_root", 0)};
}

}  // namespace

void add_lamb(Catalogue& catalogue) {
  catalogue.rules["timm.optim.Lamb"] = [](PeerOptions& options) { return any_rule(timm_lamb(options)); };
  catalogue.rules["optax lamb"] = [](PeerOptions& options) { return any_rule(optax_lamb(options)); };
}

}  // namespace reference
