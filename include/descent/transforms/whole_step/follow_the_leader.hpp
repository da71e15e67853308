// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Follow the regularized leader: minimizes the sum of all linearized losses so far, a proximal term and l1
/// and l2 penalties. Unimportant parameters are exactly 0.
///
///   sigma = (sqrt(n + u^2) - sqrt(n)) / rate          n = n + u^2
///   z = z + u + 2 l2_shrinkage p - sigma p
///   p = 0 if |z| <= l1,   else -(z - sign(z) l1) / ((beta + sqrt(n)) / rate + l2)
///
/// The last rule of its chain; applies the learning rate. The paper has start_from_zero and parameters that
/// start at 0.
/// Memory: 2 values a parameter. Passes: 1 (fused). Shapes: any. A parameter at 0 stays there while |z| <= l1.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches", KDD, Algorithm 1.
struct FollowTheLeader {
  Schedule learning_rate = 0.1;    ///< greater than 0
  double l1 = 0;                   ///< penalty l1 |p|, not negative
  double l2 = 0;                   ///< penalty l2 p^2 / 2, not negative
  double beta = 1;                 ///< makes the first steps smaller, not negative
  double initial_accumulator = 0;  ///< n before the first step, not negative
  double l2_shrinkage = 0;         ///< penalty that is added to the update, not negative
  bool start_from_zero = false;    ///< z = 0 before the first step, which ignores the initial parameters

  static constexpr RuleTraits traits{.has_learning_rate = true, .has_initial_state = true};

  DESCENT_STATE(accumulator, linear)
  State<double> initial_state() const { return {initial_accumulator, 0}; }

  template <class S>
  struct Coefficients {
    S inverse_rate, l1, constant_curvature, twice_shrinkage, initial, first_linear, first_curvature;
  };
  Coefficients<double> coefficients(Step step) const {
    const double inverse = 1 / learning_rate(step.index);
    // The z whose solution is the initial parameter.
    const bool starts = !start_from_zero;
    return {inverse,
            l1,
            beta * inverse + l2,
            2 * l2_shrinkage,
            initial_accumulator,
            starts ? l1 : 0,
            starts ? (beta + std::sqrt(initial_accumulator)) * inverse + l2 : 0};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    const V root = sqrt(state.accumulator);
    const V untouched = select(state.accumulator == c.initial, state.linear, V(1));
    state.accumulator = fma(u, u, state.accumulator);
    const V next_root = sqrt(state.accumulator);
    const auto fits = is_finite(next_root);  // if the squares overflow, the parameter does not change
    const V sigma = select(fits, (next_root - root) * c.inverse_rate, V(0));
    const V start = select(untouched == V(0), fma(c.first_curvature, p, c.first_linear * sign(p)), V(0));
    state.linear += fma(c.twice_shrinkage, p, u) - fma(sigma, p, start);
    const V beyond = state.linear - min(max(state.linear, -c.l1), c.l1);
    const V curvature = fma(next_root, c.inverse_rate, c.constant_curvature);
    const V step = select(beyond == V(0), -p, -beyond / curvature - p);
    return select(fits, step, u / next_root);  // 0, or NaN if u is
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::positive);
    check("l1", l1, legal::non_negative);
    check("l2", l2, legal::non_negative);
    check("beta", beta, legal::non_negative);
    check("initial_accumulator", initial_accumulator, legal::non_negative);
    check("l2_shrinkage", l2_shrinkage, legal::non_negative);
  }
};

}  // namespace descent
