// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/fromage.hpp>

#include <limits>

namespace reference {
namespace {

descent::Fromage kozistr_fromage(PeerOptions& options) {
  return {.learning_rate = options.rate("lr", 1e-2),
          .maximize = options.flag("maximize", false),
          .norm_bound = options.real("p_bound", std::numeric_limits<double>::infinity())};
}

descent::Fromage optax_fromage(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-2), .min_norm = options.real("min_norm", 1e-6)};
}

}  // namespace

void add_fromage(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer Fromage"] = [](PeerOptions& options) {
    return any_rule(kozistr_fromage(options));
  };
  rules["optax fromage"] = [](PeerOptions& options) { return any_rule(optax_fromage(options)); };
}

}  // namespace reference
