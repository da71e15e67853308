// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/core/tensor.hpp>
#include <descent/core/tree/walk.hpp>

#include <Eigen/Core>

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Converts numbers, lists of numbers and blocks to tensors.

namespace descent::detail::inline DESCENT_BUILD {

template <class T>
concept SavedNumber = std::is_arithmetic_v<T> || std::is_enum_v<T>;
template <class T>
concept SavedBlock = requires(T& block) {
  typename T::PlainObject;
  block.coeffRef(0, 0);
};
template <class T>
inline constexpr bool is_list_of_numbers = false;
template <SavedNumber Number, std::size_t size>
inline constexpr bool is_list_of_numbers<std::array<Number, size>> = true;
template <SavedNumber Number>
inline constexpr bool is_list_of_numbers<std::vector<Number>> = !std::is_same_v<Number, bool>;

template <class T>
constexpr NumberType saved_type() {
  if constexpr (std::is_enum_v<T>) {
    return number_type<std::underlying_type_t<T>>();
  } else {
    return number_type<T>();
  }
}

template <class Number>
SavedTensor tensor_of_number(std::string name, Number& number) {
  SavedTensor tensor{.name = std::move(name), .type = saved_type<Number>()};
  tensor.data = const_cast<std::remove_const_t<Number>*>(&number);
  return tensor;
}
template <class List>
SavedTensor tensor_of_list(std::string name, List& list) {
  SavedTensor tensor{
      .name = std::move(name), .type = saved_type<typename List::value_type>(), .dimensions = 1};
  tensor.rows = static_cast<std::ptrdiff_t>(list.size());
  tensor.data = list.data();
  return tensor;
}
/// An Eigen block (any storage order, stride and size) as a SavedTensor. A matrix type has 2 dimensions, a
/// vector or row vector type 1. If the block is const, the caller must not write through the SavedTensor.
template <class B>
SavedTensor tensor_of_block(std::string name, B& block) {
  using Plain = std::remove_const_t<B>;
  using Scalar = std::remove_const_t<typename Plain::Scalar>;
  static_assert(DirectlyReadable<Plain>, "descent: only blocks whose elements lie in memory can be saved");
  SavedTensor tensor;
  tensor.name = std::move(name);
  tensor.type = number_type<Scalar>();
  tensor.data = const_cast<Scalar*>(block.data());
  if constexpr (Plain::IsVectorAtCompileTime) {
    tensor.dimensions = 1;
    tensor.rows = block.size();
    tensor.row_stride = block.innerStride();
  } else {
    tensor.dimensions = 2;
    tensor.rows = block.rows();
    tensor.columns = block.cols();
    tensor.row_stride = Plain::IsRowMajor ? block.outerStride() : block.innerStride();
    tensor.column_stride = Plain::IsRowMajor ? block.innerStride() : block.outerStride();
  }
  return tensor;
}

}  // namespace descent::detail::inline DESCENT_BUILD
