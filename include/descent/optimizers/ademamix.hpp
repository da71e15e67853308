// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_ademamix.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace descent {

/// Adam with a second, slow average of gradients that remembers tens of thousands of steps.
///
///   m1 = beta1 m1 + (1 - beta1) g          m2 = beta3 m2 + (1 - beta3) g
///   v = beta2 v + (1 - beta2) g^2
///   d = (m1 / (1 - beta1^t) + alpha m2) / (sqrt(v / (1 - beta2^t)) + epsilon)
///   p = p - rate (d + weight_decay p)
///   alpha_warmup = T:   alpha_t = alpha min(1, t / T)
///   beta3_warmup = T:   1 / log(beta3_t) goes from 1 / log(beta1) to 1 / log(beta3) on a straight line
///
/// Memory: 3 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range; a beta3_warmup with a beta1 or beta3 of 0.
/// The paper sets both warm-ups to the length of the training.
/// Source: Pagliardini, Ablin & Grangier 2024, arXiv:2409.03137.
/// Differs from: pytorch_optimizer, which corrects m2 as m1; Optax and the authors' code as here.
struct AdEMAMix {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  Schedule beta3 = 0.9999;        ///< decay of the slow average of gradients, in [0, 1)
  Schedule alpha = 5.0;           ///< weight of the slow average, not negative
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  double alpha_warmup = 0;            ///< in steps, not negative, need not be whole; 0: off
  double beta3_warmup = 0;            ///< in steps, not negative, need not be whole; 0: off
  bool maximize = false;              ///< steps uphill, to maximize the objective
  double epsilon_root = 0;            ///< added inside the square root, not negative
  bool correct_slow_average = false;  ///< divides m2 by 1 - beta1^t

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByAdEMAMix{.beta1 = beta1,
                           .beta2 = beta2,
                           .beta3 = growing_beta3(),
                           .alpha = growing_alpha(),
                           .epsilon = epsilon,
                           .epsilon_root = epsilon_root,
                           .correct_slow_average = correct_slow_average} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  void check(const Check& check) const {
    check("alpha_warmup", alpha_warmup, legal::non_negative);
    check("beta3_warmup", beta3_warmup, legal::non_negative);
    check("beta1", beta1, legal::decay_rate);
    check("beta3", beta3, legal::decay_rate);
    const auto positive = [&](const Schedule& beta) { return beta(check.step()) > 0; };
    check.that(!(beta3_warmup > 0) || (positive(beta1) && positive(beta3)),
               "beta3_warmup needs a beta1 and a beta3 greater than 0");
  }

 private:
  Schedule growing_alpha() const {
    if (!(alpha_warmup > 0)) return alpha;
    return [end = alpha, steps = alpha_warmup](std::int64_t step) {
      return end(step) * std::min(1.0, (static_cast<double>(step) + 1) / steps);
    };
  }
  Schedule growing_beta3() const {
    if (!(beta3_warmup > 0)) return beta3;
    return [start = beta1, end = beta3, steps = beta3_warmup](std::int64_t step) {
      const double done = (static_cast<double>(step) + 1) / steps, first = start(step), last = end(step);
      if (done >= 1 || !legal::decay_rate.contains(last)) return last;  // check() rejects a bad one
      if (!(first > 0 && last > 0)) return std::numeric_limits<double>::quiet_NaN();  // rejected, too
      const double log_start = std::log(first), log_end = std::log(last);
      const double grown = std::exp(log_start * log_end / ((1 - done) * log_end + done * log_start));
      return std::min(grown, last);
    };
  }
};

}  // namespace descent
