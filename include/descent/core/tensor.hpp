// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace Eigen {
struct half;
struct bfloat16;
}  // namespace Eigen

namespace descent {

/// The types of saved numbers.
enum class NumberType : std::uint8_t { float64, float32, float16, bfloat16, int64, int32, uint64, boolean };

/// The size of a number in bytes.
constexpr std::size_t size_of(NumberType type) {
  switch (type) {
    case NumberType::float64:
    case NumberType::int64:
    case NumberType::uint64:
      return 8;
    case NumberType::float32:
    case NumberType::int32:
      return 4;
    case NumberType::float16:
    case NumberType::bfloat16:
      return 2;
    case NumberType::boolean:
      break;
  }
  return 1;
}

/// "float64", "boolean".
constexpr std::string_view to_string(NumberType type) {
  constexpr std::string_view names[] = {"float64", "float32", "float16", "bfloat16",
                                        "int64",   "int32",   "uint64",  "boolean"};
  return names[static_cast<std::size_t>(type)];
}

/// A named view of numbers in memory: a matrix, a vector or one number. Saved state is a list of them.
///
/// * `name`: unique in its list, such as "state/layer1.weights/exp_avg".
/// * `dimensions`: 0 for one number, 1 for a vector (with `columns` 1), 2 for a matrix.
/// * `row_stride`, `column_stride`: the distance between neighbouring rows and columns, in elements.
/// Does not own the numbers, and is invalid after the object that it points into.
struct SavedTensor {
  std::string name;
  NumberType type = NumberType::float64;
  int dimensions = 0;
  std::ptrdiff_t rows = 1, columns = 1;
  std::ptrdiff_t row_stride = 1, column_stride = 1;
  void* data = nullptr;

  std::size_t size() const { return static_cast<std::size_t>(rows * columns); }
  std::size_t bytes() const { return size() * size_of(type); }
};

namespace detail {
template <class T>
constexpr NumberType number_type() {
  using Number = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<Number, double>) {
    return NumberType::float64;
  } else if constexpr (std::is_same_v<Number, float>) {
    return NumberType::float32;
  } else if constexpr (std::is_same_v<Number, Eigen::half>) {
    return NumberType::float16;
  } else if constexpr (std::is_same_v<Number, Eigen::bfloat16>) {
    return NumberType::bfloat16;
  } else if constexpr (std::is_same_v<Number, bool>) {
    return NumberType::boolean;
  } else if constexpr (std::is_integral_v<Number> && sizeof(Number) == 8) {
    return std::is_signed_v<Number> ? NumberType::int64 : NumberType::uint64;
  } else {
    static_assert(std::is_integral_v<Number> && std::is_signed_v<Number> && sizeof(Number) == 4,
                  "descent: numbers of this type cannot be saved");
    return NumberType::int32;
  }
}
}  // namespace detail

}  // namespace descent
