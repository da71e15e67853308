// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/random.hpp>
#include <descent/core/memory/block_record.hpp>
#include <descent/core/plan/calls.hpp>
#include <descent/core/plan/plan.hpp>
#include <descent/core/simd/bfloat16.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/block_types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

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

// The constants of a step, and what the optimizer stores of each block.

namespace descent::detail::inline DESCENT_BUILD {

/// Leaves its value uninitialized; an aggregate would zero it on every step.
template <class T>
struct SetLater {
  T value;
  SetLater() {}
};

/// This step's constants of every rule, in the element type.
template <class P, class S>
struct Constants {
  template <class Sequence>
  struct TupleOf;
  template <std::size_t... I>
  struct TupleOf<std::index_sequence<I...>> {
    using type = RuleList<SetLater<typename CoefficientsOf<typename P::template Leaf<I>, S>::type>...>;
  };
  Constants() {}
  typename TupleOf<typename P::AllLeaves>::type of;
  /// The rounding of state at this step.
  [[no_unique_address]] typename FormatOf<P, S>::Rounding rounding;

  template <std::size_t I, class InDouble>
  DESCENT_INLINE void set(const InDouble& in_double) {
    using R = typename P::template Leaf<I>;
    constexpr std::make_index_sequence<coefficient_count<R>> fields;
    if constexpr (Measures<R> && std::is_same_v<S, float>) {
      assign_fields<S>(get<I>(of).value, held_by_floats(in_double, fields), fields);
    } else {
      assign_fields<S>(get<I>(of).value, in_double, fields);
    }
  }

 private:
  /// Limits constants to the range of float: a block's norm divided by that of a gradient of 1e-40 can exceed
  /// it.
  template <class InDouble, std::size_t... F>
  static DESCENT_INLINE InDouble held_by_floats(const InDouble& in_double, std::index_sequence<F...>) {
    InDouble held = in_double;
    [[maybe_unused]] const auto fields = tie_fields<sizeof...(F)>(held);
    ((get<F>(fields) = static_cast<double>(saturate<float>(get<F>(fields)))), ...);
    return held;
  }
};

// The slots of a block (exp_avg, exp_avg_sq, ...) are consecutive, each in the storage order of the
// parameters and padded to whole packs.

template <class S>
constexpr std::size_t padded_size(std::size_t size) {
  constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
  return (size + lanes - 1) / lanes * lanes;
}

/// Distinguishes builds for different instruction sets, so that mixing them fails at link time.
template <int float_lanes, int double_lanes, int alignment>
struct BuiltFor {};
using InstructionSet =
    BuiltFor<simd::Pack<float>::size, simd::Pack<double>::size, static_cast<int>(EIGEN_MAX_ALIGN_BYTES)>;

template <class R, class S>
struct WorkspaceOf {
  using type = Nothing;
};
template <MatrixRule R, class S>
struct WorkspaceOf<R, S> {
  using type = typename R::template Workspace<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>;
};
template <class P, class S, class Leaves>
struct WorkspacesOf;
template <class P, class S, std::size_t... I>
struct WorkspacesOf<P, S, std::index_sequence<I...>> {
  using type = RuleList<typename WorkspaceOf<typename P::template Leaf<I>, S>::type...>;
};

/// The scratch of rules of whole matrices: the current update, the parameters if they are not contiguous, and
/// the workspace of each rule.
template <class P, class S>
struct MatrixScratch {
  Eigen::Array<S, Eigen::Dynamic, 1> update, parameters;
  typename WorkspacesOf<P, S, typename P::AllLeaves>::type workspaces;
};

/// What rules remember. A step writes the spare one of two, so that it can be discarded without copying.
template <class P>
struct RuleStatePair {
  std::array<typename P::RuleStates, 2> both{};
  std::size_t current = 0;

