// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/measuring_pass.hpp>
#include <descent/core/memory/block_record.hpp>
#include <descent/core/memory/runs.hpp>
#include <descent/core/memory/sparse_runs.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/blocks.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

// A pass over blocks has two halves. Kernels apply rules to runs of contiguous memory, and are compiled for each
// rule and element type. The walk turns blocks of any layout into such runs; it is compiled once for all rules and
// calls kernels through pointers.

namespace descent::detail::inline DESCENT_BUILD {

/// The state `count` elements later, if there is any.
template <class Element>
DESCENT_INLINE Element* further(Element* state, std::size_t count) {
  return state == nullptr ? nullptr : state + count;
}

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

/// Adds the measurement of rule I. The rules of the segment before it fill tiles, which are then measured.
template <std::size_t I, class P, class Slots, class Segment, class S>
DESCENT_OUTLINED void measure_kernel(const PassContext& context, const Runs<S, StateElement<P, S>>& runs) {
  using R = typename P::template Leaf<I>;
  using Element = StateElement<P, S>;
  const auto& measuring = *static_cast<const MeasuringConstants<R>*>(context.measuring);
  auto& sums = *static_cast<ChunkSums<R>*>(context.sums);
  const Formula<P, Slots, Segment, Pass::reads, S> formula(
      *static_cast<const Constants<P, S>*>(context.constants));
  for (std::size_t b = 0; b < runs.blocks; ++b) {
    const auto one = runs.at(b);
    const Run<S, Element>& run = one.run;
    const std::size_t first = one.first, count = one.count, chunk = one.first_chunk;
    constexpr std::size_t before = VariantTraits<P, Slots>::slots_before(I);
    Element* const state = further(run.state, before * run.stride);
    if constexpr (std::is_same_v<Segment, std::index_sequence<>>) {
      measure_run<R, S, Element>(measuring, {run.update, run.parameters, run.update, state, run.stride},
                                 first, count, chunk, one.prefetches, sums);
    } else {
      TileOfUpdates<P, Segment, S, SeesGradient<R>> tile;
      for (std::size_t i = 0; i < count; i += tile.size) {
        const std::size_t here = std::min(tile.size, count - i);
        tile.fill(formula, {run.update + i, run.parameters + i, nullptr, further(run.state, i), run.stride},
                  here);
        measure_run<R, S, Element>(
            measuring, {tile.update, run.parameters + i, tile.seen_gradient(), further(state, i), run.stride},
            first + i, here, chunk, false, sums);
      }
    }
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
    using Before = leaves_between<Variant, 0, I>;
    return &measure_kernel<I, P, typename JoinIndices<Before, std::index_sequence<I>>::type, Before, S>;
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
};

/// A pass of one kernel over blocks of one element type.
template <class Scalar, class Element>
struct Walk {
  using S = ComputeType<Scalar>;
  using RunsOf = Runs<S, Element>;

  const BlockTable& table;
  Element* state;
  float* masters;
  Kernel<S, Element> kernel;
  bool writes;
  std::size_t slots;                       // slots of state in each block
  Kernel<S, Element> measuring = nullptr;  // if set, measures each tile before it is written
  bool counts_by_block = false;            // whether a block's chunks start at `first_chunk`, not at its own
  std::size_t first_chunk = 0;

  /// Visits a share's part of each block of a group; skips blocks without a gradient. Passes consecutive small
  /// contiguous blocks to the kernel together.
  DESCENT_OUTLINED void group(const PassContext& context, std::size_t k, std::size_t last,
                              const Share& share) const {
    const BlockRecord* const records = table.records;
    if (!share.all) k = first_in(share.chunks, k, last);
    while (k < last && (share.all || records[k].first_chunk < share.chunks.end())) {
      const std::size_t end = share.all ? end_of_small(k, last) : k;
      if (end > k) {
        kernel(context, RunsOf(records + k, end - k, state));
        k = end;
      } else {
        const BlockRecord& record = records[k];
        const ElementRange range = share.all ? ElementRange{0, record.size}
                                             : elements_in(record.chunks(), record.size, share.chunks);
        if (range.first < range.last && !record.absent)
          block(context, record, table.layouts[k], range, nullptr);
        ++k;
      }
    }
  }

  /// Visits a range of one block. Writes the update to `result` if the kernel does not add it to the
  /// parameters.
  DESCENT_OUTLINED void block(const PassContext& context, const BlockRecord& record,
                              const BlockLayout& layout, ElementRange range, S* result) const {
    const Tiles tiles{*this, context, record, layout, result};
    if constexpr (is_narrow<Scalar>) {
      for_each_narrow_tile<Scalar>(record, layout, masters + layout.masters, range, tiles.action());
    } else if (record.layout == Layout::contiguous) {
      Tiles::run(&tiles, static_cast<const S*>(record.gradient) + range.first,
                 static_cast<S*>(record.parameters) + range.first, range.first, range.last - range.first);
    } else if (record.layout == Layout::strided) {
      for_each_tile<S>(record, layout, range, tiles.action());
    } else if (range.first == 0) {  // sparse: handled by the thread that has its first chunk
      tiles.sparse();
    }
  }

 private:
  /// The first block that ends in these chunks or after them.
  std::size_t first_in(ChunkRange chunks, std::size_t k, std::size_t last) const {
    for (std::size_t end = last; k < end;) {
      const std::size_t middle = k + (end - k) / 2;
      if (table.records[middle].chunks().end() <= chunks.first) {
        k = middle + 1;
      } else {
        end = middle;
      }
    }
    return k;
  }
  /// The end of the blocks from number k on that one call of the kernel can handle.
  std::size_t end_of_small(std::size_t k, std::size_t last) const {
    if (is_narrow<Scalar> || measuring != nullptr) return k;
    const BlockRecord* const records = table.records;
    while (k < last && records[k].layout == Layout::contiguous && !records[k].absent &&
           records[k].size < smallest_prefetched)
      ++k;
    return k;
  }

  /// Elements that are still in the caches when they are written after they were measured.
  static constexpr std::size_t near = 2048;

  /// One block, run by run.
  struct Tiles {
    const Walk& walk;
    const PassContext& context;
    const BlockRecord& record;
    const BlockLayout& layout;
    S* result;

    /// Passes one run to the kernel. The action of `for_each_tile`, whose context is the Tiles.
    static void run(const void* tiles, const S* u, S* p, std::size_t first, std::size_t count) {
      const Tiles& self = *static_cast<const Tiles*>(tiles);
      const BlockRecord& block = self.record;
      const BlockRun<S, Element> one{
          {u, p, self.result == nullptr ? nullptr : self.result + first,
           further(self.walk.state, block.state + first), padded_size<S>(block.size)},
          first,
          count,
          self.walk.counts_by_block ? self.walk.first_chunk : block.first_chunk,
          count >= smallest_prefetched && prefetching_helps()};
      if (self.walk.measuring == nullptr) return self.walk.kernel(self.context, RunsOf(one));
      self.measure_and_write(one);
    }
    /// Works in tiles that stay in the caches: measures each, then writes it.
    void measure_and_write(const BlockRun<S, Element>& all) const {
      const Run<S, Element>& whole = all.run;
      for (std::size_t i = 0; i < all.count; i += near) {
        const RunsOf runs(
            {{whole.update + i, whole.parameters + i, nullptr, further(whole.state, i), whole.stride},
             all.first + i,
             std::min(near, all.count - i),
             all.first_chunk,
             all.prefetches});
        walk.measuring(context, runs);
        walk.kernel(context, runs);
      }
    }
    TileAction<S> action() const { return {this, &run, walk.writes}; }
    void sparse() const {
      const SparseAction<S, Element> each{
          const_cast<Tiles*>(this),
          [](void* tiles, const S* u, S* p, Element* slots_of_run, std::size_t stride, std::size_t count) {
            const auto& self = *static_cast<const Tiles*>(tiles);
            const RunsOf runs(
                {{u, p, nullptr, slots_of_run, stride}, 0, count, self.record.first_chunk, false});
            if (self.walk.measuring != nullptr) self.walk.measuring(self.context, runs);
            self.walk.kernel(self.context, runs);
          },
          walk.writes};
      for_each_sparse_run(
          record, layout,
          SlotsOfBlock<Element>{further(walk.state, record.state), padded_size<S>(record.size), walk.slots},
          each);
    }
  };
};

}  // namespace descent::detail::inline DESCENT_BUILD
