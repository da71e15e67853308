// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/walk.hpp>
#include <descent/core/simd/build.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

// The steps of a small model: if no rule measures, and all blocks are small and contiguous, a step prepares its
// constants and calls one kernel for each group. What a longer step needs besides (a context, threads, a walk over
// layouts) takes longer than the arithmetic of 16 parameters.

namespace descent::detail::inline DESCENT_BUILD {

template <class P, std::size_t... I>
constexpr std::uint64_t leaves_with_passes(std::index_sequence<I...>) {
  return ((measures_tree<typename P::template Leaf<I>> || measures_block<typename P::template Leaf<I>> ||
                   MatrixRule<typename P::template Leaf<I>> || HasBlockState<typename P::template Leaf<I>>
               ? std::uint64_t{1} << I
               : 0) |
          ... | 0);
}
template <class Scalars>
inline constexpr bool any_narrow = false;
template <class... Scalar>
inline constexpr bool any_narrow<TypeList<Scalar...>> = (is_narrow<Scalar> || ...);
/// Whether there may be steps that only prepare constants and write small blocks.
template <class P, class Scalars>
inline constexpr bool may_step_small = !has_clocks<P> && !any_narrow<Scalars>;

/// Writes a group of small contiguous blocks with the same constants.
template <class P, class Scalars>
DESCENT_INLINE void write_small_group(const Blocks<P, Scalars>& blocks, const BlockGroup& group,
                                      const AllConstants<P, Scalars>& constants) {
  using B = Blocks<P, Scalars>;
  dispatch_scalar<B::scalars>(group.scalar, [&](auto scalar) {
    static constexpr auto kernels =
        KernelsOf<P, typename B::template ComputeAt<scalar>>::writing(typename P::AllVariants{});
    if (const auto kernel = kernels[group.variant])
      kernel(PassContext(&get<scalar>(constants)),
             {blocks.records + group.first, group.last - group.first, blocks.template slots_of<scalar>()});
  });
}
/// The same for all groups.
template <class P, class Scalars>
DESCENT_OUTLINED void write_small_groups(const Blocks<P, Scalars>& blocks,
                                         const AllConstants<P, Scalars>& constants) {
  for (std::size_t g = 0; g < blocks.group_count; ++g) write_small_group(blocks, blocks.groups[g], constants);
}

/// What writing needs of a step if no rule measures; a whole context takes longer to fill than a tiny step to write.
template <class P, class Scalars>
struct SmallStep {
  using Plan = P;
  struct Located {
    BlockRecord* records;
    std::array<void*, Blocks<P, Scalars>::scalars> slots;
    template <std::size_t s>
    DESCENT_INLINE auto* slots_of(const BlockRecord& record) const {
      return static_cast<typename Blocks<P, Scalars>::template ElementAt<s>*>(slots[s]) + record.state;
    }
  };
  Located blocks;
  const AllConstants<P, Scalars>& constants;
};

}  // namespace descent::detail::inline DESCENT_BUILD
