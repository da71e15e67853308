// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tree/shapes.hpp>
#include <descent/core/state/initial_values.hpp>
#include <descent/core/engine/tree_chunks.hpp>

#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

// What the optimizer does with whole trees: the constants of a step, measurements, and the last pass;
// each walk by one thread, or with the chunks of the tree shared out among several.

namespace descent::detail {

template <class P, class Types>
struct ConstantsOf;
template <class P, class... S>
struct ConstantsOf<P, TypeList<S...>> {
  using type = RuleList<Constants<P, S>...>;
};

template <class P, std::size_t I>
double rate_of_leaf(const typename P::Rules& rules, std::int64_t step) {
  if constexpr (BringsLearningRate<typename P::template Leaf<I>>)
    return get<I>(rules).learning_rate(step);
  return 0;
}

/// The rate at a step: of the first rule in the variant that has one, or in the first variant that has.
template <class P, std::size_t... I>
double rate_in(std::index_sequence<I...>, const typename P::Rules& rules, std::int64_t step) {
  double rate = 0;
  static_cast<void>(
      ((BringsLearningRate<typename P::template Leaf<I>> ? (rate = rate_of_leaf<P, I>(rules, step), true)
                                                         : false) ||
       ...));
  return rate;
}

template <class P>
double rate_of(const typename P::Rules& rules, std::size_t variant, std::int64_t step) {
  double rate = 0;
  if constexpr (P::uniform) {
    P::dispatch(variant, [&](auto chosen) { rate = rate_in<P>(chosen, rules, step); });
  } else {
    rate = rate_in<P>(typename P::AllLeaves{}, rules, step);
  }
  return rate;
}

template <std::size_t I, class AllConstants, class InDouble>
DESCENT_INLINE void set_constants(AllConstants& all, const InDouble& in_double) {
  all.apply([&](auto&... each) { (each.template set<I>(in_double), ...); });
}

// Constants are scalar arithmetic of the rules, in which the compiler may fuse a product and a sum, in
// each inlined copy as it likes. So there is one copy: the same bits wherever a step is called from.

/// The memory of a rule after this step. It is worked out in registers where it can be: copied as a whole
/// first, it would wait for the stores of the step before.
template <class R, class Measured>
DESCENT_INLINE void next_memory(const R& rule, const typename MemoryOf<R>::type& before,
                                typename MemoryOf<R>::type& next, Step step, const Measured& measured) {
  if constexpr (std::is_trivially_copyable_v<typename MemoryOf<R>::type>) {
    typename MemoryOf<R>::type memory = before;
    advance(rule, memory, step, measured);
    next = memory;
  } else {  // has room of its own, which is used again
    next = before;
    advance(rule, next, step, measured);
  }
}

/// Memory and constants of a rule that does not measure the tree.
template <std::size_t I, class P, class AllConstants>
DESCENT_INLINE void prepare_rule(const typename P::Rules& rules, const typename P::Memories& before,
                                 typename P::Memories& memories, const Step& step, AllConstants& constants) {
  using R = typename P::template Leaf<I>;
  if constexpr (!measures_tree<R>) {
    next_memory(get<I>(rules), get<I>(before), get<I>(memories), step, Nothing{});
    if constexpr (!measures_block<R>)
      set_constants<I>(constants, coefficients(get<I>(rules), get<I>(memories), step, Nothing{}));
  }
}

template <class P, class AllConstants, std::size_t... I>
DESCENT_OUTLINED DESCENT_FLATTENED void prepare_rules(std::index_sequence<I...>,
                                                      [[maybe_unused]] const typename P::Rules& rules,
                                                      [[maybe_unused]] const typename P::Memories& before,
                                                      [[maybe_unused]] typename P::Memories& memories,
                                                      [[maybe_unused]] const Step& step,
                                                      [[maybe_unused]] AllConstants& constants) {
  (prepare_rule<I, P>(rules, before, memories, step, constants), ...);
}

/// Memory and constants of a rule that measures the tree.
template <std::size_t I, class P, class AllConstants, class Measured>
DESCENT_OUTLINED void prepare_measuring_rule(const typename P::Rules& rules,
                                             const typename P::Memories& before,
                                             typename P::Memories& memories, const Step& step,
                                             const Measured& measured, AllConstants& constants) {
  next_memory(get<I>(rules), get<I>(before), get<I>(memories), step, measured);
  set_constants<I>(constants, coefficients(get<I>(rules), get<I>(memories), step, measured));
}

/// f(range, first_chunk, block, others...) for what the asked chunks hold of each block.
template <class F>
struct InChunks {
  F& f;
  ChunkRange asked;
  ChunkCounter counter{};

  template <class B, class... Others>
  DESCENT_INLINE void operator()(B& block, Others&... others) {
    const auto elements = static_cast<std::size_t>(block.size());
    const ChunkRange chunks = counter.next(elements);
    const ElementRange range = elements_in(chunks, elements, asked);
    if (range.first < range.last) f(range, chunks.first, block, others...);
  }
};

/// f(WholeBlock, first_chunk, block, others...) for every block.
template <class F>
struct InBlocks {
  F& f;
  ChunkCounter counter{};

