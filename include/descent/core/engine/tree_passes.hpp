// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/matrix_pass.hpp>
#include <descent/core/engine/step.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/threads.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

// The passes of a step over all blocks, split among threads if the tree is large.

namespace descent::detail::inline DESCENT_BUILD {

/// No rule measures.
inline constexpr std::size_t no_leaf = static_cast<std::size_t>(-1);

template <class X, bool row_major_matrices>
class TreePasses {
  using P = typename X::Plan;
  using B = std::remove_cvref_t<decltype(std::declval<X&>().blocks)>;
  using Variants = typename P::AllVariants;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;
  template <std::size_t s>
  using KernelAt = Kernel<typename B::template ComputeAt<s>, typename B::template ElementAt<s>>;

 public:
  explicit TreePasses(const X& x) : x_(x), parts_(parts_of_step(x.blocks.elements)) {}

  /// What rule I measures over the tree.
  template <std::size_t I>
  DESCENT_OUTLINED auto measure_tree() const {
    return sums_of<I, MeasuringKernels<P, I>>();
  }

  /// The writing pass.
  DESCENT_INLINE void write() const {
    PassContext context(nullptr, nullptr, nullptr);
    if (x_.small) [[likely]] {
      run_small_groups<WritingKernels<P>>(x_.blocks, x_.constants, context);
    } else if (parts_ == 1) {
      run_groups<no_leaf, WritingKernels<P>>(Share{}, context);
    } else {
      auto part = [&](int number) { run_groups<no_leaf, WritingKernels<P>>(share_of(number), context); };
      run_parts(parts_, part);
    }
    // Rules of whole matrices run after the others, so that their matrix products can use all threads.
    if constexpr (any_matrix_rule<P>) write_whole();
  }

  /// Like above, and returns what rule I measures during the pass; no block may have a rule of whole
  /// matrices.
  template <std::size_t I>
  DESCENT_OUTLINED auto write_measured() const {
    return sums_of<I, MeasuringStepKernels<P, I>>();
  }

  /// Measures every block for rule I, and sets its constants.
  template <std::size_t I>
  DESCENT_OUTLINED void measure_blocks() const {
    using R = Leaf<I>;
    if constexpr (!InspectsBlocks<R>) {
      if (parts_ > 1) {
        auto part = [&](const Share& share) {
          for_each_measured<I>([&](std::size_t k, auto scalar) {
            const BlockRecord& record = x_.blocks.records[k];
            const ElementRange range = elements_in(record.chunks(), record.size, share.chunks);
            if (range.first == range.last) return;
            ChunkSums<R> sums(record.first_sums + range.first / chunk_size, x_.blocks.sums);
            measure_block<I, scalar>(k, range, record.first_sums, sums);
            sums.close();
          });
        };
        for_each_part(part);
      }
    }
    for_each_measured<I>([&](std::size_t k, auto scalar) {
      if constexpr (InspectsBlocks<R>) {
        set_block<I, scalar>(k, Nothing{});
      } else {
        set_block<I, scalar>(k, sums_of_block<I, scalar>(k).measured());
      }
    });
  }

  /// Stores what rules remember of each block after the step.
  void keep_memories() const {
    if constexpr (keeps_block_memories<P>)
      for (std::size_t k = 0; k < x_.blocks.count; ++k)
        if (!x_.blocks.records[k].absent)
          keep_block_memories<P>(typename P::AllLeaves{}, info_of(x_.blocks.records[k].variant),
                                 x_.blocks.extras[k]);
  }

  /// Whether any block has a rule of whole matrices.
  bool any_whole() const {
    bool any = false;
    if constexpr (any_matrix_rule<P>)
      for (std::size_t g = 0; g < x_.blocks.group_count; ++g)
        any |= info_of(x_.blocks.groups[g].variant).whole;
    return any;
  }

 private:
  static constexpr const VariantInfo& info_of(std::size_t variant) { return variant_infos<P>[variant]; }

  Share share_of(int part) const { return {chunks_of_part(x_.blocks.chunks, part, parts_), false}; }
  /// Calls f(share) for the share of each thread, in parallel.
  template <class F>
  void for_each_part(F& f) const {
    if (parts_ == 1) [[likely]]
      return f(Share{});
    auto part = [&](int number) { f(share_of(number)); };
    run_parts(parts_, part);
  }

  /// Performs one pass over all groups; measures rule I in it, unless I is no_leaf.
  template <std::size_t I, class Kernels>
  DESCENT_INLINE void run_groups(const Share& share, const PassContext& context) const {
    for (std::size_t g = 0; g < x_.blocks.group_count; ++g) {
      const BlockGroup& group = x_.blocks.groups[g];
      dispatch_scalar<B::scalars>(group.scalar, [&](auto scalar) {
        constexpr std::size_t s = scalar;
        using S = typename B::template ComputeAt<s>;
        const KernelAt<s> kernel = Kernels::template of<S>[group.variant];
        if (kernel == nullptr) return;
        constexpr bool writes = !std::is_same_v<Kernels, MeasuringKernels<P, I>>;
        const auto walk = walk_of<s>(group.variant, kernel, writes);
        const PassContext of_group{&get<s>(x_.constants), context.measuring, context.sums};
        if (info_of(group.variant).own_constants) return run_blocks<I, s>(walk, group, share, of_group);
        walk.group(of_group, group.first, group.last, share);
      });
    }
  }
  /// Whether one call can handle block k.
  template <std::size_t s>
  DESCENT_INLINE bool takes_block(std::size_t k) const {
    const BlockRecord& record = x_.blocks.records[k];
    return !is_narrow<typename B::template ScalarAt<s>> && x_.regular && record.size < smallest_prefetched &&
           !record.absent;
  }
  template <std::size_t s>
  Walk<typename B::template ScalarAt<s>, typename B::template ElementAt<s>> walk_of(std::size_t variant,
                                                                                    KernelAt<s> kernel,
                                                                                    bool writes) const {
    return {x_.blocks,
            x_.blocks.template slots_of<s>(),
            x_.blocks.masters[s],
            kernel,
            writes,
            info_of(variant).slots};
  }
  /// Visits blocks that have constants of their own.
  template <std::size_t I, std::size_t s, class W>
  void run_blocks([[maybe_unused]] const W& walk, [[maybe_unused]] const BlockGroup& group,
                  [[maybe_unused]] const Share& share, [[maybe_unused]] PassContext context) const {
    if constexpr (may_have_own_constants<P>) {
      for (std::size_t k = group.first; k < group.last; ++k) {
        context.constants = &get<s>(x_.blocks.extras[k].constants);
        if constexpr (has_clocks<P> && I != no_leaf) {
          const auto own = measuring_constants(x_.template rule<I>(), get<I>(x_.before()), x_.step_of(k));
          context.measuring = &own;
          walk.group(context, k, k + 1, share);
        } else if (share.all && takes_block<s>(k)) {
          walk.kernel(context, {x_.blocks.records + k, 1, walk.state});
        } else {
          walk.group(context, k, k + 1, share);
        }
      }
    }
  }

