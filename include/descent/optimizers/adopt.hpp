// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/decay/decay_gradient.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_adopt.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam that converges with any beta2: scales by the previous second moment, then applies momentum.
///
///   t = 1:   v = g^2, and the parameters do not change
///   t > 1:   m = beta1 m + (1 - beta1) clamp(g / max(sqrt(v), epsilon), -c, c),   c = (t - 1)^clip_exponent
///            p = p - rate (m + weight_decay p)          v = beta2 v + (1 - beta2) g^2
///
/// Memory: 2 values a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Taniguchi et al. 2024, arXiv:2411.02853, Algorithm 2; Liang et al. 2024, arXiv:2411.16085.
/// Differs from: timm, whose clip_exponent is 0.333 (like_timm()); pytorch_optimizer, which counts from one
/// and decays at the first step (both are switches); the authors' code and Optax as here.
struct Adopt {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.9999;        ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-6;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective
  bool clip = true;                                              ///< clips the scaled gradient to [-c, c]
  double clip_exponent = 0.25;                                   ///< c = (t - 1)^clip_exponent, not negative
  bool clip_counts_from_one = false;                             ///< c = t^clip_exponent
  bool nesterov = false;                                         ///< Nesterov momentum
  bool cautious = false;        ///< drops elements of the update that point against the gradient
  bool decay_at_first = false;  ///< decoupled and fixed decay act at the first step, too

  auto chain(auto...) const {
    const ScaleByAdopt adopt{.beta1 = beta1,
                             .beta2 = beta2,
                             .epsilon = epsilon,
                             .clip = clip,
                             .clip_exponent = clip_exponent,
                             .clip_counts_from_one = clip_counts_from_one,
                             .nesterov = nesterov};
    return Negate{maximize} | DecayGradient{coupled_decay()} | adopt | optional(Cautious{}, cautious) |
           detail::decay_into_direction(weight_decay_form, decay_of_parameters()) |
           ScaleByLearningRate{learning_rate} |
           detail::decay_after_rate(weight_decay_form, decay_of_parameters());
  }

  void check(const Check& check) const { check("weight_decay", weight_decay, legal::non_negative); }

  /// timm: clip_exponent 0.333.
  static Adopt like_timm() { return {.clip_exponent = 0.333}; }

 private:
  Schedule coupled_decay() const {
    return weight_decay_form == WeightDecayForm::coupled ? weight_decay : Schedule(0);
  }
  // The first step does not move the parameters.
  Schedule decay_of_parameters() const {
    if (decay_at_first || is_always_zero(weight_decay)) return weight_decay;
    return [decay = weight_decay](std::int64_t step) { return step == 0 ? 0 : decay(step); };
  }
};

}  // namespace descent
