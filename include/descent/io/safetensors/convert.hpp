// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/tensor.hpp>
#include <descent/io/checksum.hpp>

#include <Eigen/Core>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

// Converts numbers between floating-point types.

namespace descent::detail {

constexpr bool is_real(NumberType type) {
  return type == NumberType::float64 || type == NumberType::float32 || type == NumberType::float16 ||
         type == NumberType::bfloat16;
}

/// A float that rounds to the same half-precision number as the double: an inexact result gets an odd last
/// bit, because rounding twice to nearest could give a different number.
inline float rounded_to_odd(double value) {
  const auto nearest = static_cast<float>(value);
  const auto back = static_cast<double>(nearest);
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (back == value || !is_finite(value) || !is_finite(nearest) || (bits & 1U) != 0) return nearest;
  const bool away_from_zero = (back < 0 ? -back : back) > (value < 0 ? -value : value);
  return std::bit_cast<float>(away_from_zero ? bits - 1 : bits + 1);
}

/// The nearest number of another type; infinite if it is too large for that type.
template <class To>
To converted(double value) {
  if constexpr (std::is_same_v<To, double> || std::is_same_v<To, float>) {
    return static_cast<To>(value);
  } else {
    return To(rounded_to_odd(value));
  }
}

/// A number in the bytes of a file.
template <class Number>
double number_in_file(const std::byte* bytes) {
  using Bits = std::conditional_t<sizeof(Number) == 8, std::uint64_t,
                                  std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint16_t>>;
  const Bits bits = little_endian_number<Bits>(bytes);
  Number number;
  std::memcpy(static_cast<void*>(&number), &bits, sizeof number);
  return static_cast<double>(number);
}

/// Calls f(Number()) with the type of a floating-point NumberType.
template <class F>
auto with_real_type(NumberType type, F&& f) {
  switch (type) {
    case NumberType::float64:
      return f(double());
    case NumberType::float32:
      return f(float());
    case NumberType::float16:
      return f(Eigen::half());
    default:
      return f(Eigen::bfloat16());
  }
}

/// Calls f(value, row, column) for numbers in a file, row by row.
template <class F>
void for_each_number(const std::byte* bytes, NumberType type, std::ptrdiff_t rows, std::ptrdiff_t columns,
                     F&& f) {
  with_real_type(type, [&]<class Number>(Number) {
    for (std::ptrdiff_t row = 0; row < rows; ++row)
      for (std::ptrdiff_t column = 0; column < columns; ++column, bytes += sizeof(Number))
        f(number_in_file<Number>(bytes), row, column);
  });
}

/// Copies numbers of a file, stored row by row, into a tensor of another floating-point type.
inline void copy_converted(const std::byte* bytes, NumberType type, const SavedTensor& to) {
  with_real_type(to.type, [&]<class Number>(Number) {
    auto* const data = static_cast<Number*>(to.data);
    for_each_number(bytes, type, to.rows, to.columns,
                    [&](double value, std::ptrdiff_t row, std::ptrdiff_t column) {
                      data[row * to.row_stride + column * to.column_stride] = converted<Number>(value);
                    });
  });
}

/// A finite number that becomes infinite in the other type; 0 if there is none.
inline double first_too_large(const std::byte* bytes, NumberType type, std::ptrdiff_t rows,
                              std::ptrdiff_t columns, NumberType to) {
  double found = 0;
  with_real_type(to, [&]<class Number>(Number) {
    for_each_number(bytes, type, rows, columns, [&](double value, std::ptrdiff_t, std::ptrdiff_t) {
      if (found == 0 && is_finite(value) && !is_finite(static_cast<float>(converted<Number>(value))) &&
          !std::is_same_v<Number, double>)
        found = value;
    });
  });
  return found;
}

}  // namespace descent::detail
