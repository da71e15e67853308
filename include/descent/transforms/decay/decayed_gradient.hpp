// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>

namespace descent::detail {

/// The gradient for optimizers with coupled decay: negated to maximize, plus weight_decay p. Nothing if both
/// are off, since even with a decay of 0 each step would have to load the parameters that the previous one
/// stored.
inline auto decayed_gradient(bool maximize, const Schedule& weight_decay) {
  const bool plain = !maximize && is_always_zero(weight_decay);
  return either(plain, Chain<>{}, Negate{maximize} | AddDecayedWeights{weight_decay});
}

}  // namespace descent::detail
