// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/matrix_pass.hpp>
#include <descent/core/threads.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

// Passes over all blocks: one walk over the records, by one thread or with the chunks of the tree shared out among
// several.

namespace descent::detail {

/// What one thread walks: some chunks of the tree, or all.
struct Share {
  ChunkRange chunks{0, 0};
  bool all = true;
};

/// f(k, range) for what a share holds of each block of a group; blocks without a gradient are left out.
template <class B, class F>
DESCENT_INLINE void walk_group(const B& blocks, BlockGroup group, const Share& share, F&& f) {
  const BlockRecord* const records = blocks.records;
  std::size_t k = group.first;
  if (share.all) [[likely]] {
    for (; k < group.last; ++k) {
      if (has_clocks<typename B::Plan> && records[k].absent) continue;
      f(k, ElementRange{0, records[k].size});
    }
    return;
  }
  const auto ends_before = [](const BlockRecord& record, std::size_t chunk) {
    return record.chunks().end() <= chunk;
  };
  k = static_cast<std::size_t>(
      std::lower_bound(records + group.first, records + group.last, share.chunks.first, ends_before) - records);
  for (; k < group.last && records[k].first_chunk < share.chunks.end(); ++k) {
    if (has_clocks<typename B::Plan> && records[k].absent) continue;
    const ElementRange range = elements_in(records[k].chunks(), records[k].size, share.chunks);
    if (range.first < range.last) f(k, range);
  }
}

/// How a pass measures: with which constants, into what.
template <class R>
struct Measuring {
  const MeasuringConstants<R>& constants;
  ChunkSums<R>& sums;
};

/// The passes over a group of blocks that follow one variant, in one element type.
template <class X, class Variant, std::size_t s, bool row_major_matrices>
struct GroupPass {
  using P = typename X::Plan;
  using Block = BlockPass<X, s>;
  using Traits = VariantTraits<P, Variant>;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;
  template <std::size_t I>
  using Before = leaves_between<Variant, 0, I>;
  static constexpr bool writes = !Traits::freezes, whole = writes && Traits::has_matrix_rule;
  /// Whether a pass for rule I sees these blocks.
  template <std::size_t I>
  static constexpr bool follows = writes && Traits::contains(I);
  /// Whether rule I measures them before the step is written.
  template <std::size_t I>
  static constexpr bool measured_first = follows<I> && (MeetsBlocks<Leaf<I>> || I < next_matrix_rule<P>(Variant{}, 0));

  static void write(const X& x, BlockGroup group, const Share& share) {
    walk_group(x.blocks, group, share, [&](std::size_t k, ElementRange range) {
      Block::template write<Variant, Variant, true>(x, x.blocks.records[k], k, range,
                                                    x.template constants_of<Variant, s>(k));
    });
  }

  static void write_whole(const X& x, BlockGroup group) {
    walk_group(x.blocks, group, Share{}, [&](std::size_t k, ElementRange) {
      MatrixPass<X, s, row_major_matrices>::template write<Variant>(x, k);
    });
  }

  template <std::size_t I>
  static MeasuringConstants<Leaf<I>> constants_for([[maybe_unused]] const X& x,
                                                   const Measuring<Leaf<I>>& how,
                                                   [[maybe_unused]] std::size_t k) {
    if constexpr (has_clocks<P>) {
      return measuring_constants(get<I>(x.rules), get<I>(x.before), x.step_of(k));
    } else {
      return how.constants;
    }
  }

  /// What rule I measures over the tree.
  template <std::size_t I>
  static void measure(const X& x, BlockGroup group, const Share& share, const Measuring<Leaf<I>>& how) {
    walk_group(x.blocks, group, share, [&](std::size_t k, ElementRange range) {
      const BlockRecord& record = x.blocks.records[k];
      Block::template measure<I, Before<I>, Before<I>>(x, record, k, range,
                                                       x.template constants_of<Before<I>, s>(k),
                                                       constants_for<I>(x, how, k), record.first_chunk,
                                                       how.sums);
    });
  }

