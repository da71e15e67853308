// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/preparation.hpp>
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
/// Kernels that write, and measure rule I for the next step.
template <class P, std::size_t I>
struct MeasuringStepKernels {
  template <class S>
  static constexpr auto of = KernelsOf<P, S>::template writing_measured<I>(typename P::AllVariants{});
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
/// The same for groups of several variants.
template <class Kernels, class P, class Scalars>
DESCENT_OUTLINED void run_several_groups(const Blocks<P, Scalars>& blocks,
                                         const AllConstants<P, Scalars>& constants, PassContext& context) {
  for (std::size_t g = 0; g < blocks.group_count; ++g)
    run_small_group<Kernels>(blocks, blocks.groups[g], constants, context);
}
/// The same for all groups. There is one if all blocks follow the same variant.
template <class Kernels, class P, class Scalars>
DESCENT_INLINE void run_small_groups(const Blocks<P, Scalars>& blocks,
                                     const AllConstants<P, Scalars>& constants, PassContext& context) {
  if (blocks.group_count == 1) [[likely]] {
    run_small_group<Kernels>(blocks, blocks.groups[0], constants, context);
  } else {
    run_several_groups<Kernels>(blocks, constants, context);
  }
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

// A step in order:
//
//   prepare what rules remember and the constants of the step, in double
//   for each rule that measures the tree: its sums are given, or one pass reads the tree; it may refuse the step
//   for each rule that measures blocks: one pass reads its blocks
//   one pass writes the tree
//   advance
//
// Nothing is written before the writing pass, which cannot fail.

/// The index of the rule that may measure during the writing pass; the number of all leaves if there is none.
template <class P, std::size_t... I>
constexpr std::size_t leaf_measured_while_writing(std::index_sequence<I...>) {
  return first_true({MeasuresWhileWriting<typename P::template Leaf<I>>...});
}
template <class P>
inline constexpr std::size_t measured_while_writing = leaf_measured_while_writing<P>(typename P::AllLeaves{});

/// A step by one kind of passes: TreePasses or FixedPasses.
template <class Passes, class X>
class StepInOrder {
  using P = typename X::Plan;
  using Leaves = typename P::AllLeaves;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;

 public:
  DESCENT_INLINE StepInOrder(const Passes& passes, X& x) : passes_(passes), x_(x) {}

  /// Returns false if a rule refuses the step: then only that rule's own memory has changed.
  DESCENT_INLINE bool take() {
    prepare();
    if (!measure(Leaves{})) return false;
    if (!write_measured()) passes_.write();
    passes_.keep_memories();
    return true;
  }

 private:
  DESCENT_INLINE void prepare() {
    if constexpr (has_clocks<P>) {
      for_each_present([&](std::size_t k, auto& extra) {
        prepare_rules<P>(x_.in_use, extra.clock.memories, x_.step_of(k), extra.constants);
      });
    } else {
      prepare_rules<P>(x_.in_use, x_.states, x_.step, x_.constants);
      for_each_own([&](auto& constants) { constants = x_.constants; });
    }
  }

  template <std::size_t... I>
  DESCENT_INLINE bool measure(std::index_sequence<I...>) {
    return (measure_for<I>() && ...);
  }
  template <std::size_t I>
  DESCENT_INLINE bool measure_for() {
    using R = Leaf<I>;
    if constexpr (measures_tree<R>) {
      return !x_.uses(I) || measure_tree_for<I>();
    } else if constexpr (measures_block<R>) {
      if (x_.uses(I)) passes_.template measure_blocks<I>();
    }
    return true;
  }
  template <std::size_t I>
  DESCENT_INLINE bool measure_tree_for() {
    using R = Leaf<I>;
    const R& rule = x_.template rule<I>();
    const Step& step = x_.step;
    auto& memory = get<I>(x_.after());
    const auto given = given_measurement<I, P>(x_.in_use.rules, x_.before(), step);
    const auto measured = given.has_value() ? *given : passes_.template measure_tree<I>();
    advance_measured(rule, get<I>(x_.before()), memory, step, measured);
    if constexpr (MaySkip<R>) {
      if (skips(rule, memory, measured)) {
        get<I>(x_.before()) = memory;
        return false;
      }
    }
    if constexpr (has_clocks<P>) {
      for_each_present([&](std::size_t k, auto& extra) {
        set_measured<I>(rule, memory, x_.step_of(k), measured, extra.constants);
      });
    } else {
      set_measured<I>(rule, memory, step, measured, x_.constants);
      for_each_own([&](auto& constants) { copy_constants<I>(x_.constants, constants); });
    }
    return true;
  }

  /// If a rule uses this step's measurement at the next step, measures it: during the writing pass, or in a pass of
  /// its own if some blocks have a rule of whole matrices. Returns whether it has written.
  DESCENT_INLINE bool write_measured() {
    constexpr std::size_t I = measured_while_writing<P>;
    if constexpr (I < P::leaves) {
      if (x_.uses(I) && x_.template rule<I>().measures_for_next_step()) {
        auto& memory = get<I>(x_.after());
        memory.measured = true;
        const bool writes = !passes_.any_whole();
        memory.last = writes ? passes_.template write_measured<I>() : passes_.template measure_tree<I>();
        return writes;
      }
    }
    return false;
  }

  /// Calls f(k, extra) for every block that has a gradient.
  template <class F>
  DESCENT_INLINE void for_each_present(F&& f) {
    for (std::size_t k = 0; k < x_.blocks.count; ++k)
      if (!x_.blocks.records[k].absent) f(k, x_.blocks.extras[k]);
  }
  /// Calls f(constants) for every block that has its own constants.
  template <class F>
  DESCENT_INLINE void for_each_own([[maybe_unused]] F&& f) {
    if constexpr (may_have_own_constants<P>)
      for (std::size_t k = 0; k < x_.blocks.count; ++k)
        if (variant_infos<P>[x_.blocks.records[k].variant].own_constants) f(x_.blocks.extras[k].constants);
  }
  template <std::size_t I, class All, std::size_t... s>
  static void copy_constants(const All& from, All& to, std::index_sequence<s...>) {
    ((get<I>(get<s>(to).of) = get<I>(get<s>(from).of)), ...);
  }
  template <std::size_t I, class All>
  static void copy_constants(const All& from, All& to) {
    copy_constants<I>(from, to, std::make_index_sequence<All::count>());
  }

  const Passes& passes_;
  X& x_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
