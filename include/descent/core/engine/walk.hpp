// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/kernels.hpp>
#include <descent/core/memory/block_record.hpp>
#include <descent/core/memory/runs.hpp>
#include <descent/core/memory/sparse_runs.hpp>
#include <descent/core/simd/build.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

// The walk turns blocks of any layout into runs of contiguous memory and calls a kernel for each.

namespace descent::detail::inline DESCENT_BUILD {

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
  std::size_t slots;             // slots of state in each block
  bool counts_by_block = false;  // whether a block's chunks start at `first_chunk`, not at its own
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
    if (is_narrow<Scalar>) return k;
    const BlockRecord* const records = table.records;
    while (k < last && records[k].layout == Layout::contiguous && !records[k].absent &&
           records[k].size < smallest_prefetched)
      ++k;
    return k;
  }

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
      self.walk.kernel(self.context,
                       RunsOf({{u, p, further(self.result, first),
                                further(self.walk.state, block.state + first), padded_size<S>(block.size)},
                               first,
                               count,
                               self.walk.counts_by_block ? self.walk.first_chunk : block.first_chunk,
                               count >= smallest_prefetched && prefetching_helps()}));
    }
    TileAction<S> action() const { return {this, &run, walk.writes}; }
    void sparse() const {
      const SparseAction<S, Element> each{
          const_cast<Tiles*>(this),
          [](void* tiles, const S* u, S* p, Element* slots_of_run, std::size_t stride, std::size_t count) {
            const auto& self = *static_cast<const Tiles*>(tiles);
            self.walk.kernel(
                self.context,
                RunsOf({{u, p, nullptr, slots_of_run, stride}, 0, count, self.record.first_chunk, false}));
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
