// SPDX-License-Identifier: MIT
// Tables in plain text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace support {

/// `number(0.12345, 2)` is "0.12".
inline std::string number(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

/// `scientific(0.00012345)` is "1.2e-04".
inline std::string scientific(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.1e", value);
  return buffer;
}

/// Prints rows of equal length; the first names the columns. The first column is flush left, the others,
/// for numbers, flush right.
inline void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t k = 0; k < widths.size(); ++k) widths[k] = std::max(widths[k], row.at(k).size());

  auto print = [&](auto cell) {
    for (std::size_t k = 0; k < widths.size(); ++k) {
      const std::string entry = cell(k);
      const std::string blanks(widths[k] - entry.size(), ' ');
      std::printf("  %s", (k == 0 ? entry + blanks : blanks + entry).c_str());
    }
    std::printf("\n");
  };
  for (const auto& row : rows) {
    print([&](std::size_t k) { return row[k]; });
    if (&row == &rows.front()) print([&](std::size_t k) { return std::string(widths[k], '-'); });
  }
}

}  // namespace support
