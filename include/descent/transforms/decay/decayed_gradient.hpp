// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>

namespace descent::detail {

/// The gradient as the optimizers with coupled decay see it: -g to climb, + weight_decay p. Nothing where
/// neither is asked for: a decay of 0 would let each step wait for the parameters of the one before.
inline auto decayed_gradient(bool maximize, const Schedule& weight_decay) {
  const bool plain = !maximize && is_always_zero(weight_decay);
  return either(plain, Chain<>{}, Negate{maximize} | AddDecayedWeights{weight_decay});
}

}  // namespace descent::detail
