// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/partial_gradients.hpp>
#include <descent/core/rule.hpp>

namespace descent {

/// Lets blocks rest at steps at which they have no gradient, as PyTorch does where `grad` is None.
///
///   Optimizer optimizer(model, RestAbsentBlocks{} | AdamW{.learning_rate = 1e-3});
///   optimizer.step(model, gradient, AbsentBlocks(indices));
///
/// A block that rests keeps its values, its state and its own count of steps t, so that its bias corrections
/// go on where they were, and intervals (every, refresh_every) count its own steps; weight decay rests, too.
/// Schedules keep the optimizer's count. What is measured over
/// the tree is measured over the blocks that are present, and what a rule remembers of that (Prodigy's d) is
/// common to all. Without absent blocks a step is what it is without this rule.
/// Anywhere in a chain.
/// Memory: for each block what the rules of the chain remember beside state; allocated with the optimizer. A
/// step goes through the blocks by one thread.
/// Errors: std::invalid_argument for the number of a block that the tree does not have.
/// Differs from: Optax, which knows no absent gradients; a gradient of zeros lets moments and decay go on.
struct RestAbsentBlocks {
  static constexpr RuleTraits traits{.keeps_block_clocks = true};

  template <class V>
  static V update(V u, V) {
    return u;
  }
};

}  // namespace descent
