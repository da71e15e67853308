// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/aggregate.hpp>

#include <cstddef>

// How many members an aggregate has whose members are of any type that can be made from {}: numbers, arrays, aggregates.

namespace descent::detail {

/// The number of members, up to most_fields; more if it has more than that.
template <class T>
constexpr std::size_t member_count() {
  // clang-format off
  if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return most_fields + 1; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 12; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 11; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 10; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 9; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}}; }) { return 8; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}}; }) { return 7; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}}; }) { return 6; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}}; }) { return 5; }
  else if constexpr (requires { T{{}, {}, {}, {}}; }) { return 4; }
  else if constexpr (requires { T{{}, {}, {}}; }) { return 3; }
  else if constexpr (requires { T{{}, {}}; }) { return 2; }
  else if constexpr (requires { T{{}}; }) { return 1; }
  else { return 0; }
  // clang-format on
}

}  // namespace descent::detail
