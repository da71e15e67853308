// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/kozistr_options.hpp"

#include <descent/optimizers/adopt.hpp>
#include <descent/optimizers/laprop.hpp>

namespace reference {
namespace {

using descent::WeightDecayForm;

descent::Adopt timm_adopt(PeerOptions& options) {
  options.ignore({"foreach", "capturable", "differentiable"});
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.9999);
  const bool decoupled = options.flag("decoupled", false);
  const bool corrected = options.flag("corrected_weight_decay", false) && decoupled;
  const double decay = options.real("weight_decay", 0);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = corrected ? options.corrected_decay(decay, "lr") : decay,
          .weight_decay_form = decoupled ? WeightDecayForm::decoupled : WeightDecayForm::coupled,
          .maximize = options.flag("maximize", false),
          .clip = !options.is_null("clip_exp"),
          .clip_exponent = options.real("clip_exp", 0.333),
          .cautious = options.flag("caution", false)};
}

descent::Adopt kozistr_adopt(PeerOptions& options) {
  expect_no_kozistr_variant(options);
  if (options.has("clip_lambda")) options.unsupported("clip_lambda");
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.9999);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = kozistr_decay_form(options, false),
          .maximize = options.flag("maximize", false),
          .clip_counts_from_one = true,
          .decay_at_first = true};
}

descent::Adopt optax_adopt(PeerOptions& options) {
  if (options.text("clip_value", "count^0.25") != "count^0.25") options.unsupported("clip_value");
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.9999),
          .epsilon = options.real("eps", 1e-6),
          .clip = options.flag("use_clipping", true),
          .nesterov = options.flag("nesterov", false)};
}

/// If the learning rate falls to 0, timm continues its momentum as if the learning rate were 1.
void require_positive_rates(const PeerOptions& options, const descent::Schedule& rate) {
  for (std::int64_t k = 0; !rate.is_constant() && k < 1000; ++k)
    if (!(rate(k) > 0)) options.unsupported("rates");
}

descent::LaProp timm_laprop(PeerOptions& options) {
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  descent::LaProp rule = descent::LaProp::like_timm();
  rule.learning_rate = options.rate("lr", 4e-4);
  require_positive_rates(options, rule.learning_rate);
  rule.beta1 = beta1;
  rule.beta2 = beta2;
  rule.epsilon = options.real("eps", 1e-15);
  const double decay = options.real("weight_decay", 0);
  const bool corrected = options.flag("corrected_weight_decay", false);
  rule.weight_decay = corrected ? options.corrected_decay(decay, "lr") : decay;
  rule.cautious = options.flag("caution", false);
  return rule;
}

}  // namespace

void add_momentum_after_scaling(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["timm.optim.Adopt"] = [](PeerOptions& options) { return any_rule(timm_adopt(options)); };
  rules["pytorch_optimizer ADOPT"] = [](PeerOptions& options) { return any_rule(kozistr_adopt(options)); };
  rules["optax contrib.adopt"] = [](PeerOptions& options) { return any_rule(optax_adopt(options)); };
  rules["timm.optim.LaProp"] = [](PeerOptions& options) { return any_rule(timm_laprop(options)); };
}

}  // namespace reference
