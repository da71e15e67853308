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

/// Adam with a second, slow average of the gradients, which remembers tens of thousands of steps.
///
///   m1 = beta1 m1 + (1 - beta1) g          m2 = beta3 m2 + (1 - beta3) g
///   v = beta2 v + (1 - beta2) g^2
///   d = (m1 / (1 - beta1^t) + alpha m2) / (sqrt(v / (1 - beta2^t)) + epsilon)
///   p = p - rate (d + weight_decay p)
///   alpha_warmup = T:   alpha_t = alpha min(1, t / T)
///   beta3_warmup = T:   1 / log(beta3_t) goes from 1 / log(beta1) to 1 / log(beta3) on a straight line
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2, beta3 in [0, 1), schedules (0.9, 0.999,
/// 0.9999); alpha >= 0, a schedule (5); epsilon >= 0 (1e-8); weight_decay >= 0, a schedule (0),
/// weight_decay_form (decoupled): where it acts; alpha_warmup, beta3_warmup >= 0 (0: none), in steps, which
/// need not be whole; the paper advises the length of the training; maximize (false): climb; epsilon_root
/// >= 0 (0), inside the root; correct_slow_average (false): m2 / (1 - beta1^t).
/// Memory: 3 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range; a beta3_warmup with a beta1 or beta3 of 0.
/// Source: Pagliardini, Ablin & Grangier 2024, arXiv:2409.03137.
/// Differs from: pytorch_optimizer, which corrects m2 as m1; Optax and the authors' code as here.
struct AdEMAMix {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999, beta3 = 0.9999;
  Schedule alpha = 5.0;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  double alpha_warmup = 0, beta3_warmup = 0;
  bool maximize = false;
  double epsilon_root = 0;
  bool correct_slow_average = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByAdEMAMix{beta1,   beta2,        growing_beta3(),     growing_alpha(),
                           epsilon, epsilon_root, correct_slow_average} |
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
      if (done >= 1 || !legal::decay_rate.contains(last)) return last;  // a bad one so that it is refused
      if (!(first > 0 && last > 0)) return std::numeric_limits<double>::quiet_NaN();  // refused, too
      const double log_start = std::log(first), log_end = std::log(last);
      const double grown = std::exp(log_start * log_end / ((1 - done) * log_end + done * log_start));
      return std::min(grown, last);
    };
  }
};

}  // namespace descent
