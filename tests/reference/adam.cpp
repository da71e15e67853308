// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/optimizers/nadam.hpp>

#include <limits>

namespace reference {
namespace {

using descent::WeightDecayForm;

/// PyTorch's Adam is its AdamW if the flag is set.
AnyRule torch_adam_or_adamw(PeerOptions& options, bool decoupled) {
  if (!options.flag("decoupled_weight_decay", decoupled)) return any_rule(torch_adam(options));
  if (!decoupled && !options.has("weight_decay")) {
    descent::AdamW rule = torch_adamw(options);
    rule.weight_decay = 0;
    return any_rule(rule);
  }
  return any_rule(torch_adamw(options));
}

descent::AdamW optax_plain(PeerOptions& options, double weight_decay) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", weight_decay),
          .epsilon_root = options.real("eps_root", 0)};
}

descent::NAdam optax_lookahead(const descent::AdamW& plain) {
  return {.learning_rate = plain.learning_rate,
          .beta1 = plain.beta1,
          .beta2 = plain.beta2,
          .epsilon = plain.epsilon,
          .momentum_decay = std::numeric_limits<double>::infinity(),
          .weight_decay = plain.weight_decay,
          .weight_decay_form = WeightDecayForm::decoupled,
          .epsilon_root = plain.epsilon_root};
}

/// Optax's adam, adamw, nadam and nadamw are one rule with different defaults.
AnyRule optax_adam(PeerOptions& options, double weight_decay, bool nesterov) {
  const descent::AdamW plain = optax_plain(options, weight_decay);
  return options.flag("nesterov", nesterov) ? any_rule(optax_lookahead(plain)) : any_rule(plain);
}

descent::Adam optax_amsgrad(PeerOptions& options) {
  const descent::AdamW plain = optax_plain(options, 0);
  return {.learning_rate = plain.learning_rate,
          .beta1 = plain.beta1,
          .beta2 = plain.beta2,
          .epsilon = plain.epsilon,
          .amsgrad = true,
          .epsilon_root = plain.epsilon_root,
          .max_of_corrected = true,
          .correct_first_moment = options.flag("bias_correction_mu", true),
          .correct_second_moment = options.flag("bias_correction_nu", true)};
}

}  // namespace

void add_adam(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["torch.optim.Adam"] = [](PeerOptions& options) { return torch_adam_or_adamw(options, false); };
  rules["torch.optim.AdamW"] = [](PeerOptions& options) { return torch_adam_or_adamw(options, true); };
  catalogue.resting["torch.optim.Adam"] = [](PeerOptions& options) {
    return any_resting_rule(torch_adam(options));
  };
  catalogue.resting["torch.optim.AdamW"] = [](PeerOptions& options) {
    options.expect_flag("decoupled_weight_decay", true);
    return any_resting_rule(torch_adamw(options));
  };
  rules["optax adam"] = [](PeerOptions& options) { return optax_adam(options, 0, false); };
  rules["optax adamw"] = [](PeerOptions& options) { return optax_adam(options, 1e-4, false); };
  rules["optax nadam"] = [](PeerOptions& options) { return optax_adam(options, 0, true); };
  rules["optax nadamw"] = [](PeerOptions& options) { return optax_adam(options, 1e-4, true); };
  rules["optax amsgrad"] = [](PeerOptions& options) { return any_rule(optax_amsgrad(options)); };
}

}  // namespace reference
