// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/dog.hpp>
#include <descent/optimizers/dowg.hpp>
#include <descent/optimizers/momo.hpp>
#include <descent/optimizers/momo_adam.hpp>
#include <descent/optimizers/polyak_step.hpp>

// Rules of Optax that find their learning rate themselves, from distances or from the loss.
namespace reference {
namespace {

using descent::DoGStart;

descent::DoG optax_dog(PeerOptions& options) {
  descent::DoG rule{.learning_rate = options.rate("learning_rate", 1.0),
                    .weight_decay = options.real("weight_decay", 0),
                    .epsilon = options.real("eps", 1e-8)};
  if (!options.has("init_step")) return rule;
  const auto [kind, value] = options.named_number("init_step");
  rule.initial = value;
  if (kind == "distance") {
    rule.start = DoGStart::distance;
  } else if (kind == "learning_rate") {
    rule.start = DoGStart::rate;
  } else if (kind != "heuristic") {
    options.unsupported("init_step");
  }
  return rule;
}

descent::DoWG optax_dowg(PeerOptions& options) {
  const double epsilon = options.real("eps", 1e-4);
  return {.learning_rate = options.rate("learning_rate", 1.0),
          .initial_squared_distance = options.real("init_estim_sq_dist", epsilon),
          .weight_decay = options.real("weight_decay", 0),
          .epsilon = epsilon};
}

descent::PolyakStep optax_polyak(PeerOptions& options) {
  const std::string variant = options.text("variant", "sps");
  if (variant != "sps" && variant != "sps+") options.unsupported("variant");
  return {.learning_rate = options.rate("max_learning_rate", 1.0),
          .min_loss = options.real("f_min", 0),
          .scale = options.real("scaling", 1),
          .epsilon = options.real("eps", 0),
          .only_down = variant == "sps+"};
}

descent::MoMo optax_momo(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1.0),
          .beta = options.real("beta", 0.9),
          .min_loss = options.real("lower_bound", 0),
          .weight_decay = options.real("weight_decay", 0),
          .adapt_min_loss = options.flag("adapt_lower_bound", false)};
}

descent::MoMoAdam optax_momo_adam(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-2),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-8),
          .min_loss = options.real("lower_bound", 0),
          .weight_decay = options.real("weight_decay", 0),
          .adapt_min_loss = options.flag("adapt_lower_bound", false)};
}

}  // namespace

void add_parameter_free(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["optax contrib.dog"] = [](PeerOptions& options) { return any_rule(optax_dog(options)); };
  rules["optax contrib.dowg"] = [](PeerOptions& options) { return any_rule(optax_dowg(options)); };
  rules["optax polyak_sgd"] = [](PeerOptions& options) { return any_rule(optax_polyak(options)); };
  rules["optax contrib.momo"] = [](PeerOptions& options) { return any_rule(optax_momo(options)); };
  rules["optax contrib.momo_adam"] = [](PeerOptions& options) { return any_rule(optax_momo_adam(options)); };
}

}  // namespace reference
