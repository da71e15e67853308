// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/matrix/scale_by_shampoo.hpp>
#include <descent/transforms/momentum/trace.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

#include <limits>

namespace descent {

/// Adagrad with a full matrix for each side of a block: scales all directions instead of only the axes.
///
///   L = L + G G^T,   R = R + G^T G,   from epsilon I
///   U = L^(-1/4) G R^(-1/4),   for a vector L^(-1/2) g
///   B = momentum B + U         P = P - rate B
///
/// Memory: for r rows and c columns 2 r^2 + 2 c^2, 1 value a parameter with momentum; scratch for 3 blocks
/// and 2 r^2 + 2 c^2. Passes: 2, 4 matrix products, and 2 eigenvalue problems at each refresh.
/// Shapes: any; a vector type has one matrix. Errors: std::invalid_argument for an option out of its range.
/// Source: Gupta, Koren & Singer 2018, arXiv:1802.09568, Algorithm 1.
/// Differs from: pytorch_optimizer (like_pytorch_optimizer()).
struct Shampoo {
  Schedule learning_rate = 0.1;  ///< not negative
  Schedule momentum = 0.0;       ///< decay of the momentum buffer, in [0, 1); 0: off
  double epsilon = 1e-4;         ///< initial diagonal of L and R, not negative
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  int refresh_every = 1;              ///< steps between two computations of the roots, at least 1; 20 to 100
                                      ///< for larger blocks
  Schedule beta = 1.0;                ///< 1 for sums, below 1 the decay of averages; in (0, 1]
  double exponent = 0.25;             ///< of the inverse roots, greater than 0
  Eigen::Index max_side = 1200;       ///< longer sides have only diagonals of L or R; at least 1
  bool refresh_at_first = true;       ///< see ScaleByShampoo
  bool one_after_the_other = false;   ///< see ScaleByShampoo
  bool momentum_by_feedback = false;  ///< mixes the last direction U into the next gradient instead
  bool maximize = false;              ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    const ScaleByShampoo scale{
        .epsilon = epsilon,
        .exponent = exponent,
        .beta = beta,
        .refresh_every = refresh_every,
        .refresh_at_first = refresh_at_first,
        .max_side = max_side,
        .one_after_the_other = one_after_the_other,
        .feedback = momentum_by_feedback ? momentum : Schedule(0),
        .weight_decay = detail::decay_into_gradient(weight_decay_form, weight_decay).weight_decay};
    return Negate{maximize} | scale | Trace{.momentum = momentum_by_feedback ? Schedule(0) : momentum} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  void check(const Check& check) const {
    check("momentum", momentum, legal::decay_rate);
    check("weight_decay", weight_decay, legal::non_negative);
  }

  /// pytorch_optimizer 3.9: L^(-1/2) G R^(-1/2), R from the gradient scaled by L, momentum by feedback, no
  /// step before the first refresh.
  static Shampoo like_pytorch_optimizer() {
    return {.learning_rate = 1e-3,
            .epsilon = 1e-6,
            .exponent = 0.5,
            .max_side = std::numeric_limits<Eigen::Index>::max(),
            .refresh_at_first = false,
            .one_after_the_other = true,
            .momentum_by_feedback = true};
  }
};

}  // namespace descent
