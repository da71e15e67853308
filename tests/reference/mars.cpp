// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/kozistr_options.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/mars.hpp>
#include <descent/transforms/matrix/orthogonalize.hpp>
#include <descent/transforms/momentum/trace.hpp>
#include <descent/wrappers/partition.hpp>

namespace reference {
namespace {

using descent::AdamW;
using descent::Mars;
using descent::MarsForm;
using descent::Schedule;
using descent::WeightDecayForm;

Schedule scaled(const Schedule& rate, double factor) {
  if (rate.is_constant()) return factor * rate(0);
  return [rate, factor](std::int64_t step) { return factor * rate(step); };
}

MarsForm form_of(PeerOptions& options, const std::string& name) {
  if (name != "adamw" && name != "lion") options.unsupported("mars_type");
  return name == "lion" ? MarsForm::lion : MarsForm::adamw;
}

AnyRule timm_mars(PeerOptions& options) {
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.99);
  const auto [beta1_1d, beta2_1d] = options.pair("betas_1d", beta1, beta2);
  Mars rule = Mars::like_timm();
  rule.learning_rate = options.rate("lr", 3e-3);
  rule.beta1 = beta1;
  rule.beta2 = beta2;
  rule.gamma = options.real("gamma", 0.025);
  rule.epsilon = options.real("eps", 1e-8);
  rule.weight_decay = options.real("weight_decay", 0);
  rule.form = form_of(options, options.text("mars_type", "adamw"));
  rule.cautious = options.flag("caution", false);
  const AdamW for_vectors{.learning_rate = scaled(rule.learning_rate, options.real("lr_1d_factor", 1)),
                          .beta1 = beta1_1d,
                          .beta2 = beta2_1d,
                          .epsilon = rule.epsilon,
                          .weight_decay = rule.weight_decay,
                          .cautious = rule.cautious};
  if (options.flag("optimize_1d", false)) return any_rule(rule);
  return any_rule(descent::partition(descent::matrices, rule, for_vectors));
}

/// It adds 1e-15 to the second moment before the correction.
constexpr double kozistr_epsilon_root = 1e-15;

Mars kozistr_mars(PeerOptions& options, const std::string& type) {
  expect_no_kozistr_variant(options);
  const auto [beta1, beta2] = options.pair("betas", 0.95, 0.99);
  const Mars rule{.learning_rate = options.rate("lr", 3e-3),
                  .beta1 = beta1,
                  .beta2 = beta2,
                  .gamma = options.real("gamma", 0.025),
                  .epsilon = options.real("eps", 1e-8),
                  .weight_decay = options.real("weight_decay", 0),
                  .weight_decay_form = kozistr_decay_form(options, true),
                  .form = form_of(options, type == "shampoo" ? "adamw" : type),
                  .amsgrad = options.flag("ams_bound", false),
                  .maximize = options.flag("maximize", false),
                  .epsilon_root = kozistr_epsilon_root,
                  .epsilon_before_correction = true};
  // Its weight decay comes too late to affect more than the next difference of gradients.
  if (rule.weight_decay_form == WeightDecayForm::coupled && rule.weight_decay(0) > 0)
    options.unsupported("weight_decouple");
  return rule;
}

auto decayed(const Mars& rule) {
  return descent::detail::decay_into_direction(rule.weight_decay_form, rule.weight_decay) |
         descent::ScaleByLearningRate{rule.learning_rate} |
         descent::detail::decay_after_rate(rule.weight_decay_form, rule.weight_decay);
}

/// Its rule for vectors, a plain AdamW.
auto kozistr_adamw(PeerOptions& options, const Mars& of_matrices) {
  const auto [beta1, beta2] = options.pair("betas_1d", 0.9, 0.95);
  Mars rule = of_matrices;
  rule.learning_rate =
      scaled(of_matrices.learning_rate, options.real("lr_1d", 3e-3) / options.real("lr", 3e-3));
  rule.weight_decay = options.real("weight_decay_1d", 0.1);
  if (rule.weight_decay_form == WeightDecayForm::coupled && rule.weight_decay(0) > 0)
    options.unsupported("weight_decouple");
  const descent::ScaleByAdam adam{beta1, beta2, rule.epsilon, rule.epsilon_root, true};
  const descent::ScaleByAmsgrad never_shrinking{.beta1 = beta1,
                                                .beta2 = beta2,
                                                .epsilon = rule.epsilon,
                                                .epsilon_root = rule.epsilon_root,
                                                .epsilon_before_correction = true};
  return descent::Negate{rule.maximize} | descent::either(rule.amsgrad, never_shrinking, adam) |
         decayed(rule);
}

auto shampoo_form(const Mars& rule) {
  return descent::Negate{rule.maximize} | descent::MarsCorrection{rule.beta1, rule.gamma} |
         descent::ClipByBlockNorm{.max_norm = 1.0, .epsilon = 0} | descent::Trace{.momentum = rule.beta1} |
         descent::Orthogonalize{.epsilon = rule.epsilon} | decayed(rule);
}

AnyRule kozistr_mars_or_adamw(PeerOptions& options) {
  const std::string type = options.text("mars_type", "adamw");
  const Mars rule = kozistr_mars(options, type);
  if (options.flag("optimize_1d", false)) {
    options.ignore({"lr_1d", "betas_1d", "weight_decay_1d"});
    if (type != "shampoo") return any_rule(rule);
    return any_rule(descent::partition(descent::matrices, shampoo_form(rule), rule));
  }
  const auto plain = kozistr_adamw(options, rule);
  if (type != "shampoo") return any_rule(descent::partition(descent::matrices, rule, plain));
  return any_rule(descent::partition(descent::matrices, shampoo_form(rule), plain));
}

}  // namespace

void add_mars(Catalogue& catalogue) {
  catalogue.rules["timm.optim.Mars"] = timm_mars;
  catalogue.rules["pytorch_optimizer MARS"] = kozistr_mars_or_adamw;
}

}  // namespace reference
