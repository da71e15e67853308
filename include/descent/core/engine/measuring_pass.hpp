// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/pass.hpp>
#include <descent/core/engine/sums.hpp>
#include <descent/core/simd/build.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace descent::detail::inline DESCENT_BUILD {

/// The inputs of a measurement: the update before the rule, the rule's own state, and the gradient as the
/// rule receives it.
template <class S, class Element>
struct MeasuredRun {
  const S *update, *parameters, *gradient;
  const Element* state;  // the first slot
  std::size_t stride;    // from one slot to the next
};

/// The measurement of one rule: adds runs of memory, or registers, to sums.
template <class R, class S, class Element>
class Measurement {
 public:
  using Wide = simd::Pack<double>;
  using RunOf = MeasuredRun<S, Element>;
  static constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
  static constexpr auto wide_lanes = static_cast<std::size_t>(Wide::size);
  /// Packs that are measured together.
  static constexpr std::size_t packs = simd::has_packets<S> ? 2 : wide_lanes;
  static constexpr std::size_t group = packs * lanes;
  static constexpr std::size_t wide_packs = group / wide_lanes;
  static_assert(measuring_lanes % group == 0);
  using WideValues = std::array<Wide, wide_packs>;

  DESCENT_INLINE explicit Measurement(const MeasuringConstants<R>& measuring)
      : coefficients_(spread_over_lanes<R>(measuring)) {}

  /// Adds elements from i to end in whole groups of 32; returns the first element left.
  DESCENT_INLINE std::size_t add_whole(LaneSums<R>& lane_sums, const RunOf& run, std::size_t i,
                                       std::size_t end, PrefetchedWalk walk) const {
    LaneSums<R> sums = lane_sums;  // in registers: nothing here indexes them with a variable
    while (i + measuring_lanes <= end) {
      if (i < walk.last) prefetch<prefetched_together>(run.update + i + prefetch_distance<S>);
      const std::size_t here = std::min(end, i + walk.tile);
      for (; i + measuring_lanes <= here; i += measuring_lanes) add_lanes(sums, run, i);
    }
    lane_sums = sums;
    return i;
  }

  /// Adds 32 elements from number i of the run.
  DESCENT_INLINE void add_lanes(LaneSums<R>& sums, const RunOf& run, std::size_t i) const {
#pragma GCC unroll 16
    for (std::size_t k = 0; k < measuring_lanes; k += group) add_memory(sums, run, i + k, k / wide_lanes);
  }

