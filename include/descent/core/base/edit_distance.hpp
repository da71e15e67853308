// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace descent::detail {

/// The number of edits that turn one text into the other; compares only the last 63 characters of each.
DESCENT_COLD inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t most = 63;
  a.remove_prefix(a.size() > most ? a.size() - most : 0);
  b.remove_prefix(b.size() > most ? b.size() - most : 0);
  std::array<std::size_t, most + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j)
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, diagonal + (a[i] != b[j])}));
  }
  return row[b.size()];
}

}  // namespace descent::detail
