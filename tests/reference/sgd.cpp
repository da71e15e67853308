// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

namespace reference {
namespace {

descent::Sgd optax_sgd(PeerOptions& options) {
  const double momentum = options.real("momentum", 0);
  const bool nesterov = options.flag("nesterov", false);
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .momentum = momentum,
          .nesterov = nesterov && momentum > 0};
}

descent::Sgd optax_rate_before_trace(PeerOptions& options) {
  descent::Sgd rule = optax_sgd(options);
  if (options.text("order", "rate, then momentum") != "rate, then momentum") options.unsupported("order");
  rule.rate_in_momentum = true;
  return rule;
}

}  // namespace

void add_sgd(Catalogue& catalogue) {
  catalogue.rules["torch.optim.SGD"] = [](PeerOptions& options) { return any_rule(torch_sgd(options)); };
  catalogue.resting["torch.optim.SGD"] = [](PeerOptions& options) {
    return any_resting_rule(torch_sgd(options));
  };
  catalogue.rules["optax sgd"] = [](PeerOptions& options) { return any_rule(optax_sgd(options)); };
  catalogue.rules["optax trace after scale_by_learning_rate"] = [](PeerOptions& options) {
    return any_rule(optax_rate_before_trace(options));
  };
}

}  // namespace reference
