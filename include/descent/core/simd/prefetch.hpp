// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/simd/build.hpp>

#include <cstddef>

// Prefetching before a pass. The processor prefetches by itself, but not across pages, and not far ahead if
// formulas keep it busy. Prefetching a page ahead saves Adam a tenth of the time from main memory, a pass
// that only reads a third; it costs time if the data is in the caches.

namespace descent::detail::inline DESCENT_BUILD {

/// The prefetch distance in elements: one page.
template <class S>
inline constexpr std::size_t prefetch_distance = 4096 / sizeof(S);

/// Blocks of at least this many elements do not fit the nearer caches.
inline constexpr std::size_t smallest_prefetched = std::size_t{1} << 16;

/// Elements prefetched at once.
inline constexpr std::size_t prefetched_together = 32;

/// Whether prefetching helps on this processor. Intel's gain up to a tenth; the hardware of AMD's prefetches
/// far enough by itself, and prefetching in software costs up to a third.
inline bool prefetching_helps() {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  return __builtin_cpu_is("intel") != 0;
#else
  return false;
#endif
}

/// How to walk a run of `count` elements: in tiles with a prefetch before each, or as one.
struct PrefetchedWalk {
  std::size_t tile, last;  // the element from which on there is nothing left to prefetch

  static DESCENT_INLINE PrefetchedWalk over(std::size_t count, bool prefetches) {
    if (!prefetches) return {count, 0};
    return {prefetched_together, count};
  }
};

/// Prefetches `count` elements for reading. Also for elements that will be written: prefetching for writing
/// was slower.
template <std::size_t count, class Element>
DESCENT_INLINE void prefetch([[maybe_unused]] const Element* from) {
#if defined(__GNUC__)
  constexpr std::size_t line = sizeof(Element) < 64 ? 64 / sizeof(Element) : 1;
#pragma GCC unroll 16
  for (std::size_t k = 0; k < count; k += line) __builtin_prefetch(from + k);
#endif
}

}  // namespace descent::detail::inline DESCENT_BUILD
