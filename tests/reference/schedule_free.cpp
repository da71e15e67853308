// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/optimizers/schedule_free_adamw.hpp>
#include <descent/optimizers/schedule_free_radam.hpp>
#include <descent/optimizers/schedule_free_sgd.hpp>

// The rules that keep more than one point and do not measure.
namespace reference {
namespace {

/// The authors' learning rate, with a warm-up of `warmup_steps` steps.
descent::Schedule warmed_rate(PeerOptions& options, double otherwise) {
  const descent::Schedule rate = options.rate("lr", otherwise);
  const int steps = options.whole("warmup_steps", 0);
  if (steps == 0) return rate;
  return [=](std::int64_t step) {
    const double share = step < steps ? (static_cast<double>(step) + 1) / steps : 1;
    return share * rate(step);
  };
}

descent::ScheduleFreeSgd authors_sgd(PeerOptions& options) {
  options.ignore({"foreach"});
  return {.learning_rate = warmed_rate(options, 1.0),
          .momentum = options.real("momentum", 0.9),
          .weight_decay = options.real("weight_decay", 0),
          .step_power = options.real("r", 0),
          .rate_power = options.real("weight_lr_power", 2)};
}

descent::ScheduleFreeAdamW authors_adamw(PeerOptions& options) {
  options.ignore({"foreach"});
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = warmed_rate(options, 2.5e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .inner_momentum = options.real("inner_momentum", 0),
          .step_power = options.real("r", 0),
          .rate_power = options.real("weight_lr_power", 2)};
}

descent::ScheduleFreeRAdam authors_radam(PeerOptions& options) {
  options.ignore({"foreach"});
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 2.5e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .silent_start = options.flag("silent_sgd_phase", true),
          .step_power = options.real("r", 0),
          .rate_power = options.real("weight_lr_power", 2)};
}

/// Optax starts its warm-up at 0 and counts the weights one step ahead of it.
void expect_no_warmup(PeerOptions& options) {
  if (options.whole("warmup_steps", 0) != 0) options.unsupported("warmup_steps");
}

descent::ScheduleFreeSgd optax_sgd(PeerOptions& options) {
  expect_no_warmup(options);
  return {.learning_rate = options.rate("learning_rate", 1.0),
          .momentum = options.real("b1", 0.9),
          .weight_decay = options.real("weight_decay", 0),
          .rate_power = options.real("weight_lr_power", 2)};
}

descent::ScheduleFreeAdamW optax_adamw(PeerOptions& options) {
  expect_no_warmup(options);
  return {.learning_rate = options.rate("learning_rate", 2.5e-3),
          .beta1 = options.real("b1", 0.9),
          .beta2 = options.real("b2", 0.999),
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .rate_power = options.real("weight_lr_power", 2)};
}

}  // namespace

void add_schedule_free(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["SGDScheduleFree"] = [](PeerOptions& options) { return any_rule(authors_sgd(options)); };
  rules["AdamWScheduleFree"] = [](PeerOptions& options) { return any_rule(authors_adamw(options)); };
  rules["RAdamScheduleFree"] = [](PeerOptions& options) { return any_rule(authors_radam(options)); };
  rules["optax contrib.schedule_free_sgd"] = [](PeerOptions& options) {
    return any_rule(optax_sgd(options));
  };
  rules["optax contrib.schedule_free_adamw"] = [](PeerOptions& options) {
    return any_rule(optax_adamw(options));
  };
}

}  // namespace reference
