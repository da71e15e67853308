// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/pack_bfloat16.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

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

namespace detail {

/// How values of one slot are stored and loaded, and what the rounding of a step needs.
template <class Storage, class S>
struct StateFormat {
  using Element = S;
  struct Rounding {
    Rounding slot(std::size_t) const { return {}; }
  };
  static Rounding rounding(const Storage&, std::int64_t) { return {}; }
  static DESCENT_INLINE simd::Pack<S> load(const S* from) { return simd::Pack<S>::load(from); }
  static DESCENT_INLINE void store(simd::Pack<S> values, S* to, Rounding) { values.store(to); }
};

template <class S>
struct StateFormat<StateInBfloat16, S> {
  static_assert(std::is_same_v<S, float>,
                "descent: StateInBfloat16 keeps the state of float parameters; these are of another type");
  using Element = Eigen::bfloat16;
  using Rounding = simd::RandomRounding;
  /// A draw for the step: the seed and the number of the step, well mixed (SplitMix64, Steele et al. 2014).
  static Rounding rounding(const StateInBfloat16& storage, std::int64_t step) {
    std::uint64_t z = storage.seed + (static_cast<std::uint64_t>(step) + 1) * 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return {static_cast<std::uint32_t>(z >> 32)};
  }
  static DESCENT_INLINE simd::Pack<S> load(const Element* from) { return simd::load_bfloat16(from); }
  static DESCENT_INLINE void store(simd::Pack<S> values, Element* to, Rounding rounding) {
    simd::store_bfloat16(values, to, rounding);
  }
};

}  // namespace detail
}  // namespace descent
