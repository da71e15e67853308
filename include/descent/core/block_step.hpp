// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/measure.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// One block's share of a step: its measurements, then its rules in segments, which end where a rule
// takes the whole matrix.

namespace descent::detail {

template <class P, class State>
using ConstantsFor = Constants<P, typename State::S>;

template <class S, class State>
DESCENT_INLINE Run<S> run_at(State& state, const S* update, S* parameters, S* result, std::size_t first) {
  StateElement<S>* slots = state.slots.data();
  return {update, parameters, result, slots == nullptr ? nullptr : slots + first, state.slots.stride()};
}

/// What R measures on a block, after the rules of a segment before it.
template <std::size_t I, class P, class Variant, class Segment, class Parameters, class Update, class State>
auto measure_block(const Parameters& parameters, const Update& update, State& state,
                   const ConstantsFor<P, State>& constants) {
  using R = typename P::template Leaf<I>;
  using S = typename State::S;
  static_assert(std::is_same_v<S, float> || std::is_same_v<S, double> || std::is_same_v<S, long double>,
                "descent: a rule that measures norms works on float, double and long double only");
  Sums<R> sums;
  LaneSums<R> lanes;
  for_each_run(parameters, update, [&](const S* u, S* p, std::size_t first, std::size_t count) {
    measure_run<R, P, Variant, Segment>(run_at<S>(state, u, p, nullptr, first), first, count, constants,
                                        lanes, sums);
  });
  lanes.fold_into(sums);
  return sums;
}

/// Runs the rules of a segment and adds the update to the parameters, or stores it in the scratch.
template <class P, class Variant, class Segment, bool into_parameters, class Parameters, class Update,
          class State>
DESCENT_INLINE void commit_segment(Parameters& parameters, const Update& update, State& state,
                                   const ConstantsFor<P, State>& constants) {
  using S = typename State::S;
  for_each_run(parameters, update, [&](const S* u, S* p, std::size_t first, auto count) {
    S* result = nullptr;
    if constexpr (!into_parameters) result = state.scratch.update.data() + first;
    step_run<P, Variant, Segment, into_parameters>(run_at<S>(state, u, p, result, first), count, constants);
  });
}

/// The constants of a rule that measures blocks; one copy for all kinds of blocks, so that all round alike.
template <class R, class Measured>
DESCENT_OUTLINED auto block_coefficients(const R& rule, const typename MemoryOf<R>::type& memory, Step step,
                                         const Measured& measured) {
  return coefficients(rule, memory, step, measured);
}

/// The constants of rule I, from what it measures on this block.
template <std::size_t I, class P, class Variant, std::size_t begin, class Parameters, class Update,
          class State, class Context>
void set_block_constants(const Parameters& parameters, const Update& update, State& state,
                         ConstantsFor<P, State>& constants, const Context& context) {
  if constexpr (measures_block<typename P::template Leaf<I>>) {
    const auto sums =
        measure_block<I, P, Variant, leaves_between<Variant, begin, I>>(parameters, update, state, constants);
    constants.template set<I>(block_coefficients(std::get<I>(context.rules), std::get<I>(context.memories),
                                                 context.step, sums.measured()));
  }
}

template <class P, class Variant, std::size_t begin, class Parameters, class Update, class State,
          class Context, std::size_t... I>
void measure_segment(std::index_sequence<I...>, const Parameters& parameters, const Update& update,
                     State& state, ConstantsFor<P, State>& constants, const Context& context) {
  (set_block_constants<I, P, Variant, begin>(parameters, update, state, constants, context), ...);
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
    measure_segment<P, Variant, begin>(Segment{}, parameters, update, state, constants, context);
  commit_segment<P, Variant, Segment, end == P::leaves>(parameters, update, state, constants);
  if constexpr (end != P::leaves) {
    auto matrix = scratch_matrix(parameters, state);
    transform(std::get<end>(context.rules), matrix, parameters, std::get<end>(state.scratch.workspaces),
              context.step, std::get<end>(context.memories));
    commit_from<P, Variant, end + 1>(parameters, std::as_const(matrix), state, constants, context);
  }
}

/// Blocks on which a rule of whole matrices cannot work: vectors by their type, where it does not take them.
template <class P, class Variant, class B>
inline constexpr bool fits_block = !VariantTraits<P, Variant>::refuses_vectors || !B::IsVectorAtCompileTime;

/// The last pass over one block. Nothing in it can fail.
template <class P, class Variant, class Parameters, class Gradient, class State, class Context>
DESCENT_INLINE void commit_block(Parameters& parameters, const Gradient& gradient, State& state,
                                 const ConstantsFor<P, State>& constants, const Context& context) {
  using Traits = VariantTraits<P, Variant>;
  if constexpr (!Traits::freezes && fits_block<P, Variant, std::remove_cvref_t<Parameters>>) {
    if constexpr (Traits::measures_blocks || Traits::has_matrix_rule) {
      ConstantsFor<P, State> own = constants;
      commit_from<P, Variant, 0>(parameters, gradient, state, own, context);
    } else {
      commit_segment<P, Variant, Variant, true>(parameters, gradient, state, constants);
    }
  }
}

/// What rule I, which measures the tree, sees of one block.
template <std::size_t I, class P, class Variant, class Parameters, class Gradient, class State, class Context>
DESCENT_INLINE void measure_for_tree(const Parameters& parameters, const Gradient& gradient, State& state,
                                     const ConstantsFor<P, State>& constants, const Context& context,
                                     Sums<typename P::template Leaf<I>>& sums) {
  using Traits = VariantTraits<P, Variant>;
  using Before = leaves_between<Variant, 0, I>;
  if constexpr (Traits::contains(I) && !Traits::freezes &&
                fits_block<P, Variant, std::remove_cvref_t<Parameters>>) {
    if constexpr (VariantTraits<P, Before>::measures_blocks) {
      ConstantsFor<P, State> own = constants;
      measure_segment<P, Variant, 0>(Before{}, parameters, gradient, state, own, context);
      sums.add(measure_block<I, P, Variant, Before>(parameters, gradient, state, own));
    } else {
      sums.add(measure_block<I, P, Variant, Before>(parameters, gradient, state, constants));
    }
  }
}

}  // namespace descent::detail
