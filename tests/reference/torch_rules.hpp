// SPDX-License-Identifier: MIT
#pragma once

#include "reference/peer_options.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>

// The options of PyTorch's rules that are compared both with one set for all blocks and with one for each
// group.
namespace reference {

/// Options of PyTorch that choose among kernels.
inline void ignore_torch_kernels(PeerOptions& options) {
  options.ignore({"foreach", "fused", "capturable", "differentiable"});
}

inline descent::Sgd torch_sgd(PeerOptions& options) {
  ignore_torch_kernels(options);
  return {.learning_rate = options.rate("lr", 1e-3),
          .momentum = options.momentum("momentum", 0),
          .dampening = options.real("dampening", 0),
          .nesterov = options.flag("nesterov", false),
          .weight_decay = options.real("weight_decay", 0),
          .maximize = options.flag("maximize", false)};
}

inline descent::Adam torch_adam(PeerOptions& options) {
  ignore_torch_kernels(options);
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 0),
          .amsgrad = options.flag("amsgrad", false),
          .maximize = options.flag("maximize", false)};
}

inline descent::AdamW torch_adamw(PeerOptions& options) {
  ignore_torch_kernels(options);
  const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
  return {.learning_rate = options.rate("lr", 1e-3),
          .beta1 = beta1,
          .beta2 = beta2,
          .epsilon = options.real("eps", 1e-8),
          .weight_decay = options.real("weight_decay", 1e-2),
          .amsgrad = options.flag("amsgrad", false),
          .maximize = options.flag("maximize", false)};
}

}  // namespace reference
