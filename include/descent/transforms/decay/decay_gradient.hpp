// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decay.hpp>

namespace descent {

/// AddDecayedWeights that also changes the gradient which later rules read.
///
///   u = u + weight_decay p
///
/// Place it at the head of a chain if a rule such as Cautious must use the gradient with weight decay.
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: L2 regularization as in PyTorch and timm.
struct DecayGradient {
  Schedule weight_decay = 0.01;  ///< strength of weight decay, not negative

  auto chain() const { return detail::Decay<detail::DecayForm{.replaces_gradient = true}>{weight_decay}; }
};

}  // namespace descent
