// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/problem/difference.hpp>
#include <descent/training/problem/objective.hpp>
#include <descent/training/support/norms.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace descent {
namespace detail {

/// A copy of a tree; for a tree of references, a tree that refers to the same elements. Out of line, because
/// g++ 12 warns of elements "maybe uninitialized" if it inlines Eigen's copy into the caller.
template <class Tree>
DESCENT_COLD Tree copy_of(const Tree& tree) {
  return tree;
}

}  // namespace detail

/// An objective from a function of the parameters alone; see `numerical_gradient`.
template <class F>
struct NumericalGradient {
  F function;
  std::optional<double> relative_step = {};

  template <class Tree>
  double operator()(const Tree& parameters, GradientOf<Tree>& gradient) const {
    double loss = 0;
    if constexpr (detail::require_value_objective<const F, Tree>()) {
      Tree point = detail::copy_of(parameters);
      auto value = [&] { return static_cast<double>(function(std::as_const(point))); };
      loss = value();
      auto differentiate = [&](auto& block, auto& derivatives) {
        using S = typename std::remove_cvref_t<decltype(derivatives)>::Scalar;
        detail::for_each_place(block, [&](auto row, auto column) {
          const auto difference =
              detail::central_difference(block.coeffRef(row, column), relative_step, value);
          derivatives(row, column) = static_cast<S>(difference.derivative);
        });
      };
      detail::walk(differentiate, point, gradient);
    }
    return loss;
  }
};

/// Makes an objective from `double f(const Parameters&)`, with the gradient by central differences.
///
///   minimize(numerical_gradient([](const Eigen::VectorXd& x) { return x.squaredNorm(); }), x, Adam{});
///
/// * `relative_step`: the step divided by max(1, |element|), greater than 0. Default: the cube root of the
///   element type's epsilon, 6e-6 in double and 5e-3 in float, which gives about 10 and 4 correct digits.
///
/// Calls f twice for every element, and allocates: for small problems, and for checking. Copies parameters
/// that own their elements; changes a tree of references or views in place, one element at a time, and
/// restores it bit for bit, also if f throws.
/// Errors: std::invalid_argument for a relative_step out of range.
template <class F>
auto numerical_gradient(F&& function, std::optional<double> relative_step = {}) {
  if (relative_step) Check("numerical_gradient")("relative_step", *relative_step, legal::positive);
  return NumericalGradient<std::remove_cvref_t<F>>{std::forward<F>(function), relative_step};
}

}  // namespace descent
