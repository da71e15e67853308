// SPDX-License-Identifier: MIT
#pragma once

// Needs the header ceres/jet.h of Ceres Solver (Debian: libceres-dev), and links nothing; not in descent.hpp.

/// 1 if Ceres' headers are there. Define it as 0 to do without them.
#ifndef DESCENT_HAS_CERES_JET
#if __has_include(<ceres/jet.h>)
#define DESCENT_HAS_CERES_JET 1
#else
#define DESCENT_HAS_CERES_JET 0
#endif
#endif

#if !DESCENT_HAS_CERES_JET
#error \
    "descent: ceres_jet.hpp needs Ceres Solver, whose header ceres/jet.h was not found (Debian: libceres-dev)"
#else

#include <descent/core/parameters.hpp>
#include <descent/training/problem/active_tree.hpp>
#include <descent/training/problem/objective.hpp>

#include <ceres/jet.h>
#include <Eigen/Core>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace descent {
namespace detail {

/// Derivatives that a Jet for this tree carries: no more than the tree has elements, if its type fixes them.
template <class Tree, int Width>
constexpr int jet_width() {
  constexpr int count = fixed_parameter_count<const Tree&>();
  return count == Eigen::Dynamic ? Width : std::clamp(count, 1, Width);
}

template <class Tree, int Width>
using JetOf = ceres::Jet<decltype(first_scalar<const Tree&>()), jet_width<Tree, Width>()>;

template <class T>
inline constexpr bool is_jet = false;
template <class S, int Width>
inline constexpr bool is_jet<ceres::Jet<S, Width> > = true;

}  // namespace detail

/// An objective with exact derivatives; see `ceres_jet`.
template <int Width, class F>
struct CeresJetObjective {
  F function;

  template <class Tree>
  double operator()(const Tree& parameters, GradientOf<Tree>& gradient) const {
    using Jet = detail::JetOf<Tree, Width>;
    using Result = decltype(evaluate<Jet>(parameters, 0));
    constexpr bool returns_jet = detail::is_jet<std::remove_cvref_t<Result> >;
    static_assert(
        returns_jet,
        "descent: ceres_jet: the function returns a plain number, so that its derivatives are lost; "
        "return the scalar type of its arguments");
    double loss = 0;
    if constexpr (returns_jet) {
      const auto count = static_cast<Eigen::Index>(parameter_count(parameters));
      Eigen::Matrix<typename Jet::Scalar, Eigen::Dynamic, 1> derivatives(count);
      for (Eigen::Index first = 0; first < std::max<Eigen::Index>(count, 1); first += Jet::DIMENSION) {
        const Jet result = evaluate<Jet>(parameters, first);
        loss = static_cast<double>(result.a);
        const Eigen::Index length = std::min<Eigen::Index>(Jet::DIMENSION, count - first);
        derivatives.segment(first, length) = result.v.head(length);
      }
      detail::write_gradient(gradient, [&](Eigen::Index k) { return derivatives[k]; });
    }
    return loss;
  }

 private:
  /// The function's value, with derivatives by the variables first, first + 1, ...
  template <class Jet, class Tree>
  auto evaluate(const Tree& parameters, Eigen::Index first) const {
    const auto active = detail::active_copy<Jet>(parameters, [first](const auto& value, Eigen::Index k) {
      Jet variable(static_cast<typename Jet::Scalar>(value));
      if (k >= first && k - first < Jet::DIMENSION) variable.v[k - first] = 1;
      return variable;
    });
    return detail::call_with_tree(function, active);
  }
};

/// Makes an objective from a function template of the parameters, with exact derivatives by the Jet of Ceres
/// Solver (forward mode), `Width` of them in each evaluation.
///
///   auto rosenbrock = ceres_jet([](const auto& x) {
///     using Scalar = typename std::decay_t<decltype(x)>::Scalar;
///     const Scalar a = 1.0 - x[0], b = x[1] - x[0] * x[0];
///     return Scalar(a * a + 100.0 * b * b);
///   });
///   minimize(rosenbrock, x, Lbfgs{});
///
/// The function is the one that `autodiff` takes: it receives the same copy of the parameters, with scalars of
/// type ceres::Jet, and keeps the same rules, see there. A Jet is only made of a number explicitly:
/// `Scalar(3)`.
///
/// Formula: a Jet is a + sum_k v_k e_k with e_j e_k = 0, so that f(a + v e) = f(a) + f'(a) v e.
/// Cost: every call evaluates the function n / `Width` times, rounded up, and each operation carries `Width`
/// derivatives. A tree whose type fixes its n elements takes min(n, Width) instead. Time grows with n, and
/// memory does not grow with n^2 as that of `autodiff`.
/// Every call evaluates the function again, so that `if` and loops that depend on the values are right; it
/// must give the same result each time. Sizes fixed by types need no heap, if the function needs none.
/// Threads: the objective has no state; as many threads may call it as may call the function.
/// A loss or derivative that is not finite is passed on, and so is an exception of the function.
/// Source: Ceres Solver, http://ceres-solver.org/automatic_derivatives.html.
template <int Width = 16, class F>
auto ceres_jet(F&& function) {
  static_assert(Width >= 1, "descent: ceres_jet: Width must be at least 1");
  return CeresJetObjective<Width, std::remove_cvref_t<F> >{std::forward<F>(function)};
}

}  // namespace descent

#endif
