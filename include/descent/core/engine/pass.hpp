// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/fused_rules.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/simd/prefetch.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

// The pass over memory: the only loop in which formulas run.

namespace descent::detail::inline DESCENT_BUILD {

template <class S, std::size_t packs, class E>
DESCENT_INLINE void load(Values<S, packs>& values, const Run<S, E>& run, std::size_t i) {
  using V = simd::Pack<S>;
  constexpr auto lanes = static_cast<std::size_t>(V::size);
#pragma GCC unroll 8
  for (std::size_t k = 0; k < packs; ++k) {
    values.update[k] = values.gradient[k] = V::load(run.update + i + k * lanes);
    values.parameter[k] = V::load(run.parameters + i + k * lanes);
  }
}

template <bool into_parameters, class S, std::size_t packs, class E>
DESCENT_INLINE void store(const Values<S, packs>& values, const Run<S, E>& run, std::size_t i) {
  constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
#pragma GCC unroll 8
  for (std::size_t k = 0; k < packs; ++k) {
    if constexpr (into_parameters) {
      (values.parameter[k] + values.update[k]).store(run.parameters + i + k * lanes);
    } else {
      values.update[k].store(run.result + i + k * lanes);
    }
  }
}

/// The first `count` lanes of one pack; 0 in the others.
template <class S, class E>
DESCENT_INLINE void load_tail(Values<S, 1>& values, const Run<S, E>& run, std::size_t i, int count) {
  using V = simd::Pack<S>;
  values.update[0] = values.gradient[0] = V::load(run.update + i, count);
  values.parameter[0] = V::load(run.parameters + i, count);
}

/// Loads one pack, of which only the first `valid` elements may exist.
template <class S, class E>
DESCENT_INLINE void load_part(Values<S, 1>& values, const Run<S, E>& run, std::size_t i, std::size_t valid) {
  if (valid >= static_cast<std::size_t>(simd::Pack<S>::size)) {
    load(values, run, i);
  } else {
    load_tail(values, run, i, static_cast<int>(valid));
  }
}
template <bool into_parameters, class S, class E>
DESCENT_INLINE void store_tail(const Values<S, 1>& values, const Run<S, E>& run, std::size_t i, int count) {
  if constexpr (into_parameters) {
    (values.parameter[0] + values.update[0]).store(run.parameters + i, count);
  } else {
    values.update[0].store(run.result + i, count);
  }
}
template <bool into_parameters, class S, class E>
DESCENT_INLINE void store_part(const Values<S, 1>& values, const Run<S, E>& run, std::size_t i,
                               std::size_t valid) {
  if (valid >= static_cast<std::size_t>(simd::Pack<S>::size)) {
    store<into_parameters>(values, run, i);
  } else {
    store_tail<into_parameters>(values, run, i, static_cast<int>(valid));
  }
}

template <std::size_t packs, bool into_parameters, class S, class E, class F>
DESCENT_INLINE void step_packs(const F& formula, const Run<S, E>& run, std::size_t i) {
  Values<S, packs> values;
  load(values, run, i);
  formula(values, run, i);
  store<into_parameters>(values, run, i);
}

/// Steps one pack, of which only the first `valid` elements may exist, with the same formula.
template <bool into_parameters, class S, class E, class F>
DESCENT_INLINE void step_part(const F& formula, const Run<S, E>& run, std::size_t i, std::size_t valid) {
  Values<S, 1> values;
  load_part(values, run, i, valid);
  formula(values, run, i);
  store_part<into_parameters>(values, run, i, valid);
}

/// Steps a run of `count` elements: two packs at a time, then one, which may be partial.
template <bool into_parameters, class F, class S, class E, class Count>
DESCENT_INLINE void step_run_with(const F& formula, const Run<S, E>& where, Count count, bool prefetches) {
  const Run<S, E> run = where;  // a local copy: no store can change it
  constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
  const auto walk = PrefetchedWalk::over(count, prefetches);
  std::size_t i = 0;
  while (i + 2 * lanes <= count) {
    if (i < walk.last) formula.template prefetch_ahead<prefetched_together, into_parameters>(run, i);
    const std::size_t end = std::min<std::size_t>(count, i + walk.tile);
    for (; i + 2 * lanes <= end; i += 2 * lanes) step_packs<2, into_parameters>(formula, run, i);
  }
  for (; i < count; i += lanes) step_part<into_parameters>(formula, run, i, count - i);
}

/// Largest size of a fixed-size block whose loop is unrolled at the call.
inline constexpr std::size_t largest_inlined = 64;

}  // namespace descent::detail::inline DESCENT_BUILD
