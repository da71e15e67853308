// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace descent {

/// How an optimizer keeps its state: in the element type of the parameters. The default.
struct StateLikeParameters {};

/// How an optimizer keeps its state: in half the memory, for parameters of float.
///
///   Optimizer optimizer(model, AdamW{...}, StateInBfloat16{.seed = 1});
///
/// Every state value (moments, momentum, ...) is stored as bfloat16, 8 bits of precision with the range
/// of float, and computed with as float. It is rounded up or down at random, with probabilities that keep
/// it on average; rounded to the nearest, an average with a decay near 1 would stop where its changes fall
/// below half a unit in the last place. The random bits follow from the seed, the step and the value:
/// the same training gives the same bits, wherever an element is and with any number of threads.
/// Options: seed (0).
/// Memory: 2 bytes instead of 4 for each state value. Works with every rule's element-wise state; the
/// workspaces of whole matrices stay in float. Parameters of other types than float do not compile.
/// Source: Gupta et al. 2015, arXiv:1502.02551 (stochastic rounding); Zamirai et al. 2020,
/// arXiv:2010.06192 (for training in bfloat16).
struct StateInBfloat16 {
  std::uint64_t seed = 0;
};

}  // namespace descent
