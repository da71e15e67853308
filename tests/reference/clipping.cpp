// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"

#include <descent/transforms/clip/clip_by_block_norm.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/clip/clip_by_value.hpp>

namespace reference {
namespace {

double euclidean_limit(PeerOptions& options) {
  if (options.real("norm_type", 2) != 2) options.unsupported("norm_type");
  options.ignore({"foreach", "error_if_nonfinite"});
  return options.real("max_norm", 1);
}

AnyRule torch_value(PeerOptions& options) {
  options.ignore({"foreach"});
  return any_rule(descent::ClipByValue{.max_value = options.real("clip_value", 1)});
}

AnyRule torch_global_norm(PeerOptions& options) {
  return any_rule(descent::ClipByGlobalNorm{.max_norm = euclidean_limit(options)});
}

AnyRule torch_block_norm(PeerOptions& options) {
  return any_rule(descent::ClipByBlockNorm{.max_norm = euclidean_limit(options)});
}

AnyRule optax_value(PeerOptions& options) {
  return any_rule(descent::ClipByValue{.max_value = options.real("max_delta", 1)});
}

AnyRule optax_global_norm(PeerOptions& options) {
  return any_rule(descent::ClipByGlobalNorm{.max_norm = options.real("max_norm", 1), .epsilon = 0});
}

}  // namespace

void add_clipping(Catalogue& catalogue) {
  auto& clipping = catalogue.clipping;
  clipping["torch.nn.utils.clip_grad_value_"] = torch_value;
  clipping["torch.nn.utils.clip_grad_norm_"] = torch_global_norm;
  clipping["torch.nn.utils.clip_grad_norm_, each block by itself"] = torch_block_norm;
  clipping["optax clip"] = optax_value;
  clipping["optax clip_by_global_norm"] = optax_global_norm;
}

}  // namespace reference
