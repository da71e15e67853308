// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_simplified_ademamix.hpp>

#include <cmath>
#include <cstdint>

namespace descent {

/// AdEMAMix with one average: adds the current gradient to a long momentum.
///
///   m = beta1 m + g          v = beta2 v + (1 - beta2) g^2
///   d = (m + alpha g) / (sqrt(v / (1 - beta2^t)) + epsilon)
///   p = p - rate (d + weight_decay p)
///   beta1_warmup = T:   the half-life of beta1 goes from that of min_beta1 to its own on a straight line
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Morwani et al. 2025, arXiv:2502.02431.
/// Differs from: pytorch_optimizer, which averages and divides (like_pytorch_optimizer()); Optax as here.
struct SimplifiedAdEMAMix {
  Schedule learning_rate = 1e-4;  ///< not negative; m is a sum, of about 1 / (1 - beta1) gradients
  Schedule beta1 = 0.99;          ///< decay of the sum of gradients, in [0, 1)
  Schedule beta2 = 0.95;          ///< decay of the average of squared gradients, in [0, 1)
  Schedule alpha = 0.0;           ///< weight of the current gradient, not negative; lower for large batches
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  double beta1_warmup = 0;                                         ///< in steps, not negative; 0: off
  double min_beta1 = 0.9;             ///< beta1 at the beginning of its warm-up, in [0, 1)
  bool maximize = false;              ///< steps uphill, to maximize the objective
  double epsilon_root = 0;            ///< added inside the square root, not negative
  bool average = false;               ///< m = beta1 m + (1 - beta1) g
  bool divide_by_correction = false;  ///< divides d by 1 - beta2^t

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleBySimplifiedAdEMAMix{.beta1 = growing_beta1(),
                                     .beta2 = beta2,
                                     .alpha = alpha,
                                     .epsilon = epsilon,
                                     .epsilon_root = epsilon_root,
                                     .average = average,
                                     .divide_by_correction = divide_by_correction} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta1_warmup", beta1_warmup, legal::non_negative);
    check("min_beta1", min_beta1, legal::decay_rate);
  }

  /// pytorch_optimizer: m is an average, and the direction divided by the correction of v.
  static SimplifiedAdEMAMix like_pytorch_optimizer() {
    return {.average = true, .divide_by_correction = true};
  }

 private:
  // The authors' half-life, as a number of steps; the small number allows for a beta of 0.
  static double half_life(double beta) { return std::log(0.5) / std::log(beta + 1e-8) - 1; }

  Schedule growing_beta1() const {
    if (!(beta1_warmup > 0)) return beta1;
    return [end = beta1, start = min_beta1, steps = beta1_warmup](std::int64_t step) {
      const double done = (static_cast<double>(step) + 1) / steps, last = end(step);
      if (done >= 1 || !legal::decay_rate.contains(last)) return last;  // check() rejects a bad one
      return std::pow(0.5, 1 / ((1 - done) * half_life(start) + done * half_life(last) + 1));
    };
  }
};

}  // namespace descent
