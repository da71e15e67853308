// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/sums.hpp>
#include <descent/core/engine/pass.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace descent::detail {

/// One rule that measures, at its place among the others: from runs of memory to sums.
template <std::size_t I, class P, class Variant, class Segment, class S>
class Measurement {
 public:
  using R = typename P::template Leaf<I>;
  using Wide = simd::Pack<double>;
  using Element = StateElement<P, S>;
  using RunOf = Run<S, Element>;
  static constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
  static constexpr auto wide_lanes = static_cast<std::size_t>(Wide::size);
  /// Packs that go through the rules together.
  static constexpr std::size_t packs = simd::has_packets<S> ? 2 : wide_lanes;
  static constexpr std::size_t group = packs * lanes;
  static constexpr std::size_t wide_packs = group / wide_lanes;
  static_assert(measuring_lanes % group == 0);
  using WideValues = std::array<Wide, wide_packs>;

  DESCENT_INLINE Measurement(const Constants<P, S>& constants, const MeasuringConstants<R>& measuring)
      : formula_(constants), coefficients_(spread_over_lanes<R>(measuring)) {}

  /// Adds elements i to end, as many as make whole groups of 32; returns the first that it left.
  DESCENT_INLINE std::size_t add_whole(LaneSums<R>& lane_sums, const RunOf& run, std::size_t i,
                                       std::size_t end, PrefetchedWalk walk) const {
    LaneSums<R> sums = lane_sums;  // in registers: nothing here indexes them with a variable
    while (i + measuring_lanes <= end) {
      if (i < walk.last) formula_.template ask_ahead<prefetched_together, false>(run, i);
      const std::size_t here = std::min(end, i + walk.tile);
      for (; i + measuring_lanes <= here; i += measuring_lanes) add_lanes(sums, run, i);
    }
    lane_sums = sums;
    return i;
  }

  /// Adds 32 elements from number i of the run on.
  DESCENT_INLINE void add_lanes(LaneSums<R>& sums, const RunOf& run, std::size_t i) const {
#pragma GCC unroll 16
    for (std::size_t k = 0; k < measuring_lanes; k += group) {
      Values<S, packs> values;
      load(values, run, i + k);
      formula_(values, run, i + k);
      add_group(sums, values, run, i + k, k / wide_lanes);
    }
  }