  /// Computes the sums of rule I in a pass over all groups.
  template <std::size_t I, class Kernels>
  auto sums_of() const {
    using R = Leaf<I>;
    const auto constants = measuring_constants(x_.template rule<I>(), get<I>(x_.before()), x_.step);
    Sums<R> total;
    if (parts_ > 1) std::fill_n(x_.blocks.sums, x_.blocks.chunks * measured_count<R>, 0.0);
    auto part = [&](const Share& share) {
      ChunkSums<R> sums(share.chunks.first, share.all ? nullptr : x_.blocks.sums);
      PassContext context(nullptr, &constants, &sums);
      if (x_.small) {
        run_small_groups<Kernels>(x_.blocks, x_.constants, context);
      } else {
        run_groups<I, Kernels>(share, context);
      }
      sums.close();
      if (share.all) total = sums.total;
    };
    for_each_part(part);
    if (parts_ > 1) total = total_of_chunks<R>(x_.blocks.sums, x_.blocks.chunks);
    return total.measured();
  }

  /// Calls f(k, index of the element type) for every block that rule I measures or inspects before the step
  /// is written.
  template <std::size_t I, class F>
  void for_each_measured(F&& f) const {
    for (std::size_t k = 0; k < x_.blocks.count; ++k) {
      const BlockRecord& record = x_.blocks.records[k];
      const VariantInfo& info = info_of(record.variant);
      if (!info.contains(I) || record.absent) continue;
      if (!InspectsBlocks<Leaf<I>> && I > info.first_matrix_leaf) continue;
      dispatch_scalar<B::scalars>(record.scalar, [&](auto scalar) { f(k, scalar); });
    }
  }
  template <std::size_t I, std::size_t s>
  void measure_block(std::size_t k, ElementRange range, std::size_t first_chunk,
                     ChunkSums<Leaf<I>>& sums) const {
    const BlockRecord& record = x_.blocks.records[k];
    const auto measuring = measuring_constants(x_.template rule<I>(), get<I>(x_.after_of(k)), x_.step_of(k));
    const KernelAt<s> kernel =
        MeasuringKernels<P, I>::template of<typename B::template ComputeAt<s>>[record.variant];
    const PassContext context{&get<s>(x_.blocks.extras[k].constants), &measuring, &sums};
    if (parts_ == 1 && takes_block<s>(k))
      return kernel(context, {x_.blocks.records + k, 1, x_.blocks.template slots_of<s>()});
    auto walk = walk_of<s>(record.variant, kernel, false);
    walk.counts_by_block = true;
    walk.first_chunk = first_chunk;
    walk.block(context, record, x_.blocks.layouts[k], range, nullptr);
  }
  template <std::size_t I, std::size_t s>
  Sums<Leaf<I>> sums_of_block(std::size_t k) const {
    using R = Leaf<I>;
    const BlockRecord& record = x_.blocks.records[k];
    if (parts_ > 1 && record.size > 0)
      return total_of_chunks<R>(x_.blocks.sums + record.first_sums * measured_count<R>,
                                chunks_in(record.size));
    ChunkSums<R> sums(record.first_chunk);
    measure_block<I, s>(k, {0, record.size}, record.first_chunk, sums);
    sums.close();
    return sums.total;
  }
  template <std::size_t I, std::size_t s, class Measured>
  void set_block(std::size_t k, const Measured& measured) const {
    auto& extra = x_.blocks.extras[k];
    auto& next = get<I>(extra.next_memories);
    next = get<I>(extra.memories);
    get<s>(extra.constants)
        .template set<I>(
            block_coefficients(x_.template rule<I>(), get<I>(x_.after_of(k)), next, x_.step_of(k), measured));
  }

  void write_whole() const {
    for (std::size_t k = 0; k < x_.blocks.count; ++k) {
      const BlockRecord& record = x_.blocks.records[k];
      if (!info_of(record.variant).whole || record.absent) continue;
      dispatch_scalar<B::scalars>(record.scalar, [&](auto scalar) {
        P::dispatch(record.variant, [&](auto variant) {
          if constexpr (VariantTraits<P, decltype(variant)>::has_matrix_rule &&
                        !VariantTraits<P, decltype(variant)>::freezes)
            MatrixPass<X, scalar, row_major_matrices>::template write<decltype(variant)>(x_, k);
        });
      });
    }
  }

  const X& x_;
  int parts_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
