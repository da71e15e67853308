// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/optimizers/rmsprop.hpp>
#include <descent/transforms/momentum/cautious.hpp>

namespace reference {
namespace {

using descent::WeightDecayForm;

descent::RmsProp torch_rmsprop(PeerOptions& options) {
  ignore_torch_kernels(options);
  return {.learning_rate = options.rate("lr", 1e-2),
          .decay = options.real("alpha", 0.99),
          .epsilon = options.real("eps", 1e-8),
          .momentum = options.momentum("momentum", 0),
          .centered = options.flag("centered", false),
          .weight_decay = options.real("weight_decay", 0),
          .maximize = options.flag("maximize", false)};
}

descent::RmsProp timm_rmsprop(PeerOptions& options) {
  const bool decoupled = options.flag("decoupled_decay", false);
  const bool corrected = options.flag("corrected_weight_decay", false) && decoupled;
  const double weight_decay = options.real("weight_decay", 0);
  return {.learning_rate = options.rate("lr", 1e-2),
          .decay = options.real("alpha", 0.9),
          .epsilon = options.real("eps", 1e-10),
          .momentum = options.momentum("momentum", 0),
          .centered = options.flag("centered", false),
          .weight_decay = corrected ? options.corrected_decay(weight_decay, "lr") : weight_decay,
          .weight_decay_form = decoupled ? WeightDecayForm::decoupled : WeightDecayForm::coupled,
          .epsilon_in_root = true,
          .initial_square_avg = 1,
          .rate_in_momentum = options.flag("lr_in_momentum", true)};
}

/// timm's caution compares the gradient with the momentum buffer: a chain of our transformations.
AnyRule cautious_rmsprop(const descent::RmsProp& rule) {
  const descent::ScaleByRms raw{rule.decay, rule.epsilon, rule.epsilon_in_root, rule.initial_square_avg};
  const descent::ScaleByStandardDeviation central{rule.decay, rule.epsilon, rule.epsilon_in_root,
                                                  rule.initial_square_avg};
  return any_rule(descent::either(rule.centered, central, raw) | descent::Trace{.momentum = rule.momentum} |
                  descent::Cautious{} | descent::AddDecayedWeights{rule.weight_decay} |
                  descent::ScaleByLearningRate{rule.learning_rate});
}

AnyRule timm_rmsprop_or_cautious(PeerOptions& options) {
  const descent::RmsProp rule = timm_rmsprop(options);
  const bool has_momentum = !rule.momentum.is_constant() || rule.momentum(0) > 0;
  if (!options.flag("caution", false) || !has_momentum) return any_rule(rule);
  // The chain cannot express a buffer that contains a varying learning rate, or a gradient that contains
  // weight decay.
  const bool rate_outside = !rule.rate_in_momentum || rule.learning_rate.is_constant();
  const bool coupled = rule.weight_decay_form == WeightDecayForm::coupled;
  const bool decay_outside = !coupled || (rule.weight_decay.is_constant() && rule.weight_decay(0) == 0);
  if (!rate_outside || !decay_outside) options.unsupported("caution");
  return cautious_rmsprop(rule);
}

descent::RmsProp optax_rmsprop(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .decay = options.real("decay", 0.9),
          .epsilon = options.real("eps", 1e-8),
          .momentum = options.real("momentum", 0),
          .centered = options.flag("centered", false),
          .nesterov = options.flag("nesterov", false),
          .epsilon_in_root = options.flag("eps_in_sqrt", true),
          .initial_square_avg = options.real("initial_scale", 0),
          .bias_correction = options.flag("bias_correction", false),
          .rate_in_momentum = true};
}

}  // namespace

void add_rmsprop(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["torch.optim.RMSprop"] = [](PeerOptions& options) { return any_rule(torch_rmsprop(options)); };
  rules["timm.optim.RMSpropTF"] = timm_rmsprop_or_cautious;
  rules["optax rmsprop"] = [](PeerOptions& options) { return any_rule(optax_rmsprop(options)); };
}

}  // namespace reference
