// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Momentum of updates that are scaled by the previous second moment and clipped.
///
///   t = 1:   v = u^2, u' = 0
///   t > 1:   n = clamp(u / max(sqrt(v), epsilon), -c, c),   c = (t - 1)^clip_exponent
///            m = beta1 m + (1 - beta1) n          u' = m,   with nesterov beta1 m + (1 - beta1) n
///            v = beta2 v + (1 - beta2) u^2
///
/// Memory: 2 values a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Taniguchi et al. 2024, arXiv:2411.02853, Algorithm 2.
/// Differs from: timm, whose clip_exponent is 0.333; pytorch_optimizer, which counts from one; Optax as here.
struct ScaleByAdopt {
  Schedule beta1 = 0.9;               ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.9999;            ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-6;              ///< smallest denominator, not negative
  bool clip = true;                   ///< clips the scaled update to [-c, c]
  double clip_exponent = 0.25;        ///< c = (t - 1)^clip_exponent, not negative
  bool clip_counts_from_one = false;  ///< c = t^clip_exponent
  bool nesterov = false;              ///< Nesterov momentum

  DESCENT_STATE(exp_avg, exp_avg_sq)
  static constexpr RuleTraits traits{.stores_start = true};

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon, limit, started, nesterov;
  };
  Coefficients<double> coefficients(Step step) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    const bool started = !step.is_first();
    const double count = clip_counts_from_one ? step.t() : step.t() - 1;
    return {b1,
            1 - b1,
            started ? b2 : 0,
            started ? 1 - b2 : 1,
            epsilon,
            clip && started ? std::pow(count, clip_exponent) : 0,
            started ? 1.0 : 0.0,
            nesterov ? 1.0 : 0.0};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V ratio = select(u == V(0), V(0), divide_or_zero(u, max(sqrt(state.exp_avg_sq), c.epsilon)));
    const V clipped = select(c.limit > V(0), min(max(ratio, -c.limit), c.limit), ratio);
    const V zero = u - u;  // NaN if u is infinite, since the clip would hide that
    const V scaled = c.one_minus_beta1 * select(c.started > V(0), clipped, V(0)) + zero;
    state.exp_avg = fma(c.beta1, state.exp_avg, scaled);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    return select(c.nesterov > V(0), fma(c.beta1, state.exp_avg, scaled), state.exp_avg);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("clip_exponent", clip_exponent, legal::non_negative);
  }
};

}  // namespace descent