  template <std::size_t I>
  static void write_measured(const X& x, BlockGroup group, const Share& share, const Measuring<Leaf<I>>& how) {
    walk_group(x.blocks, group, share, [&](std::size_t k, ElementRange range) {
      Block::template write_measured<I, Variant>(x, x.blocks.records[k], k, range,
                                                 x.template constants_of<Variant, s>(k),
                                                 constants_for<I>(x, how, k), how.sums);
    });
  }

  /// What rule I measures over each block: the sums of each chunk go to the room for several threads.
  template <std::size_t I>
  static void measure_blocks(const X& x, BlockGroup group, const Share& share) {
    walk_group(x.blocks, group, share, [&](std::size_t k, ElementRange range) {
      const BlockRecord& record = x.blocks.records[k];
      ChunkSums<Leaf<I>> sums(record.first_sums + range.first / chunk_size, x.blocks.sums);
      measure_block<I>(x, k, range, record.first_sums, sums);
      sums.close();
    });
  }
  /// Sets the constants of each block: from those sums if `measured`, else it measures first.
  template <std::size_t I>
  static void set_blocks(const X& x, BlockGroup group, bool measured) {
    using R = Leaf<I>;
    walk_group(x.blocks, group, Share{}, [&](std::size_t k, ElementRange range) {
      if constexpr (MeetsBlocks<R>) {
        set_block<I>(x, k, Nothing{});
      } else if (measured) {
        const BlockRecord& record = x.blocks.records[k];
        const std::size_t chunks = record.size == 0 ? 0 : chunks_in(record.size);
        const double* const sums = x.blocks.sums + record.first_sums * measured_count<R>;
        set_block<I>(x, k, total_of_chunks<R>(sums, chunks).measured());
      } else {
        ChunkSums<R> sums;
        measure_block<I>(x, k, range, 0, sums);
        sums.close();
        set_block<I>(x, k, sums.total.measured());
      }
    });
  }

  /// Keeps what rules remember of each block after the step.
  static void keep_memories(const X& x, BlockGroup group) {
    walk_group(x.blocks, group, Share{}, [&](std::size_t k, ElementRange) { keep(Variant{}, x, k); });
  }

 private:
  template <std::size_t I>
  static void measure_block(const X& x, std::size_t k, ElementRange range, std::size_t first_chunk,
                            ChunkSums<Leaf<I>>& sums) {
    Block::template measure<I, Before<I>, Before<I>>(
        x, x.blocks.records[k], k, range, x.template constants_of<Variant, s>(k),
        measuring_constants(get<I>(x.rules), get<I>(x.memories_of(k)), x.step_of(k)), first_chunk, sums);
  }
  template <std::size_t I, class Measured>
  static void set_block(const X& x, std::size_t k, const Measured& measured) {
    auto& extra = x.blocks.extras[k];
    auto& next = get<I>(extra.next_memories);
    next = get<I>(extra.memories);
    get<s>(extra.constants)
        .template set<I>(
            block_coefficients(get<I>(x.rules), get<I>(x.memories_of(k)), next, x.step_of(k), measured));
  }
  template <std::size_t... I>
  static void keep(std::index_sequence<I...>, const X& x, std::size_t k) {
    (keep_memory<I>(x, k), ...);
  }
  template <std::size_t I>
  static void keep_memory([[maybe_unused]] const X& x, [[maybe_unused]] std::size_t k) {
    if constexpr (HasBlockMemory<Leaf<I>> && !MeetsBlocks<Leaf<I>> &&
                  I < next_matrix_rule<P>(Variant{}, 0)) {
      auto& extra = x.blocks.extras[k];
      std::swap(get<I>(extra.memories), get<I>(extra.next_memories));
    }
  }
};

}  // namespace descent::detail
