// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/core/simd/cube_root.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>

#include <cmath>

namespace descent {

/// Dual averaging with the cube root of the summed squares, and momentum by interpolation.
///
///   w = (rate + epsilon) sqrt(t)          s = s + w g          n = n + w g^2
///   z = x0 - s / (n^(1/3) + epsilon),   x0 the parameters before the first step
///   p = momentum p + (1 - momentum) z
///
/// Decoupled weight decay is multiplied by rate + epsilon, too.
/// Memory: 3 values a parameter, 2 without momentum. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio & Jelassi 2021, arXiv:2101.11075, Algorithm 1; epsilon_in_rate is from the authors' code.
/// Differs from: the paper, which does not add epsilon to the rate; the authors' code and Optax as here. A
/// rate of 0 stays 0.
struct MadGrad {
  Schedule learning_rate = 0.01;  ///< not negative
  Schedule momentum = 0.9;        ///< share of the old parameters in the new ones, in [0, 1)
  double epsilon = 1e-6;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective
  bool epsilon_in_rate = true;                                   ///< false uses w = rate sqrt(t)

  auto chain(auto...) const;
};

namespace detail {
/// s / (n^(1/3) + epsilon), 0 if all gradients were 0.
template <class V>
V dual_step(V s, V n, V epsilon) {
  return divide_or_zero(s, cube_root(n) + epsilon);
}

inline double madgrad_rate(const Schedule& learning_rate, double epsilon, bool epsilon_in_rate, Step step) {
  const double rate = learning_rate(step.index);
  return epsilon_in_rate && rate > 0 ? rate + epsilon : rate;
}

/// MADGRAD with momentum: stores the initial parameters, and moves part of the way to the dual average's
/// point.
struct MadGradWithMomentum {
  Schedule learning_rate, momentum;
  double epsilon;
  bool epsilon_in_rate;
  Schedule decay;
  bool fixed_decay;

  static constexpr RuleTraits traits{.has_learning_rate = true, .stores_start = true};

  DESCENT_STATE(grad_sum_sq, s, x0)

  template <class S>
  struct Coefficients {
    S weight, way, minus_decay, epsilon, first;
  };
  Coefficients<double> coefficients(Step step) const {
    const double rate = madgrad_rate(learning_rate, epsilon, epsilon_in_rate, step);
    return {rate * std::sqrt(step.t()), 1 - momentum(step.index),
            -(fixed_decay ? 1 : rate) * decay(step.index), epsilon, step.is_first() ? 1.0 : 0.0};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.x0 = select(c.first > V(0), p, state.x0);
    state.grad_sum_sq = fma(c.weight * u, u, state.grad_sum_sq);
    state.s = fma(c.weight, u, state.s);
    const V point = state.x0 - dual_step(state.s, state.grad_sum_sq, c.epsilon);
    return fma(c.way, point - p, c.minus_decay * p);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("momentum", momentum, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("weight_decay", decay, legal::non_negative);
  }
};

/// MADGRAD without momentum: the initial parameters follow from the current ones.
struct MadGradWithoutMomentum {
  Schedule learning_rate;
  double epsilon;
  bool epsilon_in_rate;
  Schedule decay;
  bool fixed_decay;

  static constexpr RuleTraits traits{.has_learning_rate = true};

  DESCENT_STATE(grad_sum_sq, s)

  template <class S>
  struct Coefficients {
    S weight, minus_decay, epsilon;
  };
  Coefficients<double> coefficients(Step step) const {
    const double rate = madgrad_rate(learning_rate, epsilon, epsilon_in_rate, step);
    return {rate * std::sqrt(step.t()), -(fixed_decay ? 1 : rate) * decay(step.index), epsilon};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    const V before = dual_step(state.s, state.grad_sum_sq, c.epsilon);
    state.grad_sum_sq = fma(c.weight * u, u, state.grad_sum_sq);
    state.s = fma(c.weight, u, state.s);
    return fma(c.minus_decay, p, before - dual_step(state.s, state.grad_sum_sq, c.epsilon));
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("epsilon", epsilon, legal::non_negative);
    check("weight_decay", decay, legal::non_negative);
  }
};
}  // namespace detail

inline auto MadGrad::chain(auto...) const {
  const bool coupled = weight_decay_form == WeightDecayForm::coupled;
  const bool fixed = weight_decay_form == WeightDecayForm::fixed;
  const Schedule decay = coupled ? Schedule(0) : weight_decay;
  return Negate{maximize} | AddDecayedWeights{coupled ? weight_decay : Schedule(0)} |
         either(is_always_zero(momentum),
                detail::MadGradWithoutMomentum{.learning_rate = learning_rate,
                                               .epsilon = epsilon,
                                               .epsilon_in_rate = epsilon_in_rate,
                                               .decay = decay,
                                               .fixed_decay = fixed},
                detail::MadGradWithMomentum{.learning_rate = learning_rate,
                                            .momentum = momentum,
                                            .epsilon = epsilon,
                                            .epsilon_in_rate = epsilon_in_rate,
                                            .decay = decay,
                                            .fixed_decay = fixed});
}

}  // namespace descent
