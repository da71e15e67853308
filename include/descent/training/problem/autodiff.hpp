// SPDX-License-Identifier: MIT
#pragma once

// Needs Eigen's unsupported module AutoDiff, which every package of Eigen contains; not in descent.hpp.

#include <descent/core/parameters.hpp>
#include <descent/training/problem/active_tree.hpp>
#include <descent/training/problem/objective.hpp>

#include <Eigen/Core>
#include <unsupported/Eigen/AutoDiff>

#include <type_traits>
#include <utility>

namespace descent {
namespace detail {

template <class Tree>
using DerivativesOf =
    Eigen::Matrix<decltype(first_scalar<const Tree&>()), fixed_parameter_count<const Tree&>(), 1>;
template <class Tree>
using ActiveScalar = Eigen::AutoDiffScalar<DerivativesOf<Tree>>;

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
    // int, as Eigen's AutoDiffScalar requires
    const auto variables = static_cast<int>(parameter_count(parameters));
    const auto active = detail::active_copy<Active>(parameters, [&](const auto& value, Eigen::Index k) {
      return Active(value, variables, static_cast<int>(k));
    });
    using Result = decltype(detail::call_with_tree(function, active));
    static_assert(detail::AutoDiffNumber<Result>,
                  "descent: autodiff: the function returns a plain number, so that its derivatives are lost; "
                  "return the "
                  "scalar type of its arguments");
    if constexpr (detail::AutoDiffNumber<Result>) {
      const Active loss = detail::call_with_tree(function, active);
      const bool constant = loss.derivatives().size() == 0;
      using S = typename detail::DerivativesOf<Tree>::Scalar;
      detail::write_gradient(gradient,
                             [&](Eigen::Index k) { return constant ? S(0) : S(loss.derivatives()(k)); });
      return static_cast<double>(loss.value());
    }
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
