// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/runs.hpp>
#include <descent/core/plan/calls.hpp>
#include <descent/core/simd/build.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

// Measurements: sums over a block or the tree that a rule's formula needs. Adds in double, in 32 lanes by the
// element's number, and folds chunk by chunk in a fixed order: the result does not depend on the layout, the
// width of registers or the number of threads.

namespace descent::detail::inline DESCENT_BUILD {

inline constexpr std::size_t measuring_lanes = 32;
static_assert(chunk_size % tile_size<double> == 0 && tile_size<double> % measuring_lanes == 0);

template <class R>
using MeasuredOf = typename R::template Measured<double>;
template <class R>
inline constexpr std::size_t measured_count = field_count<MeasuredOf<R>>;

/// The number of sums that a rule measures.
template <class R>
constexpr std::size_t sums_count() {
  if constexpr (Measures<R>) return measured_count<R>;
  return 0;
}
/// The largest number of sums that a rule of a plan measures.
template <class P, std::size_t... I>
constexpr std::size_t most_sums(std::index_sequence<I...>) {
  return std::max({std::size_t{0}, sums_count<typename P::template Leaf<I>>()...});
}

template <class R, class X>
DESCENT_INLINE X combine(const X& a, const X& b) {
  if constexpr (!MeasuresMaximum<R>) {
    return a + b;
  } else if constexpr (std::is_same_v<X, double>) {
    return a < b ? b : a;
  } else {
    return max(a, b);
  }
}

/// The sums of one rule over one block, or over all blocks.
template <class R>
struct Sums {
  std::array<double, measured_count<R>> values{};

  void add(const Sums& other) {
    for (std::size_t f = 0; f < values.size(); ++f) values[f] = combine<R>(values[f], other.values[f]);
  }
  MeasuredOf<R> measured() const {
    return [&]<std::size_t... F>(std::index_sequence<F...>) {
      return MeasuredOf<R>{values[F]...};
    }(std::make_index_sequence<measured_count<R>>());
  }
};

/// The sums of one rule, with an accumulator for each of 32 lanes.
template <class R>
class LaneSums {
 public:
  using Wide = simd::Pack<double>;
  using Accumulators = typename R::template Measured<Wide>;
  static constexpr std::size_t lanes = static_cast<std::size_t>(Wide::size);
  static constexpr std::size_t registers = measuring_lanes / lanes;

  DESCENT_INLINE LaneSums() { clear(); }

  DESCENT_INLINE Accumulators& operator[](std::size_t w) { return sums_[w]; }

  /// Replaces the accumulators of register w by `sums` in the first `count` lanes only.
  DESCENT_INLINE void keep_first(std::size_t w, Accumulators& sums, int count) {
    const auto next = tie_fields<measured_count<R>>(sums), kept = tie_fields<measured_count<R>>(sums_[w]);
    keep_fields(kept, next, Wide::first(count), std::make_index_sequence<measured_count<R>>());
  }

  /// Folds the lanes into one number each, always in the same order; `clear` must follow if more is to be added.
  DESCENT_INLINE void fold_into(Sums<R>& sums) {
#pragma GCC unroll 8
    for (std::size_t half = registers / 2; half > 0; half /= 2)
#pragma GCC unroll 16
      for (std::size_t w = 0; w < half; ++w) combine_registers(w, w + half);
    fold_fields(sums, std::make_index_sequence<measured_count<R>>());
  }
  DESCENT_INLINE void clear() {
    [&]<std::size_t... F>(std::index_sequence<F...>) {
#pragma GCC unroll 16
      for (auto& each : sums_) each = Accumulators{(static_cast<void>(F), Wide(0.0))...};
    }(std::make_index_sequence<measured_count<R>>());
  }

 private:
  template <class Kept, class Next, std::size_t... F>
  static DESCENT_INLINE void keep_fields(const Kept& kept, const Next& next, simd::Mask<double> mask,
                                         std::index_sequence<F...>) {
    ((get<F>(kept) = select(mask, get<F>(next), get<F>(kept))), ...);
  }
  DESCENT_INLINE void combine_registers(std::size_t a, std::size_t b) {
    const auto into = tie_fields<measured_count<R>>(sums_[a]), from = tie_fields<measured_count<R>>(sums_[b]);
    [&]<std::size_t... F>(std::index_sequence<F...>) {
      ((get<F>(into) = combine<R>(get<F>(into), get<F>(from))), ...);
    }(std::make_index_sequence<measured_count<R>>());
  }
  template <std::size_t... F>
  void fold_fields(Sums<R>& sums, std::index_sequence<F...>) {
    const auto fields = tie_fields<sizeof...(F)>(sums_[0]);
    ((sums.values[F] = combine<R>(sums.values[F], folded(get<F>(fields)))), ...);
  }
  static DESCENT_INLINE double folded(Wide value) {
    double numbers[lanes];
    value.store(numbers);
#pragma GCC unroll 8
    for (std::size_t half = lanes / 2; half > 0; half /= 2)
#pragma GCC unroll 8
      for (std::size_t k = 0; k < half; ++k) numbers[k] = combine<R>(numbers[k], numbers[k + half]);
    return numbers[0];
  }

  std::array<Accumulators, registers> sums_;
};

/// Collects the sums chunk by chunk: adds them at once, or keeps them separate if several threads measure.
template <class R>
class ChunkSums {
 public:
  explicit ChunkSums(std::size_t first_chunk = 0, double* each_chunk = nullptr)
      : chunk_(first_chunk), each_(each_chunk) {}

  /// Starts a chunk: adds the measurements from here on to it.
  DESCENT_INLINE void open(std::size_t chunk) {
    if (chunk == chunk_) return;
    close();
    lanes.clear();
    chunk_ = chunk;
  }
  /// Folds the measurements of the open chunk. The last call, unless another chunk is opened.
  DESCENT_OUTLINED void close() {
    Sums<R> sums;
    lanes.fold_into(sums);
    if (each_ == nullptr) {
      total.add(sums);
    } else {
      for (std::size_t f = 0; f < measured_count<R>; ++f)
        each_[chunk_ * measured_count<R> + f] = sums.values[f];
    }
  }

  LaneSums<R> lanes;
  Sums<R> total;

 private:
  std::size_t chunk_;
  double* each_;
};

/// Adds the sums of the chunks in order.
template <class R>
Sums<R> total_of_chunks(const double* each_chunk, std::size_t chunks) {
  Sums<R> total, one;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    for (std::size_t f = 0; f < measured_count<R>; ++f)
      one.values[f] = each_chunk[chunk * measured_count<R> + f];
    total.add(one);
  }
  return total;
}

}  // namespace descent::detail::inline DESCENT_BUILD
