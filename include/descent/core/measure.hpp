// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/sweep.hpp>

#include <array>
#include <cstddef>
#include <utility>

// Measurements: sums over a block or the tree that a rule's formula needs. In double, in 16 lanes by
// the element's number, folded every 4096 elements in a fixed order: the value depends neither on the
// layout nor on the width of registers nor on how the work is split.

namespace descent::detail {

inline constexpr std::size_t measuring_lanes = 16;
inline constexpr std::size_t measuring_chunk = 4096;
static_assert(measuring_chunk % tile_size<double> == 0);

template <class R>
using MeasuredOf = typename R::template Measured<double>;
template <class R>
inline constexpr std::size_t measured_count = field_count<MeasuredOf<R>>;

/// Measurements are sums unless the rule says `static constexpr bool measures_maximum = true`; then they
/// are maxima of values that are at least 0.
template <class R>
concept MeasuresMaximum = requires { requires R::measures_maximum; };

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

/// The sums of one rule over one block, or over all.
template <class R>
struct Sums {
  std::array<double, measured_count<R>> values{};

  void add(const Sums& other) {
    for (std::size_t f = 0; f < values.size(); ++f) values[f] = combine<R>(values[f], other.values[f]);
  }
  MeasuredOf<R> measured() const {
    return std::apply([](auto... value) { return MeasuredOf<R>{value...}; }, values);
  }
};

using WideGroup =
    std::array<simd::Pack<double>, measuring_lanes / static_cast<std::size_t>(simd::Pack<double>::size)>;

/// Sixteen neighbouring values as doubles.
template <class S, std::size_t packs>
DESCENT_INLINE WideGroup widen_group(const simd::Pack<S> (&group)[packs]) {
  WideGroup result;
  if constexpr (simd::has_packets<S>) {
    std::size_t next = 0;
#pragma GCC unroll 16
    for (std::size_t k = 0; k < packs; ++k) {
      for (const auto& wide : simd::widen(group[k])) result[next++] = wide;
    }
  } else {
    double buffer[measuring_lanes];
    for (std::size_t k = 0; k < packs; ++k) {
      S value;
      group[k].store(&value);
      buffer[k] = static_cast<double>(value);
    }
    for (std::size_t w = 0; w < result.size(); ++w)
      result[w] = simd::Pack<double>::load(buffer + w * measuring_lanes / result.size());
  }
  return result;
}

/// Sixteen accumulators for each quantity.
template <class R>
class LaneSums {
 public:
  using Wide = simd::Pack<double>;
  static constexpr std::size_t registers = std::tuple_size_v<WideGroup>;

  DESCENT_INLINE LaneSums() { clear(); }

  /// Adds what the rule measures on a group of which the first `valid` elements count.
  template <class S, std::size_t packs>
  DESCENT_INLINE void add(const Values<S, packs>& values, std::size_t valid) {
    const WideGroup update = widen_group(values.update), parameter = widen_group(values.parameter),
                    gradient = widen_group(values.gradient);
#pragma GCC unroll 16
    for (std::size_t w = 0; w < registers; ++w) {
      auto measured = apply_measure<R>(update[w], parameter[w], gradient[w]);
      const auto fields = tie_fields<measured_count<R>>(measured);
      add_fields(fields, w, valid, std::make_index_sequence<measured_count<R>>());
    }
  }

  /// Folds the lanes into one number each, always in the same order, and starts anew.
  void fold_into(Sums<R>& sums) {
    for (std::size_t f = 0; f < measured_count<R>; ++f) {
      double lanes[measuring_lanes];
      for (std::size_t w = 0; w < registers; ++w)
        sums_[f][w].store(lanes + w * static_cast<std::size_t>(Wide::size));
      for (std::size_t half = measuring_lanes / 2; half > 0; half /= 2)
        for (std::size_t k = 0; k < half; ++k) lanes[k] = combine<R>(lanes[k], lanes[k + half]);
      sums.values[f] = combine<R>(sums.values[f], lanes[0]);
    }
    clear();
  }

 private:
  DESCENT_INLINE void clear() {
    for (auto& sum : sums_)
      for (Wide& lane : sum) lane = Wide(0.0);
  }

  template <class Fields, std::size_t... F>
  DESCENT_INLINE void add_fields(const Fields& fields, std::size_t w, std::size_t valid,
                                 std::index_sequence<F...>) {
    (add_field(sums_[F][w], std::get<F>(fields), w, valid), ...);
  }
  static DESCENT_INLINE void add_field(Wide& sum, Wide value, std::size_t w, std::size_t valid) {
    if (valid < measuring_lanes) {
      const int count = static_cast<int>(valid) - static_cast<int>(w) * Wide::size;
      value = select(Wide::first(count), value, Wide(0.0));
    }
    sum = combine<R>(sum, value);
  }

  std::array<std::array<Wide, registers>, measured_count<R>> sums_;
};

/// The last group of a run, of which only the first `valid` elements are there.
template <class S, std::size_t packs, class F>
DESCENT_INLINE Values<S, packs> evaluate_last_group(const F& formula, const Run<S>& run, std::size_t i,
                                                    std::size_t valid) {
  using V = simd::Pack<S>;
  constexpr auto lanes = static_cast<std::size_t>(V::size);
  Values<S, packs> values;
  for (std::size_t k = 0; k < packs; ++k) {
    Values<S, 1> one{{V(0)}, {V(0)}, {V(0)}};
    if (valid > k * lanes) {
      if (valid >= (k + 1) * lanes) {
        load(one, run, i + k * lanes);
      } else {
        load_tail(one, run, i + k * lanes, static_cast<int>(valid - k * lanes));
      }
      formula(one, run, i + k * lanes);
    }
    values.update[k] = one.update[0];
    values.parameter[k] = one.parameter[0];
    values.gradient[k] = one.gradient[0];
  }
  return values;
}

/// Measures a run whose first element is number `first` of its block; `first` is a multiple of 16.
template <class R, class P, class Variant, class Segment, class S>
DESCENT_OUTLINED void measure_run(const Run<S>& run, std::size_t first, std::size_t count,
                                  const Constants<P, S>& constants, LaneSums<R>& lanes, Sums<R>& sums) {
  constexpr std::size_t packs = measuring_lanes / static_cast<std::size_t>(simd::Pack<S>::size);
  const Formula<P, Variant, Segment, Pass::looks, S> formula(constants);
  std::size_t i = 0;
  while (i < count) {
    const std::size_t chunk_end = std::min(count, i + measuring_chunk - (first + i) % measuring_chunk);
    LaneSums<R> local = lanes;
    for (; i + measuring_lanes <= chunk_end; i += measuring_lanes) {
      Values<S, packs> values;
      load(values, run, i);
      formula(values, run, i);
      local.add(values, measuring_lanes);
    }
    if (i < chunk_end) {
      local.add(evaluate_last_group<S, packs>(formula, run, i, chunk_end - i), chunk_end - i);
      i = chunk_end;
    }
    lanes = local;
    if ((first + i) % measuring_chunk == 0) lanes.fold_into(sums);
  }
}

}  // namespace descent::detail
