// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/partial_gradients.hpp>
#include <descent/core/rule.hpp>

namespace descent {

/// Skips blocks at steps at which they have no gradient, as PyTorch does if `grad` is None.
///
///   Optimizer optimizer(model, RestAbsentBlocks{} | AdamW{.learning_rate = 1e-3});
///   optimizer.step(model, gradient, AbsentBlocks(indices));
///
/// A skipped block keeps its values, its state and its own count of steps t: its bias corrections continue
/// where they were, and intervals (every, refresh_every) count its own steps. Weight decay skips it, too.
/// Schedules use the optimizer's count. Measurements over the tree cover the blocks that are present, and
/// what a rule remembers of them (Prodigy's d) is shared by all blocks. If no block is absent, this rule
/// changes nothing.
/// Position: anywhere in a chain.
/// Memory: for each block what the rules of the chain remember besides slots of state; allocated with the
/// optimizer. A step runs on one thread.
/// Errors: std::invalid_argument for a block number outside the tree.
/// Differs from: Optax, which has no absent gradients; with a gradient of zeros, moments and weight decay
/// continue.
struct RestAbsentBlocks {
  static constexpr RuleTraits traits{.keeps_block_clocks = true};

  template <class V>
  static V update(V u, V) {
    return u;
  }
};

}  // namespace descent