  DESCENT_INLINE auto& now() { return both[current]; }
  DESCENT_INLINE auto& spare() { return both[1 - current]; }
  const auto& now() const { return both[current]; }
  const auto& spare() const { return both[1 - current]; }
  DESCENT_INLINE void exchange() { current = 1 - current; }
};

/// What rules remember of the steps of one block, if blocks may be skipped: each block counts its own steps.
template <class P>
struct BlockClock {
  RuleStatePair<P> memories;
  std::int64_t rested = 0;
};

template <class P>
inline constexpr bool any_matrix_rule =
    any_variant<P>(typename P::AllVariants{}, [](auto traits) { return decltype(traits)::has_matrix_rule; });
/// Whether blocks count their own steps.
template <class P>
inline constexpr bool has_clocks = any_block_clocks<P>(typename P::AllLeaves{});
/// Whether the blocks of a variant have their own constants.
template <class P, class Variant>
inline constexpr bool has_own_constants = has_clocks<P> || VariantTraits<P, Variant>::measures_blocks;
template <class P, class... Sequences>
constexpr bool some_have_own_constants(Variants<Sequences...>) {
  return (has_own_constants<P, Sequences> || ...);
}
template <class P>
inline constexpr bool may_have_own_constants = some_have_own_constants<P>(typename P::AllVariants{});

template <class P, std::size_t... I>
constexpr bool any_block_memory(std::index_sequence<I...>) {
  return (HasBlockState<typename P::template Leaf<I>> || ...);
}
/// Whether a rule remembers something of each block.
template <class P>
inline constexpr bool keeps_block_memories = any_block_memory<P>(typename P::AllLeaves{});

/// The constants of a step for every element type.
template <class P, class Scalars>
struct ConstantsOf;
template <class P, class... Scalar>
struct ConstantsOf<P, TypeList<Scalar...>> {
  using type = RuleList<Constants<P, ComputeType<Scalar>>...>;
};
template <class P, class Scalars>
using AllConstants = typename ConstantsOf<P, Scalars>::type;

template <class P, class Scalars>
struct ScratchOf;
template <class P, class... Scalar>
struct ScratchOf<P, TypeList<Scalar...>> {
  using type = RuleList<MatrixScratch<P, ComputeType<Scalar>>...>;
};

template <bool present, class T>
using If = std::conditional_t<present, T, Nothing>;

/// What is stored of a block besides its slots.
template <class P, class Scalars>
struct BlockExtra {
  [[no_unique_address]] If<may_have_own_constants<P>, AllConstants<P, Scalars>> constants;
  [[no_unique_address]] typename P::BlockStates memories{}, next_memories{};
  [[no_unique_address]] If<has_clocks<P>, BlockClock<P>> clock;
  [[no_unique_address]] If<any_matrix_rule<P>, typename ScratchOf<P, Scalars>::type> scratch;
};
template <class P, class Scalars>
inline constexpr bool has_extras = !std::is_empty_v<BlockExtra<P, Scalars>>;

template <std::size_t place, class List>
struct TypeAt;
template <std::size_t place, class First, class... Rest>
struct TypeAt<place, TypeList<First, Rest...>> : TypeAt<place - 1, TypeList<Rest...>> {};
template <class First, class... Rest>
struct TypeAt<0, TypeList<First, Rest...>> {
  using type = First;
};

/// The blocks of an optimizer, wherever they are stored.
template <class P, class ScalarList>
struct Blocks;
template <class P, class... Scalar>
struct Blocks<P, TypeList<Scalar...>> : BlockTable {
  using Plan = P;
  using Scalars = TypeList<Scalar...>;
  static constexpr std::size_t scalars = sizeof...(Scalar);
  template <std::size_t s>
  using ScalarAt = typename TypeAt<s, Scalars>::type;
  template <std::size_t s>
  using ComputeAt = ComputeType<ScalarAt<s>>;
  template <std::size_t s>
  using ElementAt = StateElement<P, ComputeAt<s>>;

  BlockExtra<P, Scalars>* extras;
  std::array<void*, scalars> slots;     // the state of each element type
  std::array<float*, scalars> masters;  // of the element types in half precision

  /// The state of an element type, and of a block.
  template <std::size_t s>
  DESCENT_INLINE ElementAt<s>* slots_of() const {
    return static_cast<ElementAt<s>*>(slots[s]);
  }
  template <std::size_t s>
  DESCENT_INLINE ElementAt<s>* slots_of(const BlockRecord& record) const {
    return slots_of<s>() + record.state;
  }
};

/// Calls f(integral_constant of the index of an element type).
template <std::size_t count, class F>
DESCENT_INLINE void dispatch_scalar([[maybe_unused]] std::size_t scalar, [[maybe_unused]] F&& f) {
  if constexpr (count == 1) {
    f(std::integral_constant<std::size_t, 0>{});
  } else {
    [&]<std::size_t... s>(std::index_sequence<s...>) {
      static_cast<void>(((s == scalar ? (f(std::integral_constant<std::size_t, s>{}), true) : false) || ...));
    }(std::make_index_sequence<count>());
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
