// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/measuring_pass.hpp>
#include <descent/core/memory/block_record.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/blocks.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

// A pass over blocks has two halves. Kernels apply rules to runs of contiguous memory, and are compiled for each
// rule and element type. The walk turns blocks of any layout into such runs; it is compiled once for all rules and
// calls kernels through pointers.

namespace descent::detail::inline DESCENT_BUILD {

/// The inputs of the kernels of a pass.
struct PassContext {
  const void* constants;  // of all blocks, or of the one block
  const void* measuring;  // the constants with which a rule measures
  void* sums;             // the ChunkSums that it adds to

  DESCENT_INLINE PassContext(const void* of_blocks, const void* with, void* to)
      : constants(of_blocks), measuring(with), sums(to) {}
  /// For a pass that only writes. Leaves the others uninitialized, because every step constructs one.
  DESCENT_INLINE explicit PassContext(const void* of_blocks) : constants(of_blocks) {}
};

/// A run of contiguous memory in a block.
template <class S, class Element>
struct BlockRun {
  Run<S, Element> run;
  std::size_t first, count;  // index of its first element in the block, and its length
  std::size_t first_chunk;   // the first chunk of the block
  bool prefetches;           // pays only if a run is long

  /// `length` elements from number i on.
  DESCENT_INLINE BlockRun part(std::size_t i, std::size_t length) const {
    return {{run.update + i, run.parameters + i, further(run.result, i), further(run.state, i), run.stride},
            first + i,
            length,
            first_chunk,
            prefetches};
  }
};

/// Runs of memory: one or more contiguous blocks, or one run of a block.
template <class S, class Element>
struct Runs {
  const BlockRecord* records;  // the blocks; null for one run
  std::size_t blocks;
  Element* state;  // of all blocks

  BlockRun<S, Element> run;

  /// Leave unused members uninitialized, because every step constructs one.
  DESCENT_INLINE Runs(const BlockRecord* first_block, std::size_t count_of_blocks, Element* states)
      : records(first_block), blocks(count_of_blocks), state(states) {}
  DESCENT_INLINE explicit Runs(const BlockRun<S, Element>& one) : records(nullptr), blocks(1), run(one) {}

