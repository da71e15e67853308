// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/core/tensor.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent::detail {

/// A block of Eigen's (any storage order, stride and size) as a Tensor. A matrix type has 2 dimensions, a vector or
/// row vector type 1. Whoever passes a const block must not write through the Tensor.
template <class B>
Tensor tensor_of_block(std::string name, B& block) {
  using Plain = std::remove_const_t<B>;
  using Scalar = std::remove_const_t<typename Plain::Scalar>;
  static_assert(DirectlyReadable<Plain>, "descent: only blocks whose elements lie in memory can be saved");
  Tensor tensor;
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

/// A number as a Tensor without dimensions.
template <class Number>
Tensor tensor_of_number(std::string name, Number& number) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.type = number_type<Number>();
  tensor.data = const_cast<std::remove_const_t<Number>*>(&number);
  return tensor;
}

/// All blocks of a tree under their paths: "layer1.weights". For saving; the tree may be const.
template <class Tree>
std::vector<Tensor> tensors_of_tree(Tree& tree) {
  std::vector<Tensor> tensors;
  for_each_block(
      [&](auto& block, const std::string& path) { tensors.push_back(tensor_of_block(path, block)); }, tree);
  return tensors;
}

/// The same for loading: no block may be const.
template <class Tree>
std::vector<Tensor> writable_tensors_of_tree(Tree& tree) {
  std::vector<Tensor> tensors;
  for_each_block(
      [&]<class B>(B& block, const std::string& path) {
        static_assert(Block<B&>, "descent: parameters must not be const to be loaded");
        if constexpr (Block<B&>) tensors.push_back(tensor_of_block(path, block));
      },
      tree);
  return tensors;
}

}  // namespace descent::detail