  /// Adds the first `count` elements of a run, at most 64, unrolled.
  template <std::size_t count>
  DESCENT_INLINE void add_few(LaneSums<R>& sums, const RunOf& run) const {
    constexpr std::size_t whole = count / group * group;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < whole; i += group) add_memory(sums, run, i, i % measuring_lanes / wide_lanes);
    if constexpr (whole < count)
      add_end(sums, run, whole, whole % measuring_lanes / wide_lanes, count - whole);
  }

  /// Adds the last `valid` elements of a run, fewer than 32.
  DESCENT_INLINE void add_last(LaneSums<R>& sums, const RunOf& run, std::size_t i, std::size_t valid) const {
    for (std::size_t k = 0; k < valid; k += group)
      add_end(sums, run, i + k, k / wide_lanes, std::min(group, valid - k));
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
      if (count == wide_lanes) {
        sums[first + w] = next;  // whole: what a masked store wrote can't be loaded soon
      } else {
        sums.keep_first(first + w, next, static_cast<int>(count));
      }
    }
  }

 private:
  DESCENT_INLINE void add_wide(LaneSums<R>& sums, const WideValues& update, const WideValues& parameter,
                               const WideValues& gradient, const RunOf& run, std::size_t i,
                               std::size_t first) const {
#pragma GCC unroll 16
    for (std::size_t w = 0; w < wide_packs; ++w) {
      auto state = wide_state(run, i + w * wide_lanes, wide_lanes);
      apply_measure<R>(update[w], parameter[w], gradient[w], state, coefficients_, sums[first + w]);
    }
  }
  /// Adds a group directly from memory, which avoids splitting registers.
  DESCENT_INLINE void add_memory(LaneSums<R>& sums, const RunOf& run, std::size_t i,
                                 std::size_t first) const {
    add_wide(sums, wide_run(run.update + i), wide_run(run.parameters + i), wide_run(run.gradient + i), run, i,
             first);
  }
  /// Adds a group of which only the first `valid` elements exist.
  DESCENT_INLINE void add_end(LaneSums<R>& sums, const RunOf& run, std::size_t i, std::size_t first,
                              std::size_t valid) const {
    Values<S, packs> values;
#pragma GCC unroll 8
    for (std::size_t k = 0; k < packs; ++k) {
      const std::size_t left = valid > k * lanes ? std::min(lanes, valid - k * lanes) : 0;
      values.update[k] = part(run.update + i + k * lanes, left);
      values.parameter[k] = part(run.parameters + i + k * lanes, left);
      values.gradient[k] = part(run.gradient + i + k * lanes, left);
    }
    add_part(sums, values, run, i, first, valid);
  }
  static DESCENT_INLINE simd::Pack<S> part(const S* from, std::size_t count) {
    if (count == lanes) return simd::Pack<S>::load(from);
    if (count == 0) return simd::Pack<S>(0);
    return simd::Pack<S>::load(from, static_cast<int>(count));
  }

  static DESCENT_INLINE WideValues wide_run(const S* from) {
    WideValues result;
    if constexpr (simd::has_packets<S>) {
#pragma GCC unroll 16
      for (std::size_t w = 0; w < wide_packs; ++w) result[w] = simd::load_as_double(from + w * wide_lanes);
    } else {
      double buffer[packs];
      for (std::size_t k = 0; k < packs; ++k) buffer[k] = static_cast<double>(from[k]);
      result[0] = Wide::load(buffer);
    }
    return result;
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

  /// The rule's state of neighbouring elements, if its measurement uses it.
  static DESCENT_INLINE auto wide_state([[maybe_unused]] const RunOf& run, [[maybe_unused]] std::size_t i,
                                        [[maybe_unused]] std::size_t count) {
    if constexpr (measures_with_state<R>) {
      return [&]<std::size_t... K>(std::index_sequence<K...>) {
        return typename R::template State<Wide>{wide_slot(run.state + K * run.stride + i, count)...};
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

  decltype(spread_over_lanes<R>(std::declval<const MeasuringConstants<R>&>())) coefficients_;
};

/// Opens the chunk of element `here` of a block, whose first chunk is `first_chunk`; returns the number of elements up
/// to the chunk's end.
template <class R>
DESCENT_INLINE std::size_t open_chunk(ChunkSums<R>& sums, std::size_t first_chunk, std::size_t here) {
  sums.open(first_chunk + here / chunk_size);
  return chunk_size - here % chunk_size;
}

/// Measures a run whose first element is number `first` of its block, a multiple of 32. All chains that contain the
/// rule share one copy.
template <class R, class S, class Element>
DESCENT_OUTLINED void measure_run(const MeasuringConstants<R>& measuring, const MeasuredRun<S, Element>& run,
                                  std::size_t first, std::size_t count, std::size_t first_chunk,
                                  bool prefetches, ChunkSums<R>& sums) {
  const Measurement<R, S, Element> measurement(measuring);
  const auto walk = PrefetchedWalk::over(count, prefetches);
  for (std::size_t i = 0; i < count;) {
    const std::size_t end = std::min(count, i + open_chunk(sums, first_chunk, first + i));
    i = measurement.add_whole(sums.lanes, run, i, end, walk);
    if (i < end) measurement.add_last(sums.lanes, run, i, end - i);
    i = end;
  }
}

/// The pointer `count` elements later; null if it is null.
template <class Element>
DESCENT_INLINE Element* further(Element* first, std::size_t count) {
  return first == nullptr ? nullptr : first + count;
}

/// What rule I measures: the gradient, or the updates that the earlier rules compute, one tile at a time.
template <std::size_t I, class P, class Slots, class Before, class S>
class MeasuredUpdates {
  using R = typename P::template Leaf<I>;
  using Element = StateElement<P, S>;
  using RunOf = Run<S, Element>;
  static constexpr bool computes = !std::is_same_v<Before, std::index_sequence<>>;
  static constexpr bool keeps_gradient = computes && SeesGradient<R>;
  static constexpr std::size_t stored = !computes ? 1 : tile_size<S> == 1 ? 32 : 512;
  static constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);

 public:
  /// The most elements at a time.
  static constexpr std::size_t tile = computes ? stored : static_cast<std::size_t>(-1);

  DESCENT_INLINE explicit MeasuredUpdates(const Constants<P, S>& constants) : earlier_rules_(constants) {}

  /// `count` elements from number i of the run, valid until the next call.
  DESCENT_INLINE MeasuredRun<S, Element> of(const RunOf& run, std::size_t i, std::size_t count) {
    Element* const state = further(run.state, VariantTraits<P, Slots>::slots_before(I) * run.stride + i);
    const S* const gradient = run.update + i;
    if constexpr (!computes) {
      return {gradient, run.parameters + i, gradient, state, run.stride};
    } else {
      fill({gradient, run.parameters + i, nullptr, further(run.state, i), run.stride}, count);
      // If the measurement does not use the gradient, any numbers that can be loaded will do.
      return {updates_, run.parameters + i, keeps_gradient ? gradients_ : updates_, state, run.stride};
    }
  }

 private:
  DESCENT_INLINE void fill(const RunOf& run, std::size_t count) {
    std::size_t i = 0;
    for (; i + 2 * lanes <= count; i += 2 * lanes) take<2>(run, i);
    for (; i < count; i += lanes) {
      Values<S, 1> values;
      load_part(values, run, i, count - i);
      earlier_rules_(values, run, i);
      store_first(values.update[0], updates_ + i, count - i);
      if constexpr (keeps_gradient) store_first(values.gradient[0], gradients_ + i, count - i);
    }
  }
  static DESCENT_INLINE void store_first(simd::Pack<S> values, S* to, std::size_t valid) {
    if (valid >= lanes) {
      values.store(to);
    } else {
      values.store(to, static_cast<int>(valid));
    }
  }
  template <std::size_t packs>
  DESCENT_INLINE void take(const RunOf& run, std::size_t i) {
    Values<S, packs> values;
    load(values, run, i);
    earlier_rules_(values, run, i);
#pragma GCC unroll 8
    for (std::size_t k = 0; k < packs; ++k) {
      values.update[k].store(updates_ + i + k * lanes);
      if constexpr (keeps_gradient) values.gradient[k].store(gradients_ + i + k * lanes);
    }
  }

  Formula<P, Slots, Before, Pass::reads, S> earlier_rules_;
  S updates_[stored], gradients_[keeps_gradient ? stored : 1];
};

}  // namespace descent::detail::inline DESCENT_BUILD
