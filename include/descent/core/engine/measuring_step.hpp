// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/measuring_pass.hpp>

#include <algorithm>
#include <cstddef>

namespace descent::detail {

/// The rules of a segment in the pass that writes, with a measurement before rule I on the way.
template <std::size_t I, class P, class Variant, class Segment, bool into_parameters, class S>
class MeasuringStep {
 public:
  using R = typename P::template Leaf<I>;
  using Before = leaves_between<Segment, 0, I>;
  using Measuring = Measurement<I, P, Variant, Before, S>;
  using Whole = Formula<P, Variant, Segment, Pass::commits, S>;
  using RunOf = typename Measuring::RunOf;
  static constexpr std::size_t packs = Measuring::packs, lanes = Measuring::lanes, group = Measuring::group,
                               wide_lanes = Measuring::wide_lanes;

  DESCENT_INLINE MeasuringStep(const Constants<P, S>& constants, const MeasuringConstants<R>& measuring)
      : before_(constants), after_(constants), measurement_(constants, measuring) {}

  DESCENT_INLINE std::size_t take_whole(LaneSums<R>& lane_sums, const RunOf& run, std::size_t i,
                                        std::size_t end, PrefetchedWalk walk) const {
    LaneSums<R> sums = lane_sums;
    while (i + measuring_lanes <= end) {
      if (i < walk.last) Whole::template ask_ahead<prefetched_together, into_parameters>(run, i);
      const std::size_t here = std::min(end, i + walk.tile);
      for (; i + measuring_lanes <= here; i += measuring_lanes) take_lanes(sums, run, i);
    }
    lane_sums = sums;
    return i;
  }

  /// 32 elements from number i of the run on.
  DESCENT_INLINE void take_lanes(LaneSums<R>& sums, const RunOf& run, std::size_t i) const {
#pragma GCC unroll 16
    for (std::size_t k = 0; k < measuring_lanes; k += group) {
      Values<S, packs> values;
      load(values, run, i + k);
      before_(values, run, i + k);
      measurement_.add_group(sums, values, run, i + k, k / wide_lanes);
      after_(values, run, i + k);
      store<into_parameters>(values, run, i + k);
    }
  }

  /// The last `valid` elements of a run, fewer than 32.
  DESCENT_INLINE void take_last(LaneSums<R>& sums, const RunOf& run, std::size_t i, std::size_t valid) const {
    for (std::size_t k = 0; k < valid; k += group) {
      const std::size_t here = std::min(group, valid - k);
      const Values<S, packs> values = Measuring::last_group(before_, run, i + k, here);
      measurement_.add_part(sums, values, run, i + k, k / wide_lanes, here);
      for (std::size_t pack = 0; pack * lanes < here; ++pack) {
        Values<S, 1> one{{values.update[pack]}, {values.parameter[pack]}, {values.gradient[pack]}};
        const std::size_t place = i + k + pack * lanes;
        after_(one, run, place);
        store_part<into_parameters>(one, run, place, std::min(lanes, here - pack * lanes));
      }
    }
  }

 private:
  Formula<P, Variant, Before, Pass::commits, S> before_;
  Formula<P, Variant, leaves_between<Segment, I, P::leaves>, Pass::commits, S> after_;
  Measuring measurement_;
};

/// Steps a run and measures it on the way; the arguments are those of measure_run.
template <std::size_t I, class P, class Variant, class Segment, bool into_parameters, class S, class R>
DESCENT_OUTLINED void step_measured_run(const Run<S, StateElement<P, S>>& where, std::size_t first,
                                        std::size_t count, const Constants<P, S>& constants,
                                        const MeasuringConstants<R>& measuring, std::size_t first_chunk,
                                        ChunkSums<R>& sums) {
  const Run<S, StateElement<P, S>> run = where;
  const MeasuringStep<I, P, Variant, Segment, into_parameters, S> step(constants, measuring);
  const auto walk = PrefetchedWalk::over<S>(count);
  std::size_t i = 0;
  while (i < count) {
    sums.open(first_chunk + (first + i) / chunk_size);
    const std::size_t end = std::min(count, i + chunk_size - (first + i) % chunk_size);
    i = step.take_whole(sums.lanes, run, i, end, walk);
    if (i < end) step.take_last(sums.lanes, run, i, end - i);
    i = end;
  }
}

}  // namespace descent::detail
