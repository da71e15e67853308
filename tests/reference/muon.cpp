// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/optimizers/muon.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

#include <algorithm>

namespace reference {
namespace {

using descent::Muon;
using descent::MuonScale;

constexpr std::array<double, 3> jordans_coefficients = {3.4445, -4.775, 2.0315};

MuonScale scale_of(PeerOptions& options, const std::string& otherwise) {
  const std::string name = options.text("adjust_lr_fn", otherwise);
  if (name == "original") return MuonScale::original;
  if (name == "match_rms_adamw") return MuonScale::match_rms_adamw;
  if (name == "spectral_unclamped" || name == "rms_to_rms") return MuonScale::spectral_unclamped;
  options.unsupported("adjust_lr_fn");
}

Muon torch_muon(PeerOptions& options) {
  return {.learning_rate = options.rate("lr", 1e-3),
          .momentum = options.momentum("momentum", 0.95),
          .weight_decay = options.real("weight_decay", 0.1),
          .nesterov = options.flag("nesterov", true),
          .steps = options.whole("ns_steps", 5),
          .coefficients = options.triples("ns_coefficients", jordans_coefficients),
          .epsilon = options.real("eps", 1e-7),
          .scale = scale_of(options, "original")};
}

Muon jordans_muon(PeerOptions& options) {
  Muon rule = Muon::like_jordan();
  rule.learning_rate = options.rate("lr", 0.02);
  rule.weight_decay = options.real("weight_decay", 0);
  rule.momentum = options.momentum("momentum", 0.95);
  return rule;
}

/// The name of a table, which the case lists in full, or the coefficients themselves.
std::vector<std::array<double, 3>> timm_coefficients(PeerOptions& options) {
  if (options.has("ns_coefficient_table")) {
    options.ignore({"ns_coefficients"});
    return options.triples("ns_coefficient_table", jordans_coefficients);
  }
  return options.triples("ns_coefficients", jordans_coefficients);
}

/// timm uses a different rule for other blocks.
void require_blocks_for_timm(const PeerOptions& options) {
  for (const BlockShape& shape : options.shapes()) {
    const auto [small, large] = std::minmax(shape.rows, shape.columns);
    if (small < 4 || large > 128 * small)
      throw Unsupported("a block that timm gives to AdamW instead of Muon");
  }
}

Muon timm_muon(PeerOptions& options) {
  require_blocks_for_timm(options);
  options.expect_flag("scale_eps", false);
  options.ignore({"conv_mode", "normalize_spatial", "algo"});  // for tensors; there are none here
  return {.learning_rate = options.rate("lr", 0.02),
          .momentum = options.momentum("momentum", 0.95),
          .weight_decay = options.real("weight_decay", 0),
          .nesterov = options.flag("nesterov", false),
          .steps = options.whole("ns_steps", 5),
          .coefficients = timm_coefficients(options),
          .epsilon = options.real("eps", 1e-7),
          .scale = scale_of(options, "match_rms_adamw"),
          .safety_factor = options.real("safety_factor", 1)};
}

Muon optax_muon(PeerOptions& options) {
  options.expect_flag("adaptive", false);
  Muon rule = Muon::like_optax();
  rule.learning_rate = options.rate("learning_rate", 1e-3);
  rule.momentum = options.real("beta", 0.95);
  rule.weight_decay = options.real("weight_decay", 0);
  rule.nesterov = options.flag("nesterov", true);
  rule.steps = options.whole("ns_steps", 5);
  rule.coefficients = options.triples("ns_coeffs", jordans_coefficients);
  rule.epsilon = options.real("eps", 1e-8);
  if (options.text("preconditioning", "frobenius") != "frobenius") options.unsupported("preconditioning");
  // A table of a different length has had different meanings in optax.
  if (rule.coefficients.size() > 1 && static_cast<int>(rule.coefficients.size()) != rule.steps)
    options.unsupported("ns_coeffs");
  if (options.has("consistent_rms")) {
    rule.scale = MuonScale::match_rms_adamw;
    rule.rms_factor = options.real("consistent_rms", 0.2);
  }
  return rule;
}

/// Muon's cases contain only matrices; the type of the tree also allows vectors.
AnyRule for_matrices(const PeerOptions& options, const Muon& rule) {
  for (const BlockShape& shape : options.shapes())
    if (shape.is_vector) throw Unsupported("Muon of a vector");
  return any_rule(descent::partition(descent::matrices, rule, descent::Freeze{}));
}

}  // namespace

void add_muon(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["torch.optim.Muon"] = [](PeerOptions& options) { return for_matrices(options, torch_muon(options)); };
  rules["timm.optim.Muon"] = [](PeerOptions& options) { return for_matrices(options, timm_muon(options)); };
  rules["SingleDeviceMuon"] = [](PeerOptions& options) {
    return for_matrices(options, jordans_muon(options));
  };
  rules["optax contrib.muon"] = [](PeerOptions& options) {
    return for_matrices(options, optax_muon(options));
  };
}

}  // namespace reference
