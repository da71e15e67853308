// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/preparation.hpp>
#include <descent/core/simd/build.hpp>

#include <cstdint>
#include <cstring>
#include <type_traits>

// Recomputes what a rule remembers from its options and the number of steps.

namespace descent::detail::inline DESCENT_BUILD {

/// Advances the memory of a rule that does not measure the tree by `steps` steps. Stops early if the memory
/// no longer changes (powers of beta become 0), so that a file with an absurd number of steps costs no time.
template <class R, class Memory>
void replay_memory(const R& rule, Memory& memory, std::int64_t steps) {
  if constexpr (std::is_empty_v<Memory>) return;
  constexpr std::int64_t settled = std::int64_t{1} << 16;  // longer than any rule's period
  std::int64_t unchanged = 0;
  for (Step step; step.index < steps && unchanged < settled; ++step.index) {
    const Memory before = memory;
    next_memory(rule, before, memory, step, Nothing{});
    if constexpr (std::is_trivially_copyable_v<Memory>)
      unchanged = std::memcmp(&before, &memory, sizeof memory) == 0 ? unchanged + 1 : 0;
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
