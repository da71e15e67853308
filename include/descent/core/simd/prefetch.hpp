// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>

#include <cstddef>

// Asking for memory before a pass comes to it. The processor looks ahead by itself, but not across pages, and
// not far where formulas keep it busy: asking a page ahead saves Adam a tenth of the time from main memory, a
// pass that only reads a third, and costs where everything is near.

namespace descent::detail {

/// How far ahead of the elements at work, in elements of a type: a page of them.
template <class S>
inline constexpr std::size_t prefetch_distance = 4096 / sizeof(S);

/// Blocks of so many elements do not fit the nearer caches.
inline constexpr std::size_t smallest_prefetched = std::size_t{1} << 16;

/// How many elements are asked for at once.
inline constexpr std::size_t prefetched_together = 32;

/// Whether asking ahead helps on this processor. Intel's gain up to a tenth; on AMD's the hardware looks far enough
/// ahead by itself, and asking costs up to a third.
inline bool asking_ahead_helps() {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  return __builtin_cpu_is("intel") != 0;
#else
  return false;
#endif
}

/// How a run of `count` elements is walked: in tiles, before each of which memory is asked for, or as one.
struct PrefetchedWalk {
  std::size_t tile, last;  // and the number of the first element where nothing is left to ask for

  static DESCENT_INLINE PrefetchedWalk over(std::size_t count, bool asks_ahead) {
    if (!asks_ahead) return {count, 0};
    return {prefetched_together, count};
  }
};

/// Asks for the memory of `count` elements. Also of those that will be written: asking to own the lines, which
/// the processor can do as well, was slower.
template <std::size_t count, class Element>
DESCENT_INLINE void prefetch([[maybe_unused]] const Element* from) {
#if defined(__GNUC__)
  constexpr std::size_t line = sizeof(Element) < 64 ? 64 / sizeof(Element) : 1;
#pragma GCC unroll 16
  for (std::size_t k = 0; k < count; k += line) __builtin_prefetch(from + k);
#endif
}

}  // namespace descent::detail
