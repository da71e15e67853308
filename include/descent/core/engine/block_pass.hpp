// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/measuring_step.hpp>
#include <descent/core/memory/sparse_runs.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// One block's share of a step: its measurements, then its rules in segments, which end where a rule
// takes the whole matrix.

namespace descent::detail {

template <class P, class State>
using ConstantsFor = Constants<P, typename State::S>;

template <class S, class State>
DESCENT_INLINE auto run_at(State& state, const S* update, S* parameters, S* result, std::size_t first) {
  auto* slots = state.slots.data();
  return Run<S, typename State::Element>{update, parameters, result,
                                         slots == nullptr ? nullptr : slots + first, state.slots.stride()};
}

/// run(gradient, parameters, first, count) for runs of what rules compute with, in a range of a block.
template <class Range, class Parameters, class Gradient, class State, class Run>
DESCENT_INLINE void for_each_run_of(Range range, Parameters& parameters, const Gradient& gradient,
                                    [[maybe_unused]] State& state, Run&& run) {
  if constexpr (is_narrow<typename Parameters::Scalar>) {
    for_each_narrow_run(range, parameters, gradient, state.masters.data(), run);
  } else {
    for_each_run(range, parameters, gradient, run);
  }
}

/// Adds what rule I measures on a range of a block, after the rules of a segment before it.
template <std::size_t I, class P, class Variant, class Segment, class Range, class Parameters, class Update,
          class State>
void measure_range(Range range, const Parameters& parameters, const Update& update, State& state,
                   const ConstantsFor<P, State>& constants,
                   const MeasuringConstants<typename P::template Leaf<I>>& measuring, std::size_t first_chunk,
                   ChunkSums<typename P::template Leaf<I>>& sums) {
  using S = typename State::S;
  static_assert(std::is_same_v<S, float> || std::is_same_v<S, double> || std::is_same_v<S, long double>,
                "descent: a rule that measures norms works on float, double and long double only");
  for_each_run_of(range, parameters, update, state, [&](const S* u, S* p, std::size_t first, auto count) {
    measure_run<I, P, Variant, Segment>(run_at<S>(state, u, p, nullptr, first), first, count, constants,
                                        measuring, first_chunk, sums);
  });
}

/// What rule I measures on a block.
template <std::size_t I, class P, class Variant, class Segment, class Parameters, class Update, class State>
auto measure_block(const Parameters& parameters, const Update& update, State& state,
                   const ConstantsFor<P, State>& constants,
                   const MeasuringConstants<typename P::template Leaf<I>>& measuring) {
  ChunkSums<typename P::template Leaf<I>> sums;
  measure_range<I, P, Variant, Segment>(WholeBlock{}, parameters, update, state, constants, measuring, 0,
                                        sums);
  sums.close();
  return sums.total;
}

/// Runs the rules of a segment and adds the update to the parameters, or stores it in the scratch.
template <class P, class Variant, class Segment, bool into_parameters, class Range, class Parameters,
          class Update, class State>
DESCENT_INLINE void commit_segment(Range range, Parameters& parameters, const Update& update, State& state,
                                   const ConstantsFor<P, State>& constants) {
  using S = typename State::S;
  for_each_run_of(range, parameters, update, state, [&](const S* u, S* p, std::size_t first, auto count) {
    S* result = nullptr;
    if constexpr (!into_parameters) result = state.scratch.update.data() + first;
    step_run<P, Variant, Segment, into_parameters>(run_at<S>(state, u, p, result, first), count, constants);
  });
}

/// The same, measured for rule I on the way.
template <std::size_t I, class P, class Variant, class Range, class Parameters, class Update, class State>
DESCENT_INLINE void commit_measured(Range range, Parameters& parameters, const Update& update, State& state,
                                    const ConstantsFor<P, State>& constants,
                                    const MeasuringConstants<typename P::template Leaf<I>>& measuring,
                                    std::size_t first_chunk, ChunkSums<typename P::template Leaf<I>>& sums) {
  using S = typename State::S;
  for_each_run_of(
      range, parameters, update, state, [&](const S* u, S* p, std::size_t first, std::size_t count) {
        step_measured_run<I, P, Variant, Variant, true>(run_at<S>(state, u, p, nullptr, first), first, count,
                                                        constants, measuring, first_chunk, sums);
      });
}

// One copy for all kinds of blocks, so that all round alike.

template <class R>
DESCENT_OUTLINED MeasuringConstants<R> measuring_constants(const R& rule,
                                                           const typename MemoryOf<R>::type& memory,
                                                           Step step) {
  return measuring_coefficients(rule, memory, step);
}

/// Lets a rule remember what it measured on a block, and gives its constants for the block.
template <class R, class Measured>
DESCENT_OUTLINED auto block_coefficients(const R& rule, const typename MemoryOf<R>::type& memory,
                                         typename BlockMemoryOf<R>::type& block_memory, Step step,
                                         const Measured& measured) {
  if constexpr (HasBlockMemory<R>) {
    rule.advance(block_memory, step, measured);
    if constexpr (requires { rule.coefficients(step, memory, block_memory, measured); }) {
      return rule.coefficients(step, memory, block_memory, measured);
    } else {
      return rule.coefficients(step, block_memory, measured);
    }
  } else {
    return coefficients(rule, memory, step, measured);
  }
}

/// The constants of rule I, from what it measures on this block.
template <std::size_t I, class P, class Variant, std::size_t begin, Pass pass, class Parameters, class Update,
          class State, class Context>
void set_block_constants(const Parameters& parameters, const Update& update, State& state,
                         ConstantsFor<P, State>& constants, const Context& context) {
  if constexpr (measures_block<typename P::template Leaf<I>>) {
    const auto& rule = get<I>(context.rules);
    const auto& memory = get<I>(context.memories);
    if constexpr (MeetsBlocks<typename P::template Leaf<I>>) {
      constants.template set<I>(rule.coefficients(context.step, get<I>(state.memories)));
      return;
    } else {
      const auto sums = measure_block<I, P, Variant, leaves_between<Variant, begin, I>>(
          parameters, update, state, constants, measuring_constants(rule, memory, context.step));
      auto block_memory = get<I>(state.memories);
      constants.template set<I>(
          block_coefficients(rule, memory, block_memory, context.step, sums.measured()));
      if constexpr (pass == Pass::commits) get<I>(state.memories) = block_memory;
    }
  }
}

template <class P, class Variant, std::size_t begin, Pass pass, class Parameters, class Update, class State,
          class Context, std::size_t... I>
void measure_segment(std::index_sequence<I...>, const Parameters& parameters, const Update& update,
                     State& state, ConstantsFor<P, State>& constants, const Context& context) {
  (set_block_constants<I, P, Variant, begin, pass>(parameters, update, state, constants, context), ...);
}

/// The scratch update as a matrix in the storage order of the parameters.
template <class Parameters, class State>
auto scratch_matrix(const Parameters& parameters, State& state) {
  using S = typename State::S;
  using Matrix =
      Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic,
                    static_cast<int>(Parameters::IsRowMajor) != 0 ? Eigen::RowMajor : Eigen::ColMajor>;
  return Eigen::Map<Matrix>(state.scratch.update.data(), parameters.rows(), parameters.cols());
}

template <class P, class Variant, std::size_t begin, class Parameters, class Update, class State,
          class Context>
DESCENT_INLINE void commit_from(Parameters& parameters, const Update& update, State& state,
                                ConstantsFor<P, State>& constants, const Context& context) {
  constexpr std::size_t end = next_matrix_rule<P>(Variant{}, begin);
  using Segment = leaves_between<Variant, begin, end>;
  if constexpr (VariantTraits<P, Variant>::measures_blocks)
    measure_segment<P, Variant, begin, Pass::commits>(Segment{}, parameters, update, state, constants,
                                                      context);
  commit_segment<P, Variant, Segment, end == P::leaves>(WholeBlock{}, parameters, update, state, constants);
  if constexpr (end != P::leaves) {
    auto matrix = scratch_matrix(parameters, state);
    transform(get<end>(context.rules), matrix, parameters, get<end>(state.scratch.workspaces),
              context.step, get<end>(context.memories));
    commit_from<P, Variant, end + 1>(parameters, std::as_const(matrix), state, constants, context);
  }
}

/// Blocks on which a rule of whole matrices cannot work: vectors by their type, where it does not take them.
template <class P, class Variant, class B>
inline constexpr bool fits_block = !VariantTraits<P, Variant>::refuses_vectors || !B::IsVectorAtCompileTime;

/// Whether a block is stepped as a whole, by one thread: its rules measure it or take it as a matrix.
template <class P, class Variant>
inline constexpr bool takes_whole_blocks =
    VariantTraits<P, Variant>::measures_blocks || VariantTraits<P, Variant>::has_matrix_rule;

template <class S, class State, std::size_t slots>
DESCENT_INLINE Run<S, typename State::Element> run_of(Stretch<State, slots>& stretch) {
  return {stretch.gradient, stretch.parameters, nullptr, stretch.state, stretch.stride};
}

/// Steps the elements of a block for which there is a gradient.
template <class P, class Variant, class Parameters, class Gradient, class State>
void commit_stretches(Parameters& parameters, const Gradient& gradient, State& state,
                      const ConstantsFor<P, State>& constants) {
  using S = typename State::S;
  constexpr std::size_t slots = VariantTraits<P, Variant>::slots;
  for_each_stretch<slots>(parameters, gradient, state, [&](auto& stretch) {
    step_run<P, Variant, Variant, true>(run_of<S>(stretch), stretch.count, constants);
  });
}

/// The same, measured for rule I on the way.
template <std::size_t I, class P, class Variant, class Parameters, class Gradient, class State>
void commit_measured_stretches(Parameters& parameters, const Gradient& gradient, State& state,
                               const ConstantsFor<P, State>& constants,
                               const MeasuringConstants<typename P::template Leaf<I>>& measuring,
                               std::size_t first_chunk, ChunkSums<typename P::template Leaf<I>>& sums) {
  using S = typename State::S;
  constexpr std::size_t slots = VariantTraits<P, Variant>::slots;
  for_each_stretch<slots>(parameters, gradient, state, [&](auto& stretch) {
    step_measured_run<I, P, Variant, Variant, true>(run_of<S>(stretch), 0, stretch.count, constants,
                                                    measuring, first_chunk, sums);
  });
}

/// What rule I measures of them, after the rules of a segment.
template <std::size_t I, class P, class Variant, class Segment, class Parameters, class Gradient, class State>
void measure_stretches(const Parameters& parameters, const Gradient& gradient, State& state,
                       const ConstantsFor<P, State>& constants,
                       const MeasuringConstants<typename P::template Leaf<I>>& measuring,
                       std::size_t first_chunk, ChunkSums<typename P::template Leaf<I>>& sums) {
  using S = typename State::S;
  constexpr std::size_t slots = VariantTraits<P, Variant>::slots;
  for_each_stretch<slots>(parameters, gradient, state, [&](auto& stretch) {
    measure_run<I, P, Variant, Segment>(run_of<S>(stretch), 0, stretch.count, constants, measuring,
                                        first_chunk, sums);
  });
}

template <class Range>
DESCENT_INLINE bool begins_block(Range range) {
  if constexpr (std::is_same_v<Range, WholeBlock>) {
    return true;
  } else {
    return range.first == 0;
  }
}

/// The last pass over one block, or over a range of it. Nothing in it can fail.
template <class P, class Variant, class Range, class Parameters, class Gradient, class State, class Context>
DESCENT_INLINE void commit_block(Range range, Parameters& parameters, const Gradient& gradient, State& state,
                                 const ConstantsFor<P, State>& constants, const Context& context) {
  if constexpr (!VariantTraits<P, Variant>::freezes &&
                fits_block<P, Variant, std::remove_cvref_t<Parameters>>) {
    if constexpr (takes_whole_blocks<P, Variant> && SparseGradient<Gradient>) {
      return;  // was refused
    } else if constexpr (takes_whole_blocks<P, Variant>) {
      ConstantsFor<P, State> own = constants;
      commit_from<P, Variant, 0>(parameters, gradient, state, own, context);
    } else if constexpr (SparseGradient<Gradient>) {
      if (begins_block(range)) commit_stretches<P, Variant>(parameters, gradient, state, constants);
    } else {
      commit_segment<P, Variant, Variant, true>(range, parameters, gradient, state, constants);
    }
  }
}

/// What rule I, which measures the tree, sees of one block or of a range of it.
template <std::size_t I, class P, class Variant, class Range, class Parameters, class Gradient, class State,
          class Context>
DESCENT_INLINE void measure_for_tree(Range range, const Parameters& parameters, const Gradient& gradient,
                                     State& state, const ConstantsFor<P, State>& constants,
                                     const Context& context,
                                     const MeasuringConstants<typename P::template Leaf<I>>& measuring,
                                     std::size_t first_chunk, ChunkSums<typename P::template Leaf<I>>& sums) {
  using Traits = VariantTraits<P, Variant>;
  using Before = leaves_between<Variant, 0, I>;
  if constexpr (Traits::contains(I) && !Traits::freezes &&
                fits_block<P, Variant, std::remove_cvref_t<Parameters>>) {
    if constexpr (SparseGradient<Gradient>) {
      if (begins_block(range))
        measure_stretches<I, P, Variant, Before>(parameters, gradient, state, constants, measuring,
                                                 first_chunk, sums);
    } else if constexpr (VariantTraits<P, Before>::measures_blocks) {
      ConstantsFor<P, State> own = constants;
      measure_segment<P, Variant, 0, Pass::looks>(Before{}, parameters, gradient, state, own, context);
      measure_range<I, P, Variant, Before>(range, parameters, gradient, state, own, measuring, first_chunk,
                                           sums);
    } else {
      measure_range<I, P, Variant, Before>(range, parameters, gradient, state, constants, measuring,
                                           first_chunk, sums);
    }
  }
}

}  // namespace descent::detail
