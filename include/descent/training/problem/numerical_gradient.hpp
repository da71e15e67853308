// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
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

/// Restores an element at the end of its scope, also after an exception.
template <class S>
class ElementGuard {
 public:
  explicit ElementGuard(S& element) : element_(element), original_(element) {}
  ElementGuard(const ElementGuard&) = delete;
  ElementGuard& operator=(const ElementGuard&) = delete;
  ~ElementGuard() { element_ = original_; }
  S original() const { return original_; }

 private:
  S& element_;
  S original_;
};

/// A derivative by differences, and its possible error from the rounding of the loss.
struct Difference {
  double derivative = 0;
  double rounding = 0;
};

/// The step that balances truncation and rounding errors of a central difference, relative to the element.
template <class S>
double default_relative_step() {
  return std::cbrt(static_cast<double>(std::numeric_limits<S>::epsilon()));
}

/// (f(x + h) - f(x - h)) / 2h, with the h that x + h has after rounding.
template <class S, class Value>
Difference difference_with_step(S& element, double h, Value& value) {
  const ElementGuard<S> guard(element);
  const S up = guard.original() + static_cast<S>(h), down = guard.original() - static_cast<S>(h);
  element = up;
  const double above = value();
  element = down;
  const double below = value();
  const double width = static_cast<double>(up) - static_cast<double>(down);
  const double size = std::max(std::abs(above), std::abs(below));
  return {(above - below) / width,
          size * static_cast<double>(std::numeric_limits<S>::epsilon()) / (width / 2)};
}

/// The derivative of value() with respect to an element. The step is relative to max(1, |x|); if that leaves
/// the function's domain (a small x under a logarithm), a step relative to |x| is tried.
template <class S, class Value>
Difference central_difference(S& element, const std::optional<double>& relative_step, Value& value) {
  const double relative = relative_step ? *relative_step : default_relative_step<S>();
  const double size = std::abs(static_cast<double>(element));
  const Difference difference = difference_with_step(element, relative * std::max(1.0, size), value);
  if (is_finite(difference.derivative) || size == 0 || size >= 1) return difference;
  return difference_with_step(element, relative * size, value);
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
