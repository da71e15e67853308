// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/optimizers/soap.hpp>

namespace reference {
namespace {

/// The peer treats a negative value as none, too.
std::optional<double> beta_of_preconditioner(PeerOptions& options) {
  const double beta = options.real("shampoo_beta", -1);
  return beta >= 0 ? std::optional<double>(beta) : std::nullopt;
}

descent::Soap peers_soap(PeerOptions& options) {
  options.expect_flag("merge_dims", false);
  options.ignore({"data_format"});  // for tensors of four dimensions
  const auto [beta1, beta2] = options.pair("betas", 0.95, 0.95);
  return {.learning_rate = options.rate("lr", 3e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 1e-2),
          .refresh_every = options.whole("precondition_frequency", 10),
          .preconditioner_beta = beta_of_preconditioner(options),
          .max_side = options.whole("max_precondition_dim", 10000),
          .rotate_vectors = options.flag("precondition_1d", false),
          .correct_bias = options.flag("correct_bias", true),
          .normalize = options.flag("normalize_gradient", false),
          .maximize = options.flag("maximize", false)};
}

}  // namespace

void add_soap(Catalogue& catalogue) {
  catalogue.rules["pytorch_optimizer SOAP"] = [](PeerOptions& options) {
    return any_rule(peers_soap(options));
  };
}

}  // namespace reference
