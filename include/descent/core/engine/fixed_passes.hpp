// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/preparation.hpp>
#include <descent/core/engine/step.hpp>
#include <descent/core/engine/walk.hpp>
#include <descent/core/simd/build.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

// The passes of a step over contiguous blocks whose number and sizes are known at compile time: the same
// kernels, unrolled in place if a block is small.

namespace descent::detail::inline DESCENT_BUILD {

/// Whether the rules allow stepping a fixed tree this way.
template <class P>
inline constexpr bool steps_in_place = !any_matrix_rule<P> && !has_clocks<P>;

struct LiesInOnePiece {
  template <class B>
  static constexpr bool holds =
      contiguous_by_type<std::remove_cvref_t<B>> && !is_narrow<typename std::remove_cvref_t<B>::Scalar>;
};
/// Whether they can step a fixed tree along a gradient of this type.
template <class P, class Tree, class Gradient>
constexpr bool fits_in_place() {
  if constexpr (!steps_in_place<P> || !all_blocks<Gradient, IsNotSparse>()) {
    return false;
  } else {
    return all_blocks<Tree, LiesInOnePiece>() && all_blocks<Gradient, LiesInOnePiece>() &&
           all_pairs<Tree, Gradient, SameStorageOrder>();
  }
}

template <class X, class Sequence>
class FixedPasses;
template <template <class, class> class Context, class P, class Scalars, class... Types>
class FixedPasses<Context<P, Scalars>, BlockSequence<Types...>> {
  using X = Context<P, Scalars>;
  using B = Blocks<P, Scalars>;
  using All = std::index_sequence_for<Types...>;
  static constexpr bool is_small = std::is_same_v<X, SmallStep<P, Scalars>>;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;

 public:
  explicit FixedPasses(const X& x) : x_(x) {}

  template <std::size_t I>
  DESCENT_INLINE auto measure_tree() const {
    using R = Leaf<I>;
    const auto constants = measuring_constants(x_.template rule<I>(), get<I>(x_.before()), x_.step);
    ChunkSums<R> sums;
    for_each_block([&]<class Block>(Block, std::size_t k, auto variant) {
      if constexpr (Block::template follows<I>(variant))
        Block::template measure<I>(x_, k, variant, constants, x_.blocks.records[k].first_chunk, sums);
    });
    sums.close();
    return sums.total.measured();
  }

  template <std::size_t I>
  DESCENT_INLINE void measure_blocks() const {
    using R = Leaf<I>;
    for_each_block([&]<class Block>(Block, std::size_t k, auto variant) {
      if constexpr (Block::template follows<I>(variant)) {
        if constexpr (InspectsBlocks<R>) {
          Block::template set<I>(x_, k, Nothing{});
        } else {
          ChunkSums<R> sums;
          Block::template measure<I>(x_, k, variant,
                                     measuring_constants(x_.template rule<I>(), get<I>(x_.after()), x_.step),
                                     0, sums);
          sums.close();
          Block::template set<I>(x_, k, sums.total.measured());
        }
      }
    });
  }

  DESCENT_INLINE void write() const {
    if constexpr (!may_have_own_constants<P> && !is_small) {
      const SmallStep<P, Scalars> x{{x_.blocks.records, x_.blocks.slots}, x_.constants};
      FixedPasses<SmallStep<P, Scalars>, BlockSequence<Types...>>(x).write();
    } else if constexpr (is_small && P::uniform && sizeof...(Types) > 0) {
      P::dispatch(x_.blocks.records[0].variant, [&](auto variant) {
        write_variant<decltype(variant)>(x_.blocks.records, x_.blocks.slots, x_.constants);
      });
    } else {
      for_each_block([&]<class Block>(Block, std::size_t k, auto variant) {
        if constexpr (Block::writes(variant)) Block::write(x_, k, variant);
      });
    }
  }

  /// Like above, and returns what rule I measures. Measures in a separate pass, because all data is in the
  /// caches.
  template <std::size_t I>
  DESCENT_INLINE auto write_measured() const {
    const auto measured = measure_tree<I>();
    write();
    return measured;
  }

  void keep_memories() const {
    if constexpr (keeps_block_memories<P>) {
      for (std::size_t k = 0; k < sizeof...(Types); ++k)
        keep_block_memories<P>(typename P::AllLeaves{}, variant_infos<P>[x_.blocks.records[k].variant],
                               x_.blocks.extras[k]);
    }
  }
  static constexpr bool any_whole() { return false; }

