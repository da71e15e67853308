// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/optimizers/shampoo.hpp>

namespace reference {
namespace {

using descent::Shampoo;
using descent::WeightDecayForm;

WeightDecayForm decay_form(PeerOptions& options) {
  const bool decoupled = options.flag("weight_decouple", false), fixed = options.flag("fixed_decay", false);
  return !decoupled ? WeightDecayForm::coupled : fixed ? WeightDecayForm::fixed : WeightDecayForm::decoupled;
}

Shampoo peers_shampoo(PeerOptions& options) {
  Shampoo rule = Shampoo::like_pytorch_optimizer();
  rule.learning_rate = options.rate("lr", 1e-3);
  rule.momentum = options.real("momentum", 0);
  rule.epsilon = options.real("matrix_eps", 1e-6);
  rule.weight_decay = options.real("weight_decay", 0);
  rule.weight_decay_form = decay_form(options);
  rule.refresh_every = options.whole("preconditioning_compute_steps", 1);
  rule.maximize = options.flag("maximize", false);
  return rule;
}

Shampoo papers_shampoo(PeerOptions& options) {
  return {.learning_rate = options.rate("lr", 0.1),
          .momentum = options.real("momentum", 0),
          .epsilon = options.real("matrix_eps", 1e-4)};
}

}  // namespace

void add_shampoo(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer Shampoo"] = [](PeerOptions& options) { return any_rule(peers_shampoo(options)); };
  rules["transcribed: Shampoo"] = [](PeerOptions& options) { return any_rule(papers_shampoo(options)); };
}

}  // namespace reference
