// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/tree_pass.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

// The passes of a step over all groups of blocks, shared out among threads if the tree is large.

namespace descent::detail {

/// A bit for each variant with a property.
template <class P, class Predicate, class... Sequences>
constexpr std::uint64_t variant_bits(Variants<Sequences...>, Predicate predicate) {
  std::uint64_t bits = 0, next = 1;
  ((bits |= predicate(Sequences{}) ? next : 0, next <<= 1), ...);
  return bits;
}
template <class P>
inline constexpr std::uint64_t variants_with_own_constants = variant_bits<P>(
    typename P::AllVariants{}, [](auto variant) { return has_own_constants<P, decltype(variant)>; });
template <class P>
inline constexpr std::uint64_t variants_of_whole_blocks =
    variant_bits<P>(typename P::AllVariants{}, [](auto variant) {
      return VariantTraits<P, decltype(variant)>::has_matrix_rule &&
             !VariantTraits<P, decltype(variant)>::freezes;
    });

template <class X, bool row_major_matrices>
class TreePasses {
  using P = typename X::Plan;
  using B = std::remove_cvref_t<decltype(std::declval<X&>().blocks)>;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;

 public:
  explicit TreePasses(const X& x) : x_(x), parts_(parts_of_step(x.blocks.elements)) {}

  /// What rule I measures over the tree.
  template <std::size_t I>
  DESCENT_OUTLINED auto measure_tree() const {
    return sums_of<I>([&](BlockGroup group, auto pass, const Share& share, const Measuring<Leaf<I>>& how) {
      if constexpr (decltype(pass)::template follows<I>) pass.template measure<I>(x_, group, share, how);
    });
  }

  /// Measures every block for rule I, and sets its constants.
  template <std::size_t I>
  DESCENT_OUTLINED void measure_blocks() const {
    bool measured = false;
    if constexpr (!MeetsBlocks<Leaf<I>>) {
      if (parts_ > 1) {
        measured = true;
        for_each_part([&](const Share& share) {
          for_each_group([&](BlockGroup group, auto pass) {
            if constexpr (decltype(pass)::template measured_first<I>)
              pass.template measure_blocks<I>(x_, group, share);
          });
        });
      }
    }
    for_each_group([&](BlockGroup group, auto pass) {
      if constexpr (decltype(pass)::template measured_first<I>)
        pass.template set_blocks<I>(x_, group, measured);
    });
  }

  void write() const {
    for_each_part([&](const Share& share) {
      for_each_group([&](BlockGroup group, auto pass) {
        if constexpr (decltype(pass)::writes && !decltype(pass)::whole) pass.write(x_, group, share);
      });
    });
    // Rules of whole matrices come after the others, so that the products inside them have all threads.
    if constexpr (variants_of_whole_blocks<P> != 0)
      for_each_group([&](BlockGroup group, auto pass) {
        if constexpr (decltype(pass)::whole) pass.write_whole(x_, group);
      });
  }

  /// The same, with what rule I measures while it is written; no block is taken as a whole.
  template <std::size_t I>
  DESCENT_OUTLINED auto write_measured() const {
    return sums_of<I>([&](BlockGroup group, auto pass, const Share& share, const Measuring<Leaf<I>>& how) {
      if constexpr (decltype(pass)::whole) {
      } else if constexpr (decltype(pass)::template follows<I>) {
        pass.template write_measured<I>(x_, group, share, how);
      } else if constexpr (decltype(pass)::writes) {
        pass.write(x_, group, share);
      }
    });
  }

  /// Keeps what rules remember of each block after the step.
  void keep_memories() const {
    if constexpr (keeps_block_memories<P>)
      for_each_group([&](BlockGroup group, auto pass) {
        if constexpr (decltype(pass)::writes) pass.keep_memories(x_, group);
      });
  }

  /// Whether a block is taken as a whole.
  bool any_whole() const {
    bool any = false;
    if constexpr (variants_of_whole_blocks<P> != 0)
      for (std::size_t g = 0; g < x_.blocks.group_count; ++g)
        any |= (variants_of_whole_blocks<P> >> x_.blocks.groups[g].variant & 1) != 0;
    return any;
  }

 private:
  /// f(group, pass) for every group, with the GroupPass of its variant and element type.
  template <class F>
  DESCENT_INLINE void for_each_group(F&& f) const {
    for (std::size_t g = 0; g < x_.blocks.group_count; ++g) {
      const BlockGroup group = x_.blocks.groups[g];
      dispatch_scalar<B::scalars>(group.scalar, [&]<std::size_t s>(std::integral_constant<std::size_t, s>) {
        P::dispatch(group.variant,
                    [&](auto variant) { f(group, GroupPass<X, decltype(variant), s, row_major_matrices>{}); });
      });
    }
  }
  /// f(share) for the share of each thread, in parallel.
  template <class F>
  DESCENT_INLINE void for_each_part(F&& f) const {
    if (parts_ == 1) [[likely]] {
      f(Share{});
    } else {
      auto part = [&](int number) { f(Share{chunks_of_part(x_.blocks.chunks, number, parts_), false}); };
      run_parts(parts_, part);
    }
  }
  /// The sums of rule I that f(group, pass, share, how) adds up, over all groups.
  template <std::size_t I, class F>
  DESCENT_INLINE auto sums_of(F&& f) const {
    using R = Leaf<I>;
    const auto constants = measuring_constants(get<I>(x_.rules), get<I>(x_.before), x_.step);
    Sums<R> total;
    if (parts_ > 1) std::fill_n(x_.blocks.sums, x_.blocks.chunks * measured_count<R>, 0.0);
    for_each_part([&](const Share& share) {
      ChunkSums<R> sums(share.chunks.first, share.all ? nullptr : x_.blocks.sums);
      const Measuring<R> how{constants, sums};
      for_each_group([&](BlockGroup group, auto pass) { f(group, pass, share, how); });
      sums.close();
      if (share.all) total = sums.total;
    });
    if (parts_ > 1) total = total_of_chunks<R>(x_.blocks.sums, x_.blocks.chunks);
    return total.measured();
  }

  const X& x_;
  int parts_;
};

}  // namespace descent::detail