  /// Adds the first `count` elements of a run, at most 64, unrolled.
  template <std::size_t count>
  DESCENT_INLINE void add_few(LaneSums<R>& sums, const RunOf& run) const {
    constexpr std::size_t whole = count / group * group;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < whole; i += group) {
      Values<S, packs> values;
      load(values, run, i);
      formula_(values, run, i);
      add_group(sums, values, run, i, i % measuring_lanes / wide_lanes);
    }
    if constexpr (whole < count)
      add_part(sums, last_group(formula_, run, whole, count - whole), run, whole,
               whole % measuring_lanes / wide_lanes, count - whole);
  }

  /// Adds the last `valid` elements of a run, fewer than 32.
  DESCENT_INLINE void add_last(LaneSums<R>& sums, const RunOf& run, std::size_t i, std::size_t valid) const {
    for (std::size_t k = 0; k < valid; k += group) {
      const std::size_t here = std::min(group, valid - k);
      add_part(sums, last_group(formula_, run, i + k, here), run, i + k, k / wide_lanes, here);
    }
  }

  /// A group of which only the first `valid` elements are there, after a formula.
  template <class F>
  static DESCENT_INLINE Values<S, packs> last_group(const F& formula, const RunOf& run, std::size_t i,
                                                    std::size_t valid) {
    Values<S, packs> values;
#pragma GCC unroll 8
    for (std::size_t k = 0; k < packs; ++k) {
      Values<S, 1> one{{simd::Pack<S>(0)}, {simd::Pack<S>(0)}, {simd::Pack<S>(0)}};
      if (valid > k * lanes) {
        load_part(one, run, i + k * lanes, std::min(lanes, valid - k * lanes));
        formula(one, run, i + k * lanes);
      }
      values.update[k] = one.update[0];
      values.parameter[k] = one.parameter[0];
      values.gradient[k] = one.gradient[0];
    }
    return values;
  }

  /// Adds a group of values, to the accumulators from number `first` on.
  DESCENT_INLINE void add_group(LaneSums<R>& sums, const Values<S, packs>& values, const RunOf& run,
                                std::size_t i, std::size_t first) const {
    const WideValues update = wide_update(values, run, i), parameter = widen_all(values.parameter),
                     gradient = widen_all(values.gradient);
#pragma GCC unroll 16
    for (std::size_t w = 0; w < wide_packs; ++w) {
      auto state = wide_state(run, i + w * wide_lanes, wide_lanes);
      apply_measure<R>(update[w], parameter[w], gradient[w], state, coefficients_, sums[first + w]);
    }
  }

  /// Adds the first `valid` of a group of values.
  DESCENT_INLINE void add_part(LaneSums<R>& sums, const Values<S, packs>& values, const RunOf& run,
                               std::size_t i, std::size_t first, std::size_t valid) const {
    const WideValues update = widen_all(values.update), parameter = widen_all(values.parameter),
                     gradient = widen_all(values.gradient);
#pragma GCC unroll 16
    for (std::size_t w = 0; w < wide_packs; ++w) {
      if (w * wide_lanes >= valid) return;
      const std::size_t count = std::min(wide_lanes, valid - w * wide_lanes);
      auto next = sums[first + w];
      auto state = wide_state(run, i + w * wide_lanes, count);
      apply_measure<R>(update[w], parameter[w], gradient[w], state, coefficients_, next);
      sums.keep_first(first + w, next, static_cast<int>(count));
    }
  }

 private:
  /// Straight from memory where no rule comes before: that spares taking registers apart.
  DESCENT_INLINE WideValues wide_update(const Values<S, packs>& values, [[maybe_unused]] const RunOf& run,
                                        [[maybe_unused]] std::size_t i) const {
    if constexpr (std::is_same_v<Segment, std::index_sequence<>> && simd::has_packets<S>) {
      WideValues result;
#pragma GCC unroll 16
      for (std::size_t w = 0; w < wide_packs; ++w)
        result[w] = simd::load_as_double(run.update + i + w * wide_lanes);
      return result;
    } else {
      return widen_all(values.update);
    }
  }

  static DESCENT_INLINE WideValues widen_all(const simd::Pack<S> (&values)[packs]) {
    WideValues result;
    if constexpr (simd::has_packets<S>) {
      std::size_t next = 0;
#pragma GCC unroll 16
      for (std::size_t k = 0; k < packs; ++k)
        for (const auto& wide : simd::widen(values[k])) result[next++] = wide;
    } else {
      double buffer[packs];
      for (std::size_t k = 0; k < packs; ++k) {
        S value;
        values[k].store(&value);
        buffer[k] = static_cast<double>(value);
      }
      result[0] = Wide::load(buffer);
    }
    return result;
  }

  /// What the rule remembers of neighbouring elements, where its measurement looks at it.
  static DESCENT_INLINE auto wide_state([[maybe_unused]] const RunOf& run, [[maybe_unused]] std::size_t i,
                                        [[maybe_unused]] std::size_t count) {
    if constexpr (measures_with_state<R>) {
      constexpr std::size_t first = VariantTraits<P, Variant>::slots_before(I);
      return [&]<std::size_t... K>(std::index_sequence<K...>) {
        return
            typename R::template State<Wide>{wide_slot(run.state + (first + K) * run.stride + i, count)...};
      }(std::make_index_sequence<slot_count<R>>());
    } else {
      return Nothing{};
    }
  }
  static DESCENT_INLINE Wide wide_slot(const Element* from, std::size_t count) {
    if constexpr (simd::has_packets<S>) {  // slots are padded to whole packs
      return simd::load_as_double(from);
    } else {
      double buffer[wide_lanes] = {};
      for (std::size_t k = 0; k < count; ++k) buffer[k] = static_cast<double>(from[k]);
      return Wide::load(buffer);
    }
  }

  Formula<P, Variant, Segment, Pass::looks, S> formula_;
  decltype(spread_over_lanes<R>(std::declval<const MeasuringConstants<R>&>())) coefficients_;
};

/// Measures a run whose first element is number `first` of its block; `first` is a multiple of 32. The
/// block's first chunk has the number `first_chunk`.
template <std::size_t I, class P, class Variant, class Segment, class S, class R>
DESCENT_OUTLINED void measure_run_outlined(const Run<S, StateElement<P, S>>& run, std::size_t first,
                                           std::size_t count, const Constants<P, S>& constants,
                                           const MeasuringConstants<R>& measuring, std::size_t first_chunk,
                                           ChunkSums<R>& sums) {
  const Measurement<I, P, Variant, Segment, S> measurement(constants, measuring);
  const auto walk = PrefetchedWalk::over<S>(count);
  std::size_t i = 0;
  while (i < count) {
    sums.open(first_chunk + (first + i) / chunk_size);
    const std::size_t end = std::min(count, i + chunk_size - (first + i) % chunk_size);
    i = measurement.add_whole(sums.lanes, run, i, end, walk);
    if (i < end) measurement.add_last(sums.lanes, run, i, end - i);
    i = end;
  }
}

/// The same; where a block's size is fixed and small, unrolled where it is called.
template <std::size_t I, class P, class Variant, class Segment, class S, class R, class Count>
DESCENT_INLINE void measure_run(const Run<S, StateElement<P, S>>& run, std::size_t first, Count count,
                                const Constants<P, S>& constants, const MeasuringConstants<R>& measuring,
                                std::size_t first_chunk, ChunkSums<R>& sums) {
  if constexpr (is_inlined<Count>) {
    sums.open(first_chunk);
    const Measurement<I, P, Variant, Segment, S> measurement(constants, measuring);
    measurement.template add_few<Count::value>(sums.lanes, run);
  } else {
    measure_run_outlined<I, P, Variant, Segment>(run, first, count, constants, measuring, first_chunk, sums);
  }
}

}  // namespace descent::detail
