// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>

#include <concepts>
#include <type_traits>

namespace descent {

/// A concept that matches objectives of `minimize` and `check_gradient` for parameters of type Tree.
///
/// Satisfied by `double objective(const Tree& parameters, Gradient& gradient)`: a lambda, function or functor
/// that returns the loss and writes the gradient. Gradient is `GradientOf<Tree>`, the return type of
/// `zeros_like(parameters)`: the same structure, with owned blocks instead of views. The gradient is always
/// zero on entry, so that `=` and `+=` both work, and blocks that are not written count as 0. The loss may be
/// of any type that converts to double.
///
///   auto objective = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
///     gradient = 2 * x;
///     return x.squaredNorm();
///   };
template <class F, class Tree>
concept Objective =
    std::invocable<F&, const std::remove_cvref_t<Tree>&, GradientOf<Tree>&> &&
    std::convertible_to<std::invoke_result_t<F&, const std::remove_cvref_t<Tree>&, GradientOf<Tree>&>,
                        double>;

/// A concept that matches a function of the parameters alone, without a gradient.
///
/// Satisfied by `double f(const Tree& parameters)`. `numerical_gradient(f)` and `autodiff(f)` turn such
/// functions into objectives.
template <class F, class Tree>
concept ValueObjective =
    std::invocable<F&, const std::remove_cvref_t<Tree>&> &&
    std::convertible_to<std::invoke_result_t<F&, const std::remove_cvref_t<Tree>&>, double>;

namespace detail {
enum class ObjectiveFault { none, no_number, value_only, changes_parameters, gradient_first, other };

/// The fault of an objective, from the likeliest to the vaguest; tests the later conditions only if
/// necessary.
template <class F, class Tree>
constexpr ObjectiveFault objective_fault() {
  using Parameters = std::remove_cvref_t<Tree>;
  using Gradient = GradientOf<Tree>;
  if constexpr (Objective<F, Tree>) {
    return ObjectiveFault::none;
  } else if constexpr (std::invocable<F&, const Parameters&, Gradient&>) {
    return ObjectiveFault::no_number;
  } else if constexpr (std::invocable<F&, const Parameters&>) {
    return ObjectiveFault::value_only;
  } else if constexpr (std::invocable<F&, Gradient&, const Parameters&>) {
    return ObjectiveFault::gradient_first;
  } else if constexpr (std::invocable<F&, Parameters&, Gradient&>) {
    return ObjectiveFault::changes_parameters;
  } else {
    return ObjectiveFault::other;
  }
}

/// Compiles for an objective of these parameters; otherwise reports what is missing.
template <class F, class Tree>
constexpr bool require_objective() {
  constexpr ObjectiveFault fault = objective_fault<F, Tree>();
  static_assert(fault != ObjectiveFault::no_number,
                "descent: the objective does not return a number; it must return the loss");
  static_assert(fault != ObjectiveFault::value_only,
                "descent: this objective takes no gradient; write it as double objective(const Parameters&, "
                "Gradient&), "
                "or wrap it: numerical_gradient(objective) or autodiff(objective)");
  static_assert(fault != ObjectiveFault::gradient_first,
                "descent: the objective takes the gradient first; expected double objective(const "
                "Parameters&, Gradient&)");
  static_assert(fault != ObjectiveFault::changes_parameters,
                "descent: the objective may change its parameters; take them as const Parameters&");
  static_assert(fault != ObjectiveFault::other,
                "descent: not an objective of these parameters: expected double objective(const Parameters& "
                "parameters, "
                "Gradient& gradient), where Gradient is what zeros_like(parameters) returns");
  return fault == ObjectiveFault::none;
}

/// Compiles for a function of the parameters alone; otherwise reports what is missing.
template <class F, class Tree>
constexpr bool require_value_objective() {
  constexpr bool callable = std::invocable<F&, const std::remove_cvref_t<Tree>&>;
  static_assert(callable,
                "descent: expected a function of the parameters alone: double f(const Parameters&)");
  if constexpr (callable)
    static_assert(ValueObjective<F, Tree>,
                  "descent: the function does not return a number; it must return the loss");
  return ValueObjective<F, Tree>;
}

/// Sets every block of a gradient to 0.
template <class Gradient>
void clear(Gradient& gradient) {
  walk([](auto& block) { block.setZero(); }, gradient);
}

/// The loss and the gradient; clears the gradient first.
template <class F, class Tree, class Gradient>
double evaluate(F& objective, const Tree& parameters, Gradient& gradient) {
  clear(gradient);
  return static_cast<double>(objective(parameters, gradient));
}
}  // namespace detail

}  // namespace descent
