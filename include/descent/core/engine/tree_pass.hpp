// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/tree_step.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

// The pass that writes, over whole trees: by one thread or by several, and with a measurement on its way.

namespace descent::detail {

/// Which blocks a walk of the last pass steps.
enum class Among { all_blocks, divisible_blocks, whole_blocks };

/// What is measured on the way, for rule I: into its sums.
template <std::size_t I, class P>
struct OnTheWay {
  static constexpr std::size_t leaf = I;
  using R = typename P::template Leaf<I>;
  const MeasuringConstants<R>& measuring;
  ChunkSums<R>& sums;
};
/// Nothing is.
struct NothingOnTheWay {
  static constexpr std::size_t leaf = static_cast<std::size_t>(-1);
};

/// The last pass over what a walk visits.
template <class P, Among among, class AllConstants, class Context, class Way = NothingOnTheWay>
struct Commit {
  const AllConstants& constants;
  const Context& context;
  std::size_t common;
  [[no_unique_address]] Way way{};

  template <class Range, class B, class G, class State>
  DESCENT_INLINE void operator()(Range range, std::size_t first_chunk, B& block, const G& gradient,
                                 State& state) {
    using S = typename std::remove_cvref_t<State>::S;
    P::dispatch(state.variant_or(common), [&](auto variant) {
      constexpr bool matrix = VariantTraits<P, decltype(variant)>::has_matrix_rule;
      constexpr bool whole = takes_whole_blocks<P, decltype(variant)>;
      if constexpr ((among == Among::divisible_blocks && matrix) || (among == Among::whole_blocks && !matrix))
        return;
      if (whole && !begins_block(range)) return;  // who has its first chunk steps it
      commit<decltype(variant)>(range, first_chunk, block, gradient, state,
                                get<Constants<P, S>>(constants));
    });
  }

