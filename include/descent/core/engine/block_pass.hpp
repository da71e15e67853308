// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/measuring_step.hpp>
#include <descent/core/engine/preparation.hpp>
#include <descent/core/memory/half_precision_runs.hpp>
#include <descent/core/memory/sparse_runs.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// One block's share of a pass: its elements become runs of memory, on which the rules work.

namespace descent::detail {

/// f(gradient, parameters, first, count) for the runs of a range of a block that has all elements.
template <class Scalar, bool writes, class F>
DESCENT_INLINE void for_each_run(const BlockRecord& record, const BlockLayout& layout,
                                 [[maybe_unused]] float* masters, ElementRange range, F&& f) {
  using S = ComputeType<Scalar>;
  using Call = std::remove_reference_t<F>;
  if constexpr (!is_narrow<Scalar>) {
    if (record.layout == Layout::contiguous) [[likely]] {
      f(static_cast<const S*>(record.gradient) + range.first,
        static_cast<S*>(record.parameters) + range.first, range.first, range.last - range.first);
      return;
    }
  }
  const TileAction<S> action{&f,
                             [](void* context, const S* u, S* p, std::size_t first, std::size_t count) {
                               (*static_cast<Call*>(context))(u, p, first, count);
                             },
                             writes};
  if constexpr (is_narrow<Scalar>) {
    for_each_narrow_tile<Scalar>(record, layout, masters + layout.masters, range, action);
  } else {
    for_each_tile<S>(record, layout, range, action);
  }
}

/// What the functions below know of the blocks of element type number s in a step.
template <class X, std::size_t s>
struct BlockPass {
  using P = typename X::Plan;
  using B = std::remove_cvref_t<decltype(std::declval<X&>().blocks)>;
  using Scalar = typename B::template ScalarAt<s>;
  using S = ComputeType<Scalar>;
  using Element = StateElement<P, S>;
  using RunOf = Run<S, Element>;
  using Own = Constants<P, S>;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;

  static DESCENT_INLINE RunOf run_at(const X& x, const BlockRecord& record, const S* u, S* p, S* result,
                                     std::size_t first) {
    return {u, p, result, x.blocks.template slots_of<s>(record) + first, padded_size<S>(record.size)};
  }

  /// Adds what rule I measures on a range of a block, after the rules `Before` it, of which those in `Segment` are yet
  /// to run.
  template <std::size_t I, class Before, class Segment>
  static void measure(const X& x, const BlockRecord& record, std::size_t k, ElementRange range,
                      const Own& constants, const MeasuringConstants<Leaf<I>>& measuring,
                      std::size_t first_chunk, ChunkSums<Leaf<I>>& sums) {
    static_assert(std::is_same_v<S, float> || std::is_same_v<S, double> || std::is_same_v<S, long double>,
                  "descent: a rule that measures norms works on float, double and long double only");
    using Slots = typename JoinIndices<Before, std::index_sequence<I>>::type;
    if constexpr (!is_narrow<Scalar>) {
      if (record.layout == Layout::sparse) [[unlikely]] {
        if (range.first == 0)
          for_each_sparse<Slots, false>(x, record, k, [&](const RunOf& run, std::size_t count) {
            measure_run_outlined<I, P, Slots, Segment>(run, 0, count, constants, measuring, first_chunk, sums);
          });
        return;
      }
    }
    for_each_run<Scalar, false>(
        record, x.blocks.layouts[k], x.blocks.masters[s], range,
        [&](const S* u, S* p, std::size_t first, std::size_t count) {
          measure_run_outlined<I, P, Slots, Segment>(run_at(x, record, u, p, nullptr, first), first, count,
                                                     constants, measuring, first_chunk, sums);
        });
  }

  /// Runs the rules of a segment on a range of a block and adds the update to the parameters, or stores it in
  /// `result`.
  template <class Slots, class Segment, bool into_parameters>
  static DESCENT_INLINE void write(const X& x, const BlockRecord& record, std::size_t k, ElementRange range,
                                   const Own& constants, S* result = nullptr) {
    if constexpr (!is_narrow<Scalar> && into_parameters) {
      if (record.layout == Layout::sparse) [[unlikely]] {
        if (range.first == 0)
          for_each_sparse<Slots, true>(x, record, k, [&](const RunOf& run, std::size_t count) {
            step_run_outlined<P, Slots, Segment, true>(run, count, constants);
          });
        return;
      }
    }
    for_each_run<Scalar, into_parameters>(
        record, x.blocks.layouts[k], x.blocks.masters[s], range,
        [&](const S* u, S* p, std::size_t first, std::size_t count) {
          S* const to = into_parameters ? nullptr : result + first;
          step_run_outlined<P, Slots, Segment, into_parameters>(run_at(x, record, u, p, to, first), count,
                                                                constants);
        });
  }

  /// The same with all rules, measured for rule I while it writes.
  template <std::size_t I, class Variant>
  static void write_measured(const X& x, const BlockRecord& record, std::size_t k, ElementRange range,
                             const Own& constants, const MeasuringConstants<Leaf<I>>& measuring,
                             ChunkSums<Leaf<I>>& sums) {
    if constexpr (!is_narrow<Scalar>) {
      if (record.layout == Layout::sparse) [[unlikely]] {
        if (range.first == 0)
          for_each_sparse<Variant, true>(x, record, k, [&](const RunOf& run, std::size_t count) {
            step_measured_run<I, P, Variant, Variant, true>(run, 0, count, constants, measuring,
                                                            record.first_chunk, sums);
          });
        return;
      }
    }
    for_each_run<Scalar, true>(record, x.blocks.layouts[k], x.blocks.masters[s], range,
                               [&](const S* u, S* p, std::size_t first, std::size_t count) {
                                 step_measured_run<I, P, Variant, Variant, true>(
                                     run_at(x, record, u, p, nullptr, first), first, count, constants,
                                     measuring, record.first_chunk, sums);
                               });
  }

 private:
  /// f(run, count) for the elements of a block that have a gradient.
  template <class Slots, bool writes, class F>
  static void for_each_sparse(const X& x, const BlockRecord& record, std::size_t k, F f) {
    constexpr std::size_t slots = VariantTraits<P, Slots>::slots;
    const SparseAction<S, Element> action{
        &f,
        [](void* context, const S* u, S* p, Element* state, std::size_t stride, std::size_t count) {
          (*static_cast<F*>(context))(RunOf{u, p, nullptr, state, stride}, count);
        },
        writes};
    for_each_sparse_run<slots>(
        record, x.blocks.layouts[k],
        SlotsOfBlock<Element>{x.blocks.template slots_of<s>(record), padded_size<S>(record.size), slots},
        action);
  }
};

}  // namespace descent::detail
