// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace descent::detail {

/// A type of numbers in the format safetensors. A type without a NumberType can be listed, but not copied.
struct DataType {
  std::string_view name;
  std::uint64_t bits;
  std::optional<NumberType> number_type{};
};

// The first are in the order of NumberType.
inline constexpr DataType data_types[] = {
    {"F64", 64, NumberType::float64},
    {"F32", 32, NumberType::float32},
    {"F16", 16, NumberType::float16},
    {"BF16", 16, NumberType::bfloat16},
    {"I64", 64, NumberType::int64},
    {"I32", 32, NumberType::int32},
    {"U64", 64, NumberType::uint64},
    {"BOOL", 8, NumberType::boolean},
    {"U32", 32},
    {"I16", 16},
    {"U16", 16},
    {"I8", 8},
    {"U8", 8},
    {"C64", 64},
    {"F8_E5M2", 8},
    {"F8_E4M3", 8},
    {"F8_E8M0", 8},
    {"F8_E5M2FNUZ", 8},
    {"F8_E4M3FNUZ", 8},
    {"F6_E2M3", 6},
    {"F6_E3M2", 6},
    {"F4", 4},
};

inline const DataType* data_type_named(std::string_view name) {
  for (const DataType& type : data_types)
    if (type.name == name) return &type;
  return nullptr;
}

constexpr const DataType& data_type_of(NumberType type) { return data_types[static_cast<std::size_t>(type)]; }

}  // namespace descent::detail
