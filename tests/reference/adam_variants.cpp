// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/kozistr_options.hpp"

#include <descent/optimizers/grams.hpp>
#include <descent/optimizers/optimistic_adam.hpp>
#include <descent/optimizers/qhadam.hpp>
#include <descent/optimizers/yogi.hpp>

namespace reference {
namespace {

using descent::WeightDecayForm;

descent::Yogi kozistr_yogi(PeerOptions& options) {
  expect_no_kozistr_variant(options);
  options.ignore({"r"});  // of adanorm
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 1e-2),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-3),
          .initial_accumulator = options.real("initial_accumulator", 1e-6),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = kozistr_decay_form(options, true),
          .maximize = options.flag("maximize", false),
          .correct_first_moment = !options.flag("adam_debias", false)};
}

descent::Yogi optax_yogi(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-2),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-3),
          .initial_accumulator = options.real("initial_accumulator_value", 1e-6),
          .epsilon_root = options.real("eps_root", 0)};
}

descent::Grams grams_of_the_paper(PeerOptions& options) {
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-6),
          .weight_decay = options.real("weight_decay", 0),
          .maximize = options.flag("maximize", false)};
}

descent::QhAdam qhadam_of_the_paper(PeerOptions& options) {
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  const auto [nu1, nu2] = options.pair("nus", 1, 1);
  const bool decoupled = options.flag("decouple_weight_decay", false);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .nu1 = nu1,
          .nu2 = nu2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = decoupled ? WeightDecayForm::decoupled : WeightDecayForm::coupled,
          .maximize = options.flag("maximize", false)};
}

descent::OptimisticAdam optax_optimistic_adam(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-8),
          .alpha = options.real("alpha", 1),
          .beta = options.real("beta", 1),
          .nesterov = options.flag("nesterov", true),
          .epsilon_root = options.real("eps_root", 0)};
}

}  // namespace

void add_adam_variants(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer Yogi"] = [](PeerOptions& options) { return any_rule(kozistr_yogi(options)); };
  rules["optax yogi"] = [](PeerOptions& options) { return any_rule(optax_yogi(options)); };
  rules["transcribed: Grams"] = [](PeerOptions& options) { return any_rule(grams_of_the_paper(options)); };
  rules["transcribed: QHAdam"] = [](PeerOptions& options) { return any_rule(qhadam_of_the_paper(options)); };
  rules["optax optimistic_adam_v2"] = [](PeerOptions& options) {
    return any_rule(optax_optimistic_adam(options));
  };
}

}  // namespace reference
