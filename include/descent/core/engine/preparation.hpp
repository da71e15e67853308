// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/sums.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/blocks.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

// What rules remember, and the constants of a step, in double.
//
// The compiler may contract a*b+c differently in each inlined copy; the functions that compute constants are
// not inlined, so that constants have the same bits everywhere.

namespace descent::detail::inline DESCENT_BUILD {

/// The transformations of a rule, and a bit for each that some block follows.
template <class P>
struct RulesInUse {
  typename P::Rules rules{};
  std::uint64_t used = 0;
};

/// The inputs and working memory of a step.
template <class P, class Scalars>
struct StepContext {
  using Plan = P;
  const Blocks<P, Scalars>& blocks;
  const RulesInUse<P>& in_use;
  RuleStatePair<P>& states;  // what rules remember of the tree; the spare one is that after this step
  const Step& step;          // by reference: a copy would load it whole before its parts are stored
  AllConstants<P, Scalars>& constants;
  bool regular;  // whether every block and its gradient are contiguous, in the same order
  bool small;    // whether, besides, one call of a kernel can handle each group of blocks

  bool uses(std::size_t leaf) const { return (in_use.used >> leaf & 1) != 0; }
  template <std::size_t I>
  DESCENT_INLINE const auto& rule() const {
    return get<I>(in_use.rules);
  }
  /// What rules remember before this step, and after it.
  DESCENT_INLINE auto& before() const { return states.now(); }
  DESCENT_INLINE auto& after() const { return states.spare(); }