  /// The length of run number b.
  DESCENT_INLINE std::size_t count_of(std::size_t b) const {
    return records == nullptr ? run.count : records[b].size;
  }
  /// Run number b as runs.
  DESCENT_INLINE Runs only(std::size_t b) const {
    return records == nullptr ? *this : Runs(records + b, 1, state);
  }
  /// Run number b.
  DESCENT_INLINE BlockRun<S, Element> at(std::size_t b) const {
    if (records == nullptr) return run;
    const BlockRecord& record = records[b];
    return {{static_cast<const S*>(record.gradient), static_cast<S*>(record.parameters), nullptr,
             state + record.state, padded_size<S>(record.size)},  // without state, 0 is added to null
            0,
            record.size,
            record.first_chunk,
            false};
  }
};

template <class S, class Element>
using Kernel = void (*)(const PassContext&, const Runs<S, Element>&);

/// Runs the rules of a segment and adds the update to the parameters, or stores it as the result.
template <class P, class Slots, class Segment, bool into_parameters, class S>
DESCENT_OUTLINED void write_kernel(const PassContext& context, const Runs<S, StateElement<P, S>>& runs) {
  const Formula<P, Slots, Segment, Pass::writes, S> formula(
      *static_cast<const Constants<P, S>*>(context.constants));
  std::size_t b = 0;
  do {
    const auto one = runs.at(b);
    step_run_with<into_parameters>(formula, one.run, one.count, one.prefetches);
  } while (++b < runs.blocks);
}

/// The leaves whose slots the measurement of rule I may read: those before it, and its own.
template <class Variant, std::size_t I>
using MeasuredSlots = typename JoinIndices<leaves_between<Variant, 0, I>, std::index_sequence<I>>::type;

/// Adds the measurement of rule I, of what the rules of the segment before it compute.
template <std::size_t I, class P, class Slots, class Segment, class S>
DESCENT_OUTLINED void measure_kernel(const PassContext& context, const Runs<S, StateElement<P, S>>& runs) {
  using R = typename P::template Leaf<I>;
  using Updates = MeasuredUpdates<I, P, Slots, Segment, S>;
  const auto& measuring = *static_cast<const MeasuringConstants<R>*>(context.measuring);
  auto& sums = *static_cast<ChunkSums<R>*>(context.sums);
  Updates updates(*static_cast<const Constants<P, S>*>(context.constants));
  for (std::size_t b = 0; b < runs.blocks; ++b) {
    const auto one = runs.at(b);
    const bool prefetches = one.prefetches && Updates::tile > one.count;
    for (std::size_t i = 0; i < one.count; i += std::min(Updates::tile, one.count)) {
      const std::size_t here = std::min(Updates::tile, one.count - i);
      measure_run<R>(measuring, updates.of(one.run, i, here), one.first + i, here, one.first_chunk,
                     prefetches, sums);
    }
  }
}

/// Measures runs for rule I, then writes them.
template <std::size_t I, class P, class Variant, class S>
void write_after_measuring(const PassContext& context, const Runs<S, StateElement<P, S>>& runs) {
  using Before = leaves_between<Variant, 0, I>;
  measure_kernel<I, P, MeasuredSlots<Variant, I>, Before, S>(context, runs);
  write_kernel<P, Variant, Variant, true, S>(context, runs);
}
/// The same for whole groups of 32 elements, in one loop: the processor adds the sums while it waits for square roots
/// and for memory. Returns the first element left.
template <std::size_t I, class P, class Variant, class S>
DESCENT_OUTLINED std::size_t write_while_measuring(const PassContext& context,
                                                   const BlockRun<S, StateElement<P, S>>& one) {
  using R = typename P::template Leaf<I>;
  using Rules = Formula<P, Variant, Variant, Pass::writes, S>;
  constexpr std::size_t together = 2 * static_cast<std::size_t>(simd::Pack<S>::size);
  const auto& constants = *static_cast<const Constants<P, S>*>(context.constants);
  const Rules rules(constants);
  MeasuredUpdates<I, P, MeasuredSlots<Variant, I>, leaves_between<Variant, 0, I>, S> updates(constants);
  const Measurement<R, S, StateElement<P, S>> measurement(
      *static_cast<const MeasuringConstants<R>*>(context.measuring));
  auto& sums = *static_cast<ChunkSums<R>*>(context.sums);
  const auto run = one.run;  // a local copy: no store can change it
  const auto walk = PrefetchedWalk::over(one.count, one.prefetches);
  const std::size_t whole = one.count / measuring_lanes * measuring_lanes;
  for (std::size_t i = 0; i < whole;) {
    const std::size_t end = std::min(whole, i + open_chunk(sums, one.first_chunk, one.first + i));
    LaneSums<R> lanes = sums.lanes;  // in registers
    for (; i < end; i += measuring_lanes) {
      if (i < walk.last) Rules::template prefetch_ahead<prefetched_together, true>(run, i);
      measurement.add_lanes(lanes, updates.of(run, i, measuring_lanes), 0);
      for (std::size_t k = 0; k < measuring_lanes; k += together) step_packs<2, true>(rules, run, i + k);
    }
    sums.lanes = lanes;
  }
  return whole;
}
/// Runs all rules, and measures rule I for the next step: in one loop, or tile by tile if a rule measures blocks, which
/// takes a pass of its own anyway.
template <std::size_t I, class P, class Variant, class S>
DESCENT_OUTLINED void write_measured_kernel(const PassContext& context,
                                            const Runs<S, StateElement<P, S>>& runs) {
  constexpr std::size_t tile = 2048;  // stays in the caches
  for (std::size_t b = 0; b < runs.blocks; ++b) {
    const std::size_t count = runs.count_of(b);
    if (count < measuring_lanes) {
      write_after_measuring<I, P, Variant, S>(context, runs.only(b));
      continue;
    }
    const BlockRun<S, StateElement<P, S>> one = runs.at(b);
    std::size_t i = 0;
    if constexpr (!VariantTraits<P, Variant>::measures_blocks)
      i = write_while_measuring<I, P, Variant, S>(context, one);
    for (; i < count; i += tile)
      write_after_measuring<I, P, Variant, S>(
          context, Runs<S, StateElement<P, S>>(one.part(i, std::min(tile, count - i))));
  }
}

// The kernels of a variant; null if it does nothing.

template <class P, class S, class Variant>
constexpr Kernel<S, StateElement<P, S>> kernel_that_writes() {
  if constexpr (VariantTraits<P, Variant>::freezes || VariantTraits<P, Variant>::has_matrix_rule) {
    return nullptr;
  } else {
    return &write_kernel<P, Variant, Variant, true, S>;
  }
}
template <std::size_t I, class P, class S, class Variant>
constexpr Kernel<S, StateElement<P, S>> kernel_that_measures() {
  using Traits = VariantTraits<P, Variant>;
  if constexpr (Traits::freezes || !Traits::contains(I) || I > next_matrix_rule<P>(Variant{}, 0)) {
    return nullptr;  // rules after a rule of whole matrices are measured in the matrix pass
  } else {
    return &measure_kernel<I, P, MeasuredSlots<Variant, I>, leaves_between<Variant, 0, I>, S>;
  }
}
template <std::size_t I, class P, class S, class Variant>
constexpr Kernel<S, StateElement<P, S>> kernel_that_writes_measured() {
  if constexpr (kernel_that_writes<P, S, Variant>() == nullptr || !VariantTraits<P, Variant>::contains(I)) {
    return kernel_that_writes<P, S, Variant>();
  } else {
    return &write_measured_kernel<I, P, Variant, S>;
  }
}
/// The kernels of all variants for one element type.
template <class P, class S>
struct KernelsOf {
  using KernelOf = Kernel<S, StateElement<P, S>>;

  template <class... Variant>
  static constexpr std::array<KernelOf, sizeof...(Variant)> writing(Variants<Variant...>) {
    return {kernel_that_writes<P, S, Variant>()...};
  }
  template <std::size_t I, class... Variant>
  static constexpr std::array<KernelOf, sizeof...(Variant)> measuring(Variants<Variant...>) {
    return {kernel_that_measures<I, P, S, Variant>()...};
  }
  template <std::size_t I, class... Variant>
  static constexpr std::array<KernelOf, sizeof...(Variant)> writing_measured(Variants<Variant...>) {
    return {kernel_that_writes_measured<I, P, S, Variant>()...};
  }
};

}  // namespace descent::detail::inline DESCENT_BUILD
