// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/saved/strided_copy.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

// Copies between two layouts, of elements of every size.

using namespace descent::detail;

namespace {
/// The distances of rows and columns in memory, and how many elements the matrix takes there.
struct MatrixLayout {
  std::ptrdiff_t row_stride, column_stride, size;
};

std::vector<MatrixLayout> layouts_of(std::ptrdiff_t rows, std::ptrdiff_t columns) {
  return {{1, rows, rows * columns},
          {columns, 1, rows * columns},
          {1, rows + 3, (rows + 3) * columns},
          {columns + 5, 1, rows * (columns + 5)},
          {2, 2 * rows + 1, (2 * rows + 1) * columns}};
}

template <ByteOrder order>
void check_copy(std::size_t size, std::ptrdiff_t rows, std::ptrdiff_t columns, MatrixLayout from,
                MatrixLayout to) {
  const std::byte untouched{0xee};
  std::vector<std::byte> source(static_cast<std::size_t>(from.size) * size);
  for (std::size_t k = 0; k < source.size(); ++k) source[k] = static_cast<std::byte>(k * 37 % 231);
  std::vector<std::byte> expected(static_cast<std::size_t>(to.size) * size, untouched), found = expected;
  const ConstElements a{source.data(), from.row_stride, from.column_stride};
  const WritableElements b{expected.data(), to.row_stride, to.column_stride};
  for (std::ptrdiff_t i = 0; i < rows; ++i)
    for (std::ptrdiff_t j = 0; j < columns; ++j) {
      std::copy_n(a.at(i, j, size), size, b.at(i, j, size));
      if (order == ByteOrder::little_endian && std::endian::native == std::endian::big)
        std::reverse(b.at(i, j, size), b.at(i, j, size) + size);
    }
  copy_elements<order>(size, a, {found.data(), to.row_stride, to.column_stride}, rows, columns);
  INFO(rows << "x" << columns << " of " << size << " bytes, strides " << from.row_stride << ", "
            << from.column_stride << " to " << to.row_stride << ", " << to.column_stride);
  CHECK(found == expected);
}

using Shape = std::pair<std::ptrdiff_t, std::ptrdiff_t>;
}  // namespace

TEST_CASE("a copy moves each element, and no other byte, between all layouts") {
  // Also empty ones, vectors, whole tiles of 8 rows, parts of tiles, and more than a panel of 256 rows.
  for (const auto& [rows, columns] : {Shape(0, 3), Shape(3, 0), Shape(1, 1), Shape(1, 17), Shape(17, 1),
                                      Shape(8, 64), Shape(9, 65), Shape(300, 11)})
    for (const std::size_t size : {1U, 2U, 4U, 8U})
      for (const MatrixLayout& from : layouts_of(rows, columns))
        for (const MatrixLayout& to : layouts_of(rows, columns)) {
          check_copy<ByteOrder::native>(size, rows, columns, from, to);
          check_copy<ByteOrder::little_endian>(size, rows, columns, from, to);
        }
}