  /// The step as block k counts it, with what rules remember of the block.
  DESCENT_INLINE auto step_of([[maybe_unused]] std::size_t k) const
      -> std::conditional_t<has_clocks<P>, Step, const Step&> {
    if constexpr (has_clocks<P>) {
      Step own = step;
      own.rested = blocks.extras[k].clock.rested;
      return own;
    } else {
      return step;
    }
  }
  /// What rules remember of block k after this step.
  DESCENT_INLINE const typename P::RuleStates& after_of([[maybe_unused]] std::size_t k) const {
    if constexpr (has_clocks<P>) {
      const auto& clock = blocks.extras[k].clock;
      return clock.memories.spare();
    } else {
      return after();
    }
  }
  /// The constants of block k, which has element type number s.
  template <std::size_t s>
  DESCENT_INLINE const auto& constants_of([[maybe_unused]] std::size_t k) const {
    if constexpr (may_have_own_constants<P>) {
      if (variant_infos<P>[blocks.records[k].variant].own_constants)
        return get<s>(blocks.extras[k].constants);
    }
    return get<s>(constants);
  }
};

template <std::size_t I, class All, class InDouble>
DESCENT_INLINE void set_constants(All& all, const InDouble& in_double) {
  all.apply([&](auto&... each) { (each.template set<I>(in_double), ...); });
}

/// Computes the memory of a rule after this step, in registers if possible: a copy of the whole would wait
/// for the stores of the previous step.
template <class R, class Measured>
DESCENT_INLINE void next_memory(const R& rule, const typename RuleStateOf<R>::type& before,
                                typename RuleStateOf<R>::type& next, const Step& step,
                                const Measured& measured) {
  if constexpr (std::is_trivially_copyable_v<typename RuleStateOf<R>::type>) {
    typename RuleStateOf<R>::type memory = before;
    advance(rule, memory, step, measured);
    next = memory;
  } else {  // owns memory, which is reused
    next = before;
    advance(rule, next, step, measured);
  }
}

/// Computes memory and constants of a rule that does not measure the tree.
template <std::size_t I, class P, class All>
DESCENT_INLINE void prepare_rule(const typename P::Rules& rules, const typename P::RuleStates& before,
                                 typename P::RuleStates& memories, const Step& step, All& constants) {
  using R = typename P::template Leaf<I>;
  if constexpr (!measures_tree<R>) {
    next_memory(get<I>(rules), get<I>(before), get<I>(memories), step, Nothing{});
    if constexpr (!measures_block<R>)
      set_constants<I>(constants, coefficients(get<I>(rules), get<I>(memories), step, Nothing{}));
  }
}

/// Like above, for those in use of the leaves from number `first` on.
template <class P, std::size_t first, class All, std::size_t... I>
DESCENT_INLINE void prepare_in_use(std::index_sequence<I...>, [[maybe_unused]] const RulesInUse<P>& in_use,
                                   [[maybe_unused]] RuleStatePair<P>& memories,
                                   [[maybe_unused]] const Step& step, [[maybe_unused]] All& constants) {
  (((in_use.used >> (first + I) & 1) != 0
        ? prepare_rule<first + I, P>(in_use.rules, memories.now(), memories.spare(), step, constants)
        : static_cast<void>(0)),
   ...);
}
/// The same for all leaves. Few parameters, because each takes a register that must be saved; rare options are
/// often the first half of the leaves, and need one test if none is in use.
template <class P, class All>
DESCENT_OUTLINED DESCENT_FLATTENED void prepare_rules(const RulesInUse<P>& in_use, RuleStatePair<P>& memories,
                                                      const Step& step, All& constants) {
  constexpr std::size_t half = P::leaves / 2;
  if ((in_use.used & ((std::uint64_t{1} << half) - 1)) != 0)
    prepare_in_use<P, 0>(std::make_index_sequence<half>(), in_use, memories, step, constants);
  prepare_in_use<P, half>(std::make_index_sequence<P::leaves - half>(), in_use, memories, step, constants);
}

/// Advances the memory of a rule that measures the tree.
template <class R, class Measured>
DESCENT_OUTLINED void advance_measured(const R& rule, const typename RuleStateOf<R>::type& before,
                                       typename RuleStateOf<R>::type& next, const Step& step,
                                       const Measured& measured) {
  next_memory(rule, before, next, step, measured);
}

/// Computes the constants of a rule that measures the tree.
template <std::size_t I, class R, class All, class Measured>
DESCENT_OUTLINED void set_measured(const R& rule, const typename RuleStateOf<R>::type& memory,
                                   const Step& step, const Measured& measured, All& constants) {
  set_constants<I>(constants, coefficients(rule, memory, step, measured));
}

/// The constants with which a rule measures.
template <class R>
DESCENT_OUTLINED MeasuringConstants<R> measuring_constants(const R& rule,
                                                           const typename RuleStateOf<R>::type& memory,
                                                           const Step& step) {
  return measuring_coefficients(rule, memory, step);
}

/// Lets a rule remember its measurement of a block, and returns its constants for the block.
template <class R, class Measured>
DESCENT_OUTLINED auto block_coefficients(const R& rule, const typename RuleStateOf<R>::type& memory,
                                         typename BlockStateOf<R>::type& block_memory, const Step& step,
                                         const Measured& measured) {
  if constexpr (HasBlockState<R> && !InspectsBlocks<R>) rule.advance(block_memory, step, measured);
  return coefficients_of_block(rule, memory, block_memory, step, measured);
}

/// Stores what rules remember of one block after the step. Rules after a rule of whole matrices have stored
/// theirs already.
template <class P, class Extra, std::size_t... I>
void keep_block_memories(std::index_sequence<I...>, [[maybe_unused]] const VariantInfo& info,
                         [[maybe_unused]] Extra& extra) {
  auto keep = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>) {
    using R = typename P::template Leaf<leaf>;
    if constexpr (HasBlockState<R> && !InspectsBlocks<R>)
      if (info.contains(leaf) && leaf < info.first_matrix_leaf)
        std::swap(get<leaf>(extra.memories), get<leaf>(extra.next_memories));
  };
  (keep(std::integral_constant<std::size_t, I>{}), ...);
}

/// Whether the last leaf only marks blocks that the rule does not follow, as in a stage of a chain from text.
template <class R>
inline constexpr bool last_leaf_is_for_others = false;
/// Whether leaf 0 is the first rule of every block.
template <class P, class... Sequences>
constexpr bool first_for_all(Variants<Sequences...>) {
  constexpr bool for_others = last_leaf_is_for_others<typename P::Rule>;
  return ((VariantTraits<P, Sequences>::contains(0) ||
           (for_others && VariantTraits<P, Sequences>::contains(P::leaves - 1))) &&
          ...);
}

/// The measurement of rule I if it needs no pass: given by the caller, or taken at the previous step.
template <std::size_t I, class P>
auto given_measurement([[maybe_unused]] const typename P::Rules& rules,
                       [[maybe_unused]] const typename P::RuleStates& before,
                       [[maybe_unused]] const Step& step) {
  using R = typename P::template Leaf<I>;
  std::optional<MeasuredOf<R>> given;
  if constexpr (TakesGivenMeasurement<R> && I == 0 && first_for_all<P>(typename P::AllVariants{})) {
    const R& rule = get<I>(rules);
    given = rule.given(step);
  }
  if constexpr (MeasuresWhileWriting<R>) {
    const auto& memory = get<I>(before);
    if (!given.has_value() && get<I>(rules).measures_for_next_step() && memory.measured) given = memory.last;
  }
  return given;
}

}  // namespace descent::detail::inline DESCENT_BUILD