 private:
  /// Takes numbers and pointers, which are passed in registers.
  template <class Variant>
  static DESCENT_OUTLINED DESCENT_FLATTENED void write_variant(BlockRecord* records,
                                                               std::array<void*, B::scalars> slots,
                                                               const AllConstants<P, Scalars>& constants) {
    const X x{{records, slots}, constants};
    auto write_block = [&]<class Block>(Block, std::size_t k, Variant variant) {
      if constexpr (Block::writes(variant)) Block::write(x, k, variant);
    };
    FixedPasses(x).visit(All{}, Variant{}, write_block);
  }
  /// One block of element type number s, with `size` elements.
  template <std::size_t s, std::size_t size>
  struct FixedBlock {
    using S = typename B::template ComputeAt<s>;
    using Element = typename B::template ElementAt<s>;
    using Count = std::integral_constant<std::size_t, size>;

    template <class Variant>
    static constexpr bool writes(Variant) {
      return !VariantTraits<P, Variant>::freezes;
    }
    template <std::size_t I, class Variant>
    static constexpr bool follows(Variant variant) {
      return writes(variant) && VariantTraits<P, Variant>::contains(I);
    }
    static DESCENT_INLINE auto run_of(const X& x, std::size_t k) {
      const BlockRecord& record = x.blocks.records[k];
      return Run<S, Element>{static_cast<const S*>(record.gradient), static_cast<S*>(record.parameters),
                             nullptr, x.blocks.template slots_of<s>(record), padded_size<S>(size)};
    }
    static Runs<S, Element> runs_of(const X& x, std::size_t k, std::size_t first_chunk) {
      return Runs<S, Element>({run_of(x, k), 0, size, first_chunk, false});
    }
    template <class Variant>
    static DESCENT_INLINE const Constants<P, S>& own_constants(const X& x, [[maybe_unused]] std::size_t k) {
      if constexpr (VariantTraits<P, Variant>::measures_blocks && !is_small) {
        return get<s>(x.blocks.extras[k].constants);
      } else {
        return get<s>(x.constants);
      }
    }
    template <std::size_t I, class Variant, class How>
    static DESCENT_INLINE void measure(const X& x, std::size_t k, Variant, const How& how,
                                       std::size_t first_chunk, ChunkSums<Leaf<I>>& sums) {
      using Before = leaves_between<Variant, 0, I>;
      using Slots = MeasuredSlots<Variant, I>;
      const auto& constants = own_constants<Variant>(x, k);
      if constexpr (size <= largest_inlined) {
        sums.open(first_chunk);
        MeasuredUpdates<I, P, Slots, Before, S> updates(constants);
        const Measurement<Leaf<I>, S, Element> measurement(how);
        measurement.template add_few<size>(sums.lanes, updates.of(run_of(x, k), 0, size));
      } else {
        measure_kernel<I, P, Slots, Before, S>({&constants, &how, &sums}, runs_of(x, k, first_chunk));
      }
    }
    template <class Variant>
    static DESCENT_INLINE void write(const X& x, std::size_t k, Variant) {
      const auto& constants = own_constants<Variant>(x, k);
      if constexpr (size <= largest_inlined) {
        const Formula<P, Variant, Variant, Pass::writes, S> formula(constants);
        step_run_with<true>(formula, run_of(x, k), Count{}, false);
      } else {
        write_kernel<P, Variant, Variant, true, S>(PassContext(&constants), runs_of(x, k, 0));
      }
    }
    template <std::size_t I, class Measured>
    static void set(const X& x, std::size_t k, const Measured& measured) {
      auto& extra = x.blocks.extras[k];
      auto& next = get<I>(extra.next_memories);
      next = get<I>(extra.memories);
      get<s>(extra.constants)
          .template set<I>(
              block_coefficients(x.template rule<I>(), get<I>(x.after()), next, x.step, measured));
    }
  };

  /// Calls f(FixedBlock, k, variant) for every block.
  template <class F>
  DESCENT_INLINE void for_each_block(F&& f) const {
    if constexpr (P::uniform && sizeof...(Types) > 0) {
      P::dispatch(x_.blocks.records[0].variant, [&](auto variant) { visit(All{}, variant, f); });
    } else {
      visit_each(All{}, f);
    }
  }
  template <std::size_t... k, class Variant, class F>
  DESCENT_INLINE void visit(std::index_sequence<k...>, Variant variant, F& f) const {
    (f(FixedBlock<scalar_of<Types>, static_cast<std::size_t>(Types::size)>{}, k, variant), ...);
  }
  template <std::size_t... k, class F>
  DESCENT_INLINE void visit_each(std::index_sequence<k...>, F& f) const {
    (P::dispatch(x_.blocks.records[k].variant,
                 [&](auto variant) {
                   f(FixedBlock<scalar_of<Types>, static_cast<std::size_t>(Types::size)>{}, k, variant);
                 }),
     ...);
  }
  template <class Type>
  static constexpr std::size_t scalar_of = place_in<typename Type::Scalar, Scalars>;

  const X& x_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
