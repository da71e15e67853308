// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/kozistr_options.hpp"

#include <descent/optimizers/adan.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

namespace reference {
namespace {

descent::Adan with_betas(PeerOptions& options, const std::string& rate) {
  const auto betas = options.triples("betas", {0.98, 0.92, 0.99});
  if (betas.size() != 1) options.unsupported("betas");
  return {.learning_rate = options.rate(rate, 1e-3),
          .beta1 = betas[0][0],
          .beta2 = betas[0][1],
          .beta3 = betas[0][2],
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0)};
}

descent::Adan timm_adan(PeerOptions& options) {
  options.ignore({"foreach"});
  descent::Adan rule = with_betas(options, "lr");
  rule.proximal = !options.flag("no_prox", false);
  rule.cautious = options.flag("caution", false);
  return rule;
}

AnyRule kozistr_adan(PeerOptions& options) {
  expect_no_kozistr_variant(options);
  options.expect_flag("maximize", false);  // there the first difference of gradients has the wrong sign
  descent::Adan rule = with_betas(options, "lr");
  rule.proximal = !options.flag("weight_decouple", false);
  const double max_norm = options.real("max_grad_norm", 0);
  if (max_norm == 0) return any_rule(rule);
  return any_rule(descent::ClipByGlobalNorm{.max_norm = max_norm, .epsilon = rule.epsilon} | rule);
}

descent::Adan optax_adan(PeerOptions& options) {
  descent::Adan rule = descent::Adan::like_optax();
  rule.learning_rate = options.rate("learning_rate", 1e-3);
  rule.beta1 = options.real("b1", 0.98);
  rule.beta2 = options.real("b2", 0.92);
  rule.beta3 = options.real("b3", 0.99);
  rule.epsilon = options.real("eps", 1e-8);
  rule.epsilon_root = options.real("eps_root", 1e-8);
  rule.weight_decay = options.real("weight_decay", 0);
  return rule;
}

}  // namespace

void add_adan(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["timm.optim.Adan"] = [](PeerOptions& options) { return any_rule(timm_adan(options)); };
  rules["pytorch_optimizer Adan"] = kozistr_adan;
  rules["optax adan"] = [](PeerOptions& options) { return any_rule(optax_adan(options)); };
}

}  // namespace reference
