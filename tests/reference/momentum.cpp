// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/kozistr_options.hpp"
#include "reference/torch_rules.hpp"

#include <descent/optimizers/aggmo.hpp>
#include <descent/optimizers/asgd.hpp>
#include <descent/optimizers/optimistic_gradient_descent.hpp>
#include <descent/optimizers/qhm.hpp>

#include <algorithm>

namespace reference {
namespace {

descent::Qhm kozistr_qhm(PeerOptions& options) {
  options.ignore({"foreach"});
  return {.learning_rate = options.rate("lr", 1e-3),
          .momentum = options.momentum("momentum", 0),
          .nu = options.real("nu", 1),
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = kozistr_decay_form(options, false),
          .maximize = options.flag("maximize", false)};
}

descent::AggMo kozistr_aggmo(PeerOptions& options) {
  options.ignore({"foreach"});
  const std::vector<double> betas = options.list("betas", {0, 0.9, 0.99});
  // It identifies velocities by their beta: equal ones are one, which counts more than once.
  std::vector<double> sorted = betas;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) options.unsupported("betas");
  return {.learning_rate = options.rate("lr", 1e-3),
          .betas = betas,
          .weight_decay = options.real("weight_decay", 0),
          .weight_decay_form = kozistr_decay_form(options, false),
          .maximize = options.flag("maximize", false)};
}

descent::OptimisticGradientDescent optax_optimistic(PeerOptions& options) {
  return {.learning_rate = options.rate("learning_rate", 1e-3),
          .alpha = options.real("alpha", 1),
          .beta = options.real("beta", 1)};
}

/// PyTorch computes the learning rate of a step at the end of the previous one, from the learning rate in
/// force then.
descent::Schedule one_step_late(const descent::Schedule& rate) {
  if (rate.is_constant()) return rate;
  return [rate](std::int64_t step) { return rate(std::max<std::int64_t>(0, step - 1)); };
}

descent::Asgd torch_asgd(PeerOptions& options) {
  ignore_torch_kernels(options);
  return {.learning_rate = one_step_late(options.rate("lr", 1e-2)),
          .lambda = options.real("lambd", 1e-4),
          .alpha = options.real("alpha", 0.75),
          .t0 = options.real("t0", 1e6),
          .weight_decay = options.real("weight_decay", 0),
          .maximize = options.flag("maximize", false)};
}

}  // namespace

void add_momentum(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["torch.optim.ASGD"] = [](PeerOptions& options) { return any_rule(torch_asgd(options)); };
  rules["pytorch_optimizer QHM"] = [](PeerOptions& options) { return any_rule(kozistr_qhm(options)); };
  rules["pytorch_optimizer AggMo"] = [](PeerOptions& options) { return any_rule(kozistr_aggmo(options)); };
  rules["optax optimistic_gradient_descent"] = [](PeerOptions& options) {
    return any_rule(optax_optimistic(options));
  };
}

}  // namespace reference
