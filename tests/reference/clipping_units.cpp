// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

#include <descent/transforms/clip/adaptive_gradient_clipping.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/clip/clip_by_power_norm.hpp>

// Clipping by norms of other powers, and of units of a matrix.
namespace reference {
namespace {

using descent::AdaptiveGradientClipping;
using descent::Units;

AnyRule torch_norm(PeerOptions& options) {
  options.ignore({"foreach", "error_if_nonfinite"});
  const double max_norm = options.real("max_norm", 1), power = options.real("norm_type", 2);
  if (power == 2) return any_rule(descent::ClipByGlobalNorm{.max_norm = max_norm});
  return any_rule(descent::ClipByPowerNorm{.max_norm = max_norm, .power = power});
}

AnyRule timm_agc(PeerOptions& options) {
  if (options.real("norm_type", 2) != 2) options.unsupported("norm_type");
  return any_rule(AdaptiveGradientClipping{.max_ratio = options.real("clip_factor", 0.01),
                                           .min_norm = options.real("eps", 1e-3)});
}

AnyRule kozistr_agc(PeerOptions& options) {
  if (options.real("eps", 1e-6) != 1e-6) options.unsupported("eps");
  return any_rule(AdaptiveGradientClipping{.max_ratio = options.real("agc_clip_val", 1e-2),
                                           .min_norm = options.real("agc_eps", 1e-3)});
}

AnyRule optax_agc(PeerOptions& options) {
  return any_rule(AdaptiveGradientClipping{.max_ratio = options.real("clipping", 0.01),
                                           .min_norm = options.real("eps", 1e-3),
                                           .units = Units::columns});
}

}  // namespace

void add_clipping_units(Catalogue& catalogue) {
  auto& clipping = catalogue.clipping;
  clipping["torch.nn.utils.clip_grad_norm_"] = torch_norm;
  clipping["timm.utils.agc.adaptive_clip_grad"] = timm_agc;
  clipping["pytorch_optimizer agc"] = kozistr_agc;
  clipping["optax adaptive_grad_clip"] = optax_agc;
}

}  // namespace reference
