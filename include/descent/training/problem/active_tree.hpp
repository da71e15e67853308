// SPDX-License-Identifier: MIT
#pragma once

// What the adapters of libraries that compute derivatives share: a copy of the parameters in the library's scalar type.

#include <descent/core/parameters.hpp>

#include <Eigen/Core>

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent::detail {

/// The number of elements of a tree if its type fixes it, else Dynamic.
template <class Tree>
constexpr int fixed_parameter_count();

template <class Tree, std::size_t... I>
constexpr int fixed_count_of_children(std::index_sequence<I...>) {
  const std::array<int, sizeof...(I)> counts{fixed_parameter_count<Child<Tree, I>>()...};
  int sum = 0;
  for (const int count : counts) {
    if (count == Eigen::Dynamic) return Eigen::Dynamic;
    sum += count;
  }
  return sum;
}

template <class Tree>
constexpr int fixed_parameter_count() {
  constexpr NodeKind kind = kind_of<Opened<Tree>>();
  using Node = std::remove_cvref_t<Opened<Tree>>;
  if constexpr (kind == NodeKind::block) {
    return static_cast<int>(Node::SizeAtCompileTime);
  } else if constexpr (kind == NodeKind::range && TupleLike<Node>) {
    constexpr int each = fixed_parameter_count<Element<Tree>>();
    return each == Eigen::Dynamic ? each : each * static_cast<int>(std::tuple_size_v<Node>);
  } else if constexpr (kind == NodeKind::range) {
    return Eigen::Dynamic;
  } else {
    return fixed_count_of_children<Tree>(std::make_index_sequence<child_count<Tree>>());
  }
}

/// The element type of a tree's first block.
template <class Tree>
auto first_scalar() {
  constexpr NodeKind kind = kind_of<Opened<Tree>>();
  if constexpr (kind == NodeKind::block) {
    return typename std::remove_cvref_t<Opened<Tree>>::Scalar{};
  } else if constexpr (kind == NodeKind::range) {
    return first_scalar<Element<Tree>>();
  } else {
    return first_scalar<Child<Tree, 0>>();
  }
}

/// Copies a tree into one of the scalar type Active. `make(value, k)` makes the k-th variable, counted in the
/// order of the tree, by columns inside a block; `write_gradient` counts likewise.
template <class Active, class Make>
class ActiveTree {
 public:
  explicit ActiveTree(Make make) : make_(std::move(make)) {}

  template <class T>
  auto operator()(const T& tree) {
    constexpr NodeKind kind = kind_of<Opened<const T>>();
    auto&& node = open(tree);
    if constexpr (kind == NodeKind::block) {
      return block(node);
    } else if constexpr (kind == NodeKind::range) {
      std::vector<decltype((*this)(node[0]))> result;
      result.reserve(node.size());
      for (const auto& element : node) result.push_back((*this)(element));
      return result;
    } else {
      return std::apply(
          [this](const auto&... each) { return std::tuple<decltype((*this)(each))...>{(*this)(each)...}; },
          node);
    }
  }

 private:
  template <class B>
  auto block(const B& values) {
    using Plain = typename B::PlainObject;
    constexpr int rows = Plain::RowsAtCompileTime, columns = Plain::ColsAtCompileTime,
                  options = Plain::Options;
    using Result = std::conditional_t<std::is_base_of_v<Eigen::ArrayBase<B>, B>,
                                      Eigen::Array<Active, rows, columns, options>,
                                      Eigen::Matrix<Active, rows, columns, options>>;
    Result result(values.rows(), values.cols());
    for (Eigen::Index column = 0; column < values.cols(); ++column)
      for (Eigen::Index row = 0; row < values.rows(); ++row)
        result(row, column) = make_(values(row, column), next_++);
    return result;
  }

  Make make_;
  Eigen::Index next_ = 0;
};

/// The copy that ActiveTree makes.
template <class Active, class Tree, class Make>
auto active_copy(const Tree& tree, Make make) {
  return ActiveTree<Active, Make>(std::move(make))(tree);
}

/// Calls f(a, b, ...) with the members of a tuple if f accepts them separately, else f(tree).
template <class F, class T>
decltype(auto) call_with_tree(F& f, const T& tree) {
  if constexpr (TupleLike<T> && kind_of<T>() == NodeKind::tuple) {
    constexpr bool one_by_one = []<std::size_t... I>(std::index_sequence<I...>) {
      return std::invocable<F&, const std::tuple_element_t<I, T>&...>;
    }(std::make_index_sequence<std::tuple_size_v<T>>());
    if constexpr (one_by_one) {
      return std::apply(f, tree);
    } else {
      return f(tree);
    }
  } else {
    return f(tree);
  }
}

/// Writes derivative(k), the derivative by the k-th variable, into every element of a gradient.
template <class Gradient, class Derivative>
void write_gradient(Gradient& gradient, const Derivative& derivative) {
  Eigen::Index next = 0;
  auto fill = [&](auto& block) {
    using S = typename std::remove_cvref_t<decltype(block)>::Scalar;
    for (Eigen::Index column = 0; column < block.cols(); ++column)
      for (Eigen::Index row = 0; row < block.rows(); ++row, ++next)
        block(row, column) = static_cast<S>(derivative(next));
  };
  walk(fill, gradient);
}

}  // namespace descent::detail
