// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace descent {

/// Stores state in the element type of the parameters. The default.
struct StateLikeParameters {};

/// Stores state in half the memory, for parameters of type float.
///
///   Optimizer optimizer(model, AdamW{...}, StateInBfloat16{.seed = 1});
///
/// Stores every state value (moments, momentum, ...) as bfloat16, which has 8 bits of precision and the range
/// of float; rules compute with it as float. Rounds up or down at random, so that the mean is preserved: with
/// rounding to nearest, an average with a decay near 1 would stop as soon as its changes fall below half a
/// unit in the last place. The random bits follow from the seed, the step and the value: the same training
/// gives the same bits, at any position and with any number of threads.
/// Memory: 2 bytes instead of 4 for each state value. Works with every rule's element-wise state; the
/// workspaces of whole matrices stay in float. Does not compile for parameters of other types than float.
/// Source: Gupta et al. 2015, arXiv:1502.02551 (stochastic rounding); Zamirai et al. 2020,
/// arXiv:2010.06192 (for training in bfloat16).
struct StateInBfloat16 {
  std::uint64_t seed = 0;  ///< chooses the random bits
};

}  // namespace descent
