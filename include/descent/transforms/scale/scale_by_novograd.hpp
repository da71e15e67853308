// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>

namespace descent {

/// Momentum of updates that are normalized by one second moment per block.
///
///   v = beta2 v + (1 - beta2) |u|^2,   v = |u|^2 at the first step; over the block
///   m = beta1 m + u / (sqrt(v + epsilon_root) + epsilon) + weight_decay p
///   u = m
///
/// Memory: 1 value a parameter, 2 a block. Passes: 2 (one that reads). Shapes: any. |u| is summed in
/// double, in an order that does not depend on the block's layout.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ginsburg et al. 2019, arXiv:1905.11286.
/// Differs from: timm, which starts at the first gradient; Optax as here.
struct ScaleByNovoGrad {
  Schedule beta1 = 0.9;             ///< decay of the momentum, in [0, 1)
  Schedule beta2 = 0.25;            ///< decay of the average of squared norms, in [0, 1)
  double epsilon = 1e-6;            ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;      ///< added to the normalized update, not negative
  bool gradient_averaging = false;  ///< multiplies by 1 - beta1 what is added to m
  bool amsgrad = false;             ///< v in the root never decreases
  double epsilon_root = 0;          ///< added inside the square root, not negative
  bool start_at_gradient = false;   ///< a block's first step is that of its first gradient other than 0

  DESCENT_STATE(exp_avg)

  static constexpr RuleTraits traits{.measures = Scope::block};
  template <class V>
  struct Measured {
    V squared_norm;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.squared_norm = fma(u, u, sums.squared_norm);
  }

  struct BlockState {
    double exp_avg_sq = 0, max_exp_avg_sq = 0;
  };
  void advance(BlockState& block_state, Step step, const Measured<double>& measured) const {
    const double b2 = beta2(step.index);
    const bool starts = start_at_gradient ? block_state.exp_avg_sq == 0 : step.is_first();
    block_state.exp_avg_sq =
        starts ? measured.squared_norm : b2 * block_state.exp_avg_sq + (1 - b2) * measured.squared_norm;
    block_state.max_exp_avg_sq = block_state.exp_avg_sq < block_state.max_exp_avg_sq
                                     ? block_state.max_exp_avg_sq
                                     : block_state.exp_avg_sq;
  }

  template <class S>
  struct Coefficients {
    S beta1, scale, weight_decay;
  };
  Coefficients<double> coefficients(Step step, const BlockState& block_state, const Measured<double>&) const {
    const double b1 = beta1(step.index), weight = gradient_averaging ? 1 - b1 : 1;
    const double second = amsgrad ? block_state.max_exp_avg_sq : block_state.exp_avg_sq;
    const double root = std::sqrt(second + epsilon_root) + epsilon;
    return {b1, root == 0 ? 0 : weight / root, weight * weight_decay(step.index)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, fma(c.weight_decay, p, c.scale * u));
    return state.exp_avg;
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("epsilon_root", epsilon_root, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};

}  // namespace descent
