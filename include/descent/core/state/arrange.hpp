// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/plan.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/simd/prefetch.hpp>
#include <descent/core/state/blocks.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

// Arranges blocks: in groups, in chunks, and in the state of their element type.

namespace descent::detail::inline DESCENT_BUILD {

/// The storage of the state of an element type.
struct ScalarInfo {
  std::size_t lanes;  // slots are padded to a multiple of this
  bool narrow;        // whether there are masters
};
template <class... Scalar>
constexpr std::array<ScalarInfo, sizeof...(Scalar)> scalar_infos(TypeList<Scalar...>) {
  return {ScalarInfo{static_cast<std::size_t>(simd::Pack<ComputeType<Scalar>>::size), is_narrow<Scalar>}...};
}

/// The number of state elements and of masters that a tree needs for one element type.
struct StateSize {
  std::size_t slots = 0, masters = 0;
};

/// Groups consecutive blocks of the same variant and element type; returns the number of groups.
DESCENT_COLD inline std::size_t group_blocks(const BlockRecord* records, std::size_t count,
                                             BlockGroup* groups) {
  std::size_t made = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const BlockRecord& record = records[k];
    const auto number = static_cast<std::uint32_t>(k);
    if (made > 0 && groups[made - 1].variant == record.variant && groups[made - 1].scalar == record.scalar) {
      groups[made - 1].last = number + 1;
    } else {
      groups[made++] = {number, number + 1, record.variant, record.scalar, true};
    }
    groups[made - 1].small &= record.size < smallest_prefetched;
  }
  return made;
}

/// Places blocks whose variants are chosen; adds the needs of each element type to `states`.
DESCENT_COLD inline TreeTotals arrange_blocks(BlockRecord* records, BlockLayout* layouts, BlockGroup* groups,
                                              std::size_t count, const VariantInfo* variants,
                                              const ScalarInfo* scalars, StateSize* states) {
  TreeTotals totals;
  ChunkCounter chunks;
  for (std::size_t k = 0; k < count; ++k) {
    BlockRecord& record = records[k];
    const VariantInfo& variant = variants[record.variant];
    const ScalarInfo& scalar = scalars[record.scalar];
    StateSize& state = states[record.scalar];
    record.first_chunk = static_cast<std::uint32_t>(chunks.next(record.size).first);
    record.first_sums = static_cast<std::uint32_t>(totals.sums);
    totals.sums += chunks_in(record.size);
    totals.elements += record.size;
    record.state = state.slots;
    layouts[k].masters = state.masters;
    layouts[k].state_variant = record.variant;
    state.slots += (record.size + scalar.lanes - 1) / scalar.lanes * scalar.lanes * variant.slots;
    if (scalar.narrow && !variant.freezes) state.masters += record.size;
  }
  totals.chunks = chunks.count();
  totals.sums = std::max(totals.sums, totals.chunks);
  totals.groups = group_blocks(records, count, groups);
  return totals;
}

}  // namespace descent::detail::inline DESCENT_BUILD
