// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/follow_the_leader.hpp>

namespace descent {

/// Follow the regularized leader: sparse models, in which unimportant parameters are exactly 0.
///
///   sigma = (sqrt(n + g^2) - sqrt(n)) / rate          n = n + g^2
///   z = z + g + 2 l2_shrinkage p - sigma p
///   p = 0 if |z| <= l1, else -(z - sign(z) l1) / ((beta + sqrt(n)) / rate + l2)
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Without start_from_zero the initial parameters are the first leader, unless beta, initial_accumulator and
/// l2 are all 0. Errors: std::invalid_argument for an option out of its range.
/// Source: McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches", KDD, Algorithm 1.
/// Differs from: Keras and TensorFlow (like_keras()), which have no beta, n at 0.1, start from zero and count
/// l2 twice: their l2 is half of this one. The power of n in the rate is always -1/2 here.
struct Ftrl {
  Schedule learning_rate = 0.1;    ///< greater than 0
  double l1 = 0;                   ///< penalty l1 |p|, not negative
  double l2 = 0;                   ///< penalty l2 p^2 / 2, not negative
  double beta = 1;                 ///< makes the first steps smaller, not negative
  double initial_accumulator = 0;  ///< n before the first step, not negative
  double l2_shrinkage = 0;         ///< penalty that is added to the gradient, not negative
  bool start_from_zero = false;    ///< ignores the initial parameters
  bool maximize = false;           ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | FollowTheLeader{.learning_rate = learning_rate,
                                              .l1 = l1,
                                              .l2 = l2,
                                              .beta = beta,
                                              .initial_accumulator = initial_accumulator,
                                              .l2_shrinkage = l2_shrinkage,
                                              .start_from_zero = start_from_zero};
  }

  /// Keras: rate 1e-3, no beta, n starts at 0.1, the initial parameters are ignored.
  static Ftrl like_keras() {
    return {.learning_rate = 1e-3, .beta = 0, .initial_accumulator = 0.1, .start_from_zero = true};
  }
};

}  // namespace descent
