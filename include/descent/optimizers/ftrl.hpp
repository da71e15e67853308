// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/follow_the_leader.hpp>

namespace descent {

/// Follow the regularised leader: sparse models, in which what matters little is exactly 0.
///
///   sigma = (sqrt(n + g^2) - sqrt(n)) / rate          n = n + g^2
///   z = z + g + 2 l2_shrinkage p - sigma p
///   p = 0 where |z| <= l1,   else -(z - sign(z) l1) / ((beta + sqrt(n)) / rate + l2)
///
/// Options: learning_rate > 0, a schedule (0.1); l1, l2 >= 0 (0): the penalties l1 |p| + l2 p^2 / 2; beta >= 0
/// (1): the larger, the smaller the first steps; initial_accumulator >= 0 (0): n before the first step;
/// l2_shrinkage >= 0 (0): a penalty in the gradient; start_from_zero (false): forget where the parameters
/// were; else they are the leader at first, unless beta, initial_accumulator and l2 are all 0; maximize
/// (false): climb.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches", KDD, Algorithm 1.
/// Differs from: Keras and TensorFlow (like_keras()), which have no beta, n at 0.1, start from zero and count
/// l2 twice: their l2 is half of this one. The power of n in the rate is -1/2 here, always.
struct Ftrl {
  Schedule learning_rate = 0.1;
  double l1 = 0, l2 = 0;
  double beta = 1;
  double initial_accumulator = 0;
  double l2_shrinkage = 0;
  bool start_from_zero = false;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} |
           FollowTheLeader{learning_rate, l1, l2, beta, initial_accumulator, l2_shrinkage, start_from_zero};
  }

  /// Keras: rate 1e-3, no beta, n from 0.1, and the parameters at the start forgotten.
  static Ftrl like_keras() {
    return {.learning_rate = 1e-3, .beta = 0, .initial_accumulator = 0.1, .start_from_zero = true};
  }
};

}  // namespace descent
