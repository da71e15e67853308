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
constexpr std::uint64_t leaves_with_own_constants(std::index_sequence<I...>) {
  return ((measures_block<typename P::template Leaf<I>> ? std::uint64_t{1} << I : 0) | ... | 0);
}
/// A bit for each leaf because of which a step needs more than constants and the writing kernels.
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
/// Whether kernels may be called for whole groups of blocks.
template <class P, class Scalars>
inline constexpr bool may_step_small = !has_clocks<P> && !any_narrow<Scalars>;

/// The kernels of a pass, for each element type.
template <class P>
struct WritingKernels {
  template <class S>
  static constexpr auto of = KernelsOf<P, S>::writing(typename P::AllVariants{});
};
template <class P, std::size_t I>
struct MeasuringKernels {
  template <class S>
  static constexpr auto of = KernelsOf<P, S>::template measuring<I>(typename P::AllVariants{});
};

/// Calls a kernel for a group of small contiguous blocks with the same constants.
template <class Kernels, class P, class Scalars>
DESCENT_INLINE void run_small_group(const Blocks<P, Scalars>& blocks, const BlockGroup& group,
                                    const AllConstants<P, Scalars>& constants, PassContext& context) {
  using B = Blocks<P, Scalars>;
  dispatch_scalar<B::scalars>(group.scalar, [&](auto scalar) {
    const auto kernel = Kernels::template of<typename B::template ComputeAt<scalar>>[group.variant];
    if (kernel == nullptr) return;
    context.constants = &get<scalar>(constants);
    kernel(context,
           {blocks.records + group.first, group.last - group.first, blocks.template slots_of<scalar>()});
  });
}
/// The same for all groups.
template <class Kernels, class P, class Scalars>
DESCENT_OUTLINED void run_small_groups(const Blocks<P, Scalars>& blocks,
                                       const AllConstants<P, Scalars>& constants, PassContext& context) {
  for (std::size_t g = 0; g < blocks.group_count; ++g)
    run_small_group<Kernels>(blocks, blocks.groups[g], constants, context);
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
