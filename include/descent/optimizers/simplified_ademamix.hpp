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

/// AdEMAMix with one average: a long momentum, to which the gradient at hand is added.
///
///   m = beta1 m + g          v = beta2 v + (1 - beta2) g^2
///   d = (m + alpha g) / (sqrt(v / (1 - beta2^t)) + epsilon)
///   p = p - rate (d + weight_decay p)
///   beta1_warmup = T:   the half-life of beta1 goes from that of min_beta1 to its own on a straight line
///
/// Options: learning_rate >= 0, a schedule (1e-4: m is a sum, of the size of 1 / (1 - beta1) gradients);
/// beta1, beta2 in [0, 1), schedules (0.99, 0.95); alpha >= 0, a schedule (0), which the paper advises to
/// lower as batches grow; epsilon >= 0 (1e-8); weight_decay >= 0, a schedule (0), weight_decay_form
/// (decoupled): where it acts; beta1_warmup >= 0 (0: none), in steps; min_beta1 in [0, 1) (0.9); maximize
/// (false): climb; epsilon_root >= 0 (0), inside the root; average (false): m = beta1 m + (1 - beta1) g;
/// divide_by_correction (false): d is divided by 1 - beta2^t.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Morwani et al. 2025, arXiv:2502.02431.
/// Differs from: pytorch_optimizer, which averages and divides (like_pytorch_optimizer()); Optax as here.
struct SimplifiedAdEMAMix {
  Schedule learning_rate = 1e-4;
  Schedule beta1 = 0.99, beta2 = 0.95;
  Schedule alpha = 0.0;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  double beta1_warmup = 0;
  double min_beta1 = 0.9;
  bool maximize = false;
  double epsilon_root = 0;
  bool average = false;
  bool divide_by_correction = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleBySimplifiedAdEMAMix{growing_beta1(),     beta2, alpha, epsilon, epsilon_root, average,
                                     divide_by_correction} |
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
      if (done >= 1 || !legal::decay_rate.contains(last)) return last;  // a bad one so that it is refused
      return std::pow(0.5, 1 / ((1 - done) * half_life(start) + done * half_life(last) + 1));
    };
  }
};

}  // namespace descent
