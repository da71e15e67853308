// SPDX-License-Identifier: MIT
#pragma once

// Needs Eigen's unsupported module AutoDiff, which every package of Eigen contains; not in descent.hpp.

#include <descent/core/parameters.hpp>
#include <descent/training/problem/objective.hpp>

#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {
namespace detail {

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

template <class Tree>
using DerivativesOf =
    Eigen::Matrix<decltype(first_scalar<const Tree&>()), fixed_parameter_count<const Tree&>(), 1>;
template <class Tree>
using ActiveScalar = Eigen::AutoDiffScalar<DerivativesOf<Tree>>;

/// A copy of a tree whose elements carry derivatives: element k is the k-th variable.
template <class Active>
class ActiveTree {
 public:
  explicit ActiveTree(int variables) : variables_(variables) {}

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
        result(row, column) = Active(values(row, column), variables_, next_++);
    return result;
  }

  int variables_, next_ = 0;  // int, as Eigen's AutoDiffScalar requires
};

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

template <class Active>
concept AutoDiffNumber = requires(const std::remove_cvref_t<Active>& x) { x.derivatives(); };

}  // namespace detail

/// An objective with exact derivatives; see `autodiff`.
template <class F>
struct AutoDiffObjective {
  F function;

  template <class Tree>
  double operator()(const Tree& parameters, GradientOf<Tree>& gradient) const {
    using Active = detail::ActiveScalar<Tree>;
    const auto variables = static_cast<int>(parameter_count(parameters));
    const auto active = detail::ActiveTree<Active>(variables)(parameters);
    using Result = decltype(detail::call_with_tree(function, active));
    static_assert(detail::AutoDiffNumber<Result>,
                  "descent: autodiff: the function returns a plain number, so that its derivatives are lost; "
                  "return the "
                  "scalar type of its arguments");
    if constexpr (detail::AutoDiffNumber<Result>) {
      const Active loss = detail::call_with_tree(function, active);
      write(loss, gradient);
      return static_cast<double>(loss.value());
    }
  }

 private:
  template <class Active, class Gradient>
  static void write(const Active& loss, Gradient& gradient) {
    Eigen::Index next = 0;
    const bool constant = loss.derivatives().size() == 0;
    auto fill = [&](auto& block) {
      using S = typename std::remove_cvref_t<decltype(block)>::Scalar;
      for (Eigen::Index column = 0; column < block.cols(); ++column)
        for (Eigen::Index row = 0; row < block.rows(); ++row, ++next)
          block(row, column) = constant ? S(0) : static_cast<S>(loss.derivatives()(next));
    };
    detail::walk(fill, gradient);
  }
};

/// Makes an objective from a function template of the parameters, with exact derivatives by
/// Eigen::AutoDiffScalar (forward mode).
///
///   auto rosenbrock = autodiff([](const auto& x) {
///     using Scalar = typename std::decay_t<decltype(x)>::Scalar;
///     const Scalar a = 1.0 - x[0], b = x[1] - x[0] * x[0];
///     return Scalar(a * a + 100.0 * b * b);
///   });
///   minimize(rosenbrock, x, Adam{});
///
/// The function receives a copy of the parameters whose scalars carry derivatives: a matrix for a block, a
/// std::vector for a range, and for a tuple or a structure its blocks as separate arguments
/// (`[](const auto& w, const auto& b)`) or as one tuple. Call mathematical functions by unqualified names:
/// `using std::exp; exp(x)`. Convert a constant matrix first: `data.template cast<Scalar>() * x`.
/// Give results the type Scalar as above, including the returned one: `auto` would hold an Eigen expression
/// that may refer to destroyed variables.
/// Every operation carries a derivative for each parameter, so time and memory grow with the square of the
/// number of parameters: for small problems. Exact, whereas `numerical_gradient` has 10 digits.
template <class F>
auto autodiff(F&& function) {
  return AutoDiffObjective<std::remove_cvref_t<F>>{std::forward<F>(function)};
}

}  // namespace descent