 private:
  template <class Variant, class Range, class B, class G, class State>
  DESCENT_INLINE void commit(Range range, [[maybe_unused]] std::size_t first_chunk, B& block,
                             const G& gradient, State& state, const ConstantsFor<P, State>& own) const {
    constexpr bool measures = VariantTraits<P, Variant>::contains(Way::leaf) &&
                              !VariantTraits<P, Variant>::freezes && !takes_whole_blocks<P, Variant>;
    if constexpr (measures && SparseGradient<G>) {
      if (begins_block(range))
        commit_measured_stretches<Way::leaf, P, Variant>(block, gradient, state, own, way.measuring,
                                                         first_chunk, way.sums);
    } else if constexpr (measures) {
      commit_measured<Way::leaf, P, Variant>(range, block, gradient, state, own, way.measuring, first_chunk,
                                             way.sums);
    } else {
      commit_block<P, Variant>(range, block, gradient, state, own, context);
    }
  }
};

/// The same by several threads. Rules of whole matrices come after it, so that the products inside them
/// have all threads.
template <class P, class Tree, class Gradient, class States, class AllConstants, class Context>
DESCENT_OUTLINED void commit_parts(Split<true> split, Tree& parameters, const Gradient& gradient,
                                   States& states, const AllConstants& constants, const Context& context,
                                   std::size_t common) {
  using Divisible = Commit<P, Among::divisible_blocks, AllConstants, Context>;
  auto commit_part = [&](int part) {
    Divisible commit{constants, context, common};
    InChunks<Divisible> visit{commit, chunks_of_part(split.chunks, part, split.parts)};
    walk(visit, parameters, gradient, states);
  };
  run_parts(split.parts, commit_part);
  if constexpr (any_matrix_rule<P>) {
    using Whole = Commit<P, Among::whole_blocks, AllConstants, Context>;
    Whole commit{constants, context, common};
    InBlocks<Whole> visit{commit};
    walk(visit, parameters, gradient, states);
  }
}

/// The pass that writes.
template <class P, bool may_split, class Tree, class Gradient, class States, class AllConstants,
          class Context>
DESCENT_INLINE void commit_tree([[maybe_unused]] Split<may_split> split, Tree& parameters,
                                const Gradient& gradient, States& states, const AllConstants& constants,
                                const Context& context, std::size_t common) {
  if constexpr (may_split) {
    if (split.parts > 1) [[unlikely]]
      return commit_parts<P>(split, parameters, gradient, states, constants, context, common);
  }
  auto commit = [&](auto& block, const auto& block_gradient, auto& state) {
    Commit<P, Among::all_blocks, AllConstants, Context>{constants, context, common}(WholeBlock{}, 0, block,
                                                                                    block_gradient, state);
  };
  walk(commit, parameters, gradient, states);
}

/// The number of the rule that may measure on the way, or that of all leaves.
template <class P, std::size_t... I>
constexpr std::size_t leaf_on_the_way(std::index_sequence<I...>) {
  std::size_t found = P::leaves;
  static_cast<void>(((MeasuresOnTheWay<typename P::template Leaf<I>> ? (found = I, true) : false) || ...));
  return found;
}
template <class P>
inline constexpr std::size_t on_the_way = leaf_on_the_way<P>(typename P::AllLeaves{});

template <class P, class... Sequences>
constexpr bool some_take_whole_blocks(Variants<Sequences...>) {
  return (takes_whole_blocks<P, Sequences> || ...);
}
template <class P, class... Sequences>
constexpr bool all_take_whole_blocks(Variants<Sequences...>) {
  return (takes_whole_blocks<P, Sequences> && ...);
}

/// Whether some block may be, or is for certain, stepped as a whole; what lies between is known when the common
/// variant is. Where blocks have variants of their own, one that may be is enough.
template <class P>
inline constexpr bool may_take_whole_blocks = some_take_whole_blocks<P>(typename P::AllVariants{});
template <class P>
inline constexpr bool must_take_whole_blocks =
    P::uniform ? all_take_whole_blocks<P>(typename P::AllVariants{}) : may_take_whole_blocks<P>;

template <class P>
DESCENT_INLINE bool takes_only_ranges([[maybe_unused]] std::size_t common) {
  bool only_ranges = !may_take_whole_blocks<P>;
  if constexpr (may_take_whole_blocks<P> && !must_take_whole_blocks<P>)
    P::dispatch(common, [&](auto variant) { only_ranges = !takes_whole_blocks<P, decltype(variant)>; });
  return only_ranges;
}

/// The pass that writes, with a measurement for rule I on the way.
template <std::size_t I, class P, bool may_split, class Tree, class Gradient, class States,
          class AllConstants, class Context>
DESCENT_OUTLINED auto commit_and_measure(Split<may_split> split, Tree& parameters, const Gradient& gradient,
                                         States& states, const AllConstants& constants,
                                         const Context& context, std::size_t common) {
  using R = typename P::template Leaf<I>;
  using Way = OnTheWay<I, P>;
  using Measured = Commit<P, Among::all_blocks, AllConstants, Context, Way>;
  const auto measuring =
      measuring_constants(get<I>(context.rules), get<I>(context.before), context.step);
  if constexpr (may_split) {
    if (split.parts > 1) {
      auto commit_part = [&](int part) {
        const ChunkRange chunks = chunks_of_part(split.chunks, part, split.parts);
        ChunkSums<R> sums(chunks.first, context.chunk_sums);
        Measured commit{constants, context, common, Way{measuring, sums}};
        InChunks<Measured> visit{commit, chunks};
        walk(visit, parameters, gradient, states);
        sums.close();
      };
      std::fill_n(context.chunk_sums, split.chunks * measured_count<R>, 0.0);
      run_parts(split.parts, commit_part);
      return total_of_chunks<R>(context.chunk_sums, split.chunks).measured();
    }
  }
  ChunkSums<R> sums;
  Measured commit{constants, context, common, Way{measuring, sums}};
  InBlocks<Measured> visit{commit};
  walk(visit, parameters, gradient, states);
  sums.close();
  return sums.total.measured();
}

/// The pass that writes; a rule that measures on the way remembers what was measured. Where blocks are
/// stepped as a whole that takes a pass of its own.
template <class P, bool may_split, class Tree, class Gradient, class States, class AllConstants,
          class Context>
DESCENT_INLINE void finish_step(Split<may_split> split, Tree& parameters, const Gradient& gradient,
                                States& states, const AllConstants& constants, const Context& context,
                                std::size_t common) {
  constexpr std::size_t I = on_the_way<P>;
  if constexpr (I < P::leaves) {
    if (get<I>(context.rules).measures_on_the_way()) {
      auto& memory = get<I>(context.memories);
      memory.measured = true;
      if constexpr (!must_take_whole_blocks<P>) {
        if (takes_only_ranges<P>(common)) {
          memory.last =
              commit_and_measure<I, P>(split, parameters, gradient, states, constants, context, common);
          return;
        }
      }
      if constexpr (may_take_whole_blocks<P>)
        memory.last = measure_tree<I, P>(split, parameters, gradient, states, constants, context, common);
    }
  }
  commit_tree<P>(split, parameters, gradient, states, constants, context, common);
}

}  // namespace descent::detail