  template <class B, class... Others>
  DESCENT_INLINE void operator()(B& block, Others&... others) {
    f(WholeBlock{}, counter.next(static_cast<std::size_t>(block.size())).first, block, others...);
  }
};

/// Measures what rule I sees of a tree, into `sums`.
template <std::size_t I, class P, class AllConstants, class Context>
struct TreeMeasurement {
  using R = typename P::template Leaf<I>;
  const AllConstants& constants;
  const Context& context;
  std::size_t common;
  MeasuringConstants<R> measuring;
  ChunkSums<R>& sums;

  template <class Range, class B, class G, class State>
  DESCENT_INLINE void operator()(Range range, std::size_t first_chunk, const B& block, const G& gradient,
                                 State& state) {
    using S = typename std::remove_cvref_t<State>::S;
    P::dispatch(state.variant_or(common), [&](auto variant) {
      measure_for_tree<I, P, decltype(variant)>(range, block, gradient, state,
                                                get<Constants<P, S>>(constants), context, measuring,
                                                first_chunk, sums);
    });
  }
};

/// What rule I measures over all blocks that follow it.
template <std::size_t I, class P, bool may_split, class Tree, class Gradient, class States,
          class AllConstants, class Context>
auto measure_tree(Split<may_split> split, const Tree& parameters, const Gradient& gradient, States& states,
                  const AllConstants& constants, const Context& context, std::size_t common) {
  using R = typename P::template Leaf<I>;
  using Measuring = TreeMeasurement<I, P, AllConstants, Context>;
  const auto measuring =
      measuring_constants(get<I>(context.rules), get<I>(context.before), context.step);
  if constexpr (may_split) {
    if (split.parts > 1) {
      auto measure_part = [&](int part) {
        const ChunkRange chunks = chunks_of_part(split.chunks, part, split.parts);
        ChunkSums<R> sums(chunks.first, context.chunk_sums);
        Measuring measure{constants, context, common, measuring, sums};
        InChunks<Measuring> visit{measure, chunks};
        walk(visit, parameters, gradient, states);
        sums.close();
      };
      std::fill_n(context.chunk_sums, split.chunks * measured_count<R>, 0.0);
      run_parts(split.parts, measure_part);
      return total_of_chunks<R>(context.chunk_sums, split.chunks).measured();
    }
  }
  ChunkSums<R> sums;
  Measuring measure{constants, context, common, measuring, sums};
  InBlocks<Measuring> visit{measure};
  walk(visit, parameters, gradient, states);
  sums.close();
  return sums.total.measured();
}

/// Whether leaf 0 comes first for every block.
template <class P, class... Sequences>
constexpr bool first_for_all(Variants<Sequences...>) {
  return (VariantTraits<P, Sequences>::contains(0) && ...);
}

/// The measurement of rule I that needs no pass: handed in by the caller, or taken by the step before.
template <std::size_t I, class P, class Context>
auto known_measurement([[maybe_unused]] const Context& context) {
  using R = typename P::template Leaf<I>;
  std::optional<MeasuredOf<R>> known;
  if constexpr (KnowsMeasurement<R> && I == 0 && first_for_all<P>(typename P::AllVariants{})) {
    const R& rule = get<I>(context.rules);
    if (rule.knows(context.step)) known = rule.known(context.step);
  }
  if constexpr (MeasuresOnTheWay<R>) {
    const auto& memory = get<I>(context.before);
    if (!known.has_value() && get<I>(context.rules).measures_on_the_way() && memory.measured)
      known = memory.last;
  }
  return known;
}

/// Measures for rule I, where it measures the tree, after the rules before it. False where it skips the
/// step: then only what it remembers itself has changed.
template <std::size_t I, class P, bool may_split, class Tree, class Gradient, class States,
          class AllConstants, class Context>
DESCENT_INLINE bool measure_for_rule([[maybe_unused]] Split<may_split> split,
                                     [[maybe_unused]] const Tree& parameters,
                                     [[maybe_unused]] const Gradient& gradient,
                                     [[maybe_unused]] States& states,
                                     [[maybe_unused]] AllConstants& constants,
                                     [[maybe_unused]] const Context& context,
                                     [[maybe_unused]] std::size_t common) {
  using R = typename P::template Leaf<I>;
  if constexpr (measures_tree<R>) {
    const auto known = known_measurement<I, P>(context);
    const auto measured = known.has_value() ? *known
                                            : measure_tree<I, P>(split, parameters, gradient, states,
                                                                 constants, context, common);
    prepare_measuring_rule<I, P>(context.rules, context.before, context.memories, context.step, measured,
                                 constants);
    if constexpr (MaySkip<R>) {
      if (get<I>(context.rules).skips(measured)) {
        get<I>(context.before) = get<I>(context.memories);
        return false;
      }
    }
  }
  return true;
}

}  // namespace descent::detail
