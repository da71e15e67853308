// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decay.hpp>

namespace descent {

/// Cautious weight decay: adds `weight_decay * p` to the elements of the update that have the same sign as p,
/// so that decay never opposes a step away from 0.
///
///   u = u + weight_decay p if sign(u) sign(p) >= 0
///
/// Place it before the learning rate, in the place of AddDecayedWeights in AdamW.
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: Chen et al. 2025, arXiv:2510.12402. Optax's add_cautious_weight_decay as here.
struct AddCautiousDecay {
  Schedule weight_decay = 0.01;  ///< strength of weight decay, not negative

  auto chain() const { return detail::Decay<detail::DecayForm{.cautious = true}>{weight_decay}; }
};

}  // namespace descent
