// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/dadapt_sgd_step.hpp>

#include <limits>

namespace descent {

/// Gradient descent that chooses its rate from an estimate d of the distance to the solution.
///
///   r = d rate / |g_0|,   g_0 the first gradient that is not 0
///   n = n + r <g, s>                                  s = s + r g
///   d = max(d, min(2 n / |s|, growth_rate d))
///   p = (1 - r weight_decay) p
///   p = momentum p + (1 - momentum) (p_0 - s),   sums over the tree
///
/// Noise makes d permanently too large: let learning_rate fall to 0, as the paper does. Of 42 trainings of
/// small models (benchmarks/advice/parameter_free.cpp), 5 diverge and 11 end beyond 10 times the loss of a
/// tuned AdamW, with a cosine 5 and 8. With a growth_rate of 1.02 none diverges, but d takes about 700 steps.
/// Prodigy is the safer choice.
/// Memory: 2 values a parameter. Passes: 2. Shapes: any. The estimate is
/// `optimizer.rule_state<DAdaptSgd>().d`.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio & Mishchenko 2023, arXiv:2301.07733. pytorch_optimizer as here, but coupled decay has no
/// effect there.
struct DAdaptSgd {
  Schedule learning_rate = 1.0;  ///< multiple of the rate that is found, not negative
  Schedule momentum = 0.9;       ///< share of the old parameters in the new ones, in [0, 1)
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective
  double initial_distance = 1e-6;                                ///< first d, greater than 0
  double growth_rate = std::numeric_limits<double>::infinity();  ///< largest growth of d per step, at least 1

  auto chain(auto...) const {
    const bool coupled = weight_decay_form == WeightDecayForm::coupled;
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           DAdaptSgdStep{.learning_rate = learning_rate,
                         .momentum = momentum,
                         .weight_decay = coupled ? Schedule(0) : weight_decay,
                         .weight_decay_form = weight_decay_form,
                         .initial_distance = initial_distance,
                         .growth_rate = growth_rate};
  }
};

}  // namespace descent
