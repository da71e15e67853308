// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/kernels.hpp>
#include <descent/core/memory/half_precision_runs.hpp>
#include <descent/core/memory/sparse_runs.hpp>
#include <descent/core/simd/build.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

// The walk over blocks: turns the elements of any layout into runs of memory for a kernel. Compiled once for
// all rules.

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
  std::size_t slots;                       // slots of state in each block
  Kernel<S, Element> measuring = nullptr;  // if set, measures each tile before it is written
  bool counts_by_block = false;            // whether a block's chunks start at `first_chunk`, not at its own
  std::size_t first_chunk = 0;

  /// Visits a share's part of each block of a group; skips blocks without a gradient.
  DESCENT_OUTLINED void group(const PassContext& context, std::size_t k, std::size_t last,
                              const Share& share) const {
    const BlockRecord* const records = table.records;
    if (share.all) [[likely]]
      return whole_blocks(context, k, last);
    for (std::size_t end = last; k < end;) {  // the first block that ends in the share or after it
      const std::size_t middle = k + (end - k) / 2;
      if (records[middle].chunks().end() <= share.chunks.first) {
        k = middle + 1;
      } else {
        end = middle;
      }
    }
    for (; k < last && records[k].first_chunk < share.chunks.end(); ++k) {
      const ElementRange range = elements_in(records[k].chunks(), records[k].size, share.chunks);
      if (range.first < range.last && !records[k].absent)
        block(context, records[k], table.layouts[k], range, nullptr);
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
      tiles.run(static_cast<const S*>(record.gradient) + range.first,
                static_cast<S*>(record.parameters) + range.first, range.first, range.last - range.first);
    } else if (record.layout == Layout::strided) {
      for_each_tile<S>(record, layout, range, tiles.action());
    } else if (range.first == 0) {  // sparse: handled by the thread that has its first chunk
      tiles.sparse();
    }
  }

 private:
  /// Passes consecutive contiguous blocks to the kernel together.
  void whole_blocks(const PassContext& context, std::size_t k, std::size_t last) const {
    const BlockRecord* const records = table.records;
    while (k < last) {
      const BlockRecord& record = records[k];
      std::size_t end = k;
      if (!is_narrow<Scalar> && measuring == nullptr)
        while (end < last && records[end].layout == Layout::contiguous && !records[end].absent &&
               records[end].size < smallest_prefetched)
          ++end;
      if (end > k) {
        kernel(context, RunsOf(records + k, end - k, state));
        k = end;
      } else {
        if (!record.absent) block(context, record, table.layouts[k], {0, record.size}, nullptr);
        ++k;
      }
    }
  }

  static constexpr std::size_t near = 2048;

  /// One block, run by run.
  struct Tiles {
    const Walk& walk;
    const PassContext& context;
    const BlockRecord& record;
    const BlockLayout& layout;
    S* result;

    void run(const S* u, S* p, std::size_t first, std::size_t count) const {
      RunsOf runs({u, p, result == nullptr ? nullptr : result + first,
                   further(walk.state, record.state + first), padded_size<S>(record.size)},
                  first, count, walk.counts_by_block ? walk.first_chunk : record.first_chunk);
      runs.prefetches = count >= smallest_prefetched && prefetching_helps();
      if (walk.measuring == nullptr) return walk.kernel(context, runs);
      measure_and_write(runs);
    }
    /// Works in tiles that stay in the caches: measures each, then writes it.
    void measure_and_write(RunsOf runs) const {
      const Run<S, Element> whole = runs.run;
      const std::size_t first = runs.first, count = runs.count;
      for (std::size_t i = 0; i < count; i += near) {
        runs.run = {whole.update + i, whole.parameters + i, nullptr, further(whole.state, i), whole.stride};
        runs.first = first + i;
        runs.count = std::min(near, count - i);
        walk.measuring(context, runs);
        walk.kernel(context, runs);
      }
    }
    TileAction<S> action() const {
      return {const_cast<Tiles*>(this),
              [](void* tiles, const S* u, S* p, std::size_t first, std::size_t count) {
                static_cast<const Tiles*>(tiles)->run(u, p, first, count);
              },
              walk.writes};
    }
    void sparse() const {
      const SparseAction<S, Element> each{
          const_cast<Tiles*>(this),
          [](void* tiles, const S* u, S* p, Element* slots_of_run, std::size_t stride, std::size_t count) {
            const auto& self = *static_cast<const Tiles*>(tiles);
            const RunsOf runs({u, p, nullptr, slots_of_run, stride}, 0, count, self.record.first_chunk);
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
