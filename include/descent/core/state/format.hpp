// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/random.hpp>
#include <descent/core/simd/bfloat16.hpp>
#include <descent/core/simd/build.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

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

namespace detail::inline DESCENT_BUILD {

/// How the values of a slot are stored and loaded, and the rounding of a step.
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
  /// A draw for the step, from the seed and the number of the step.
  static Rounding rounding(const StateInBfloat16& storage, std::int64_t step) {
    const std::uint64_t bits =
        mixed_upwards(storage.seed + (static_cast<std::uint64_t>(step) + 1) * split_mix_increment);
    return {static_cast<std::uint32_t>(bits >> 32)};
  }
  static DESCENT_INLINE simd::Pack<S> load(const Element* from) { return simd::load_bfloat16(from); }
  static DESCENT_INLINE void store(simd::Pack<S> values, Element* to, Rounding rounding) {
    simd::store_bfloat16(values, to, rounding);
  }
};

/// The format of a plan's state for parameters of type S.
template <class P, class S>
using FormatOf = StateFormat<typename P::Storage, S>;
/// The type of a stored value of state.
template <class P, class S>
using StateElement = typename FormatOf<P, S>::Element;

}  // namespace detail::inline DESCENT_BUILD
}  // namespace descent
