// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/kozistr_options.hpp"

#include <descent/optimizers/ademamix.hpp>
#include <descent/optimizers/simplified_ademamix.hpp>

namespace reference {
namespace {

descent::AdEMAMix kozistr_ademamix(PeerOptions& options) {
  expect_no_kozistr_variant(options);
  const auto betas = options.triples("betas", {0.9, 0.999, 0.9999});
  if (betas.size() != 1) options.unsupported("betas");
  const double warmup = options.real("t_alpha_beta3", 0);
  // A decreasing warm-up continues past its end.
  if (warmup > 0 && betas[0][2] < betas[0][0]) options.unsupported("t_alpha_beta3");
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = betas[0][0],
          .beta2 = betas[0][1],
          .beta3 = betas[0][2],
          .alpha = options.real("alpha", 5),
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = kozistr_decay_form(options, false),
          .alpha_warmup = warmup,
          .beta3_warmup = warmup,
          .maximize = options.flag("maximize", false),
          .correct_slow_average = true};
}

descent::AdEMAMix optax_ademamix(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .beta3 = options.real("b3", 0.9999),
          .alpha = options.real("alpha", 5),
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .epsilon_root = options.real("eps_root", 0)};
}

descent::SimplifiedAdEMAMix kozistr_simplified(PeerOptions& options) {
  expect_no_kozistr_variant(options);
  descent::SimplifiedAdEMAMix rule = descent::SimplifiedAdEMAMix::like_pytorch_optimizer();
  const auto [beta1, beta2] = options.pair("betas", 0.99, 0.95);
  rule.learning_rate = options.rate("lr", 1e-4);
  rule.beta1 = beta1;
  rule.beta2 = beta2;
  rule.alpha = options.real("alpha", 0);
  rule.epsilon = options.real("eps", 1e-8);
  rule.weight_decay = options.real("weight_decay", 0);
  rule.weight_decay_form = kozistr_decay_form(options, true);
  rule.beta1_warmup = options.real("beta1_warmup", 0);
  rule.min_beta1 = options.real("min_beta1", 0.9);
  rule.maximize = options.flag("maximize", false);
  return rule;
}

descent::SimplifiedAdEMAMix optax_simplified(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-4),
          .beta1 = options.real("b1", 0.99),
          .beta2 = options.real("b2", 0.95),
          .alpha = options.real("alpha", 0),
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .epsilon_root = options.real("eps_root", 0)};
}

}  // namespace

void add_ademamix(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer AdEMAMix"] = [](PeerOptions& options) {
    return any_rule(kozistr_ademamix(options));
  };
  rules["optax contrib.ademamix"] = [](PeerOptions& options) { return any_rule(optax_ademamix(options)); };
  rules["pytorch_optimizer SimplifiedAdEMAMix"] = [](PeerOptions& options) {
    return any_rule(kozistr_simplified(options));
  };
  rules["optax contrib.simplified_ademamix"] = [](PeerOptions& options) {
    return any_rule(optax_simplified(options));
  };
}

}  // namespace reference
