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

/// Adam that converges with any beta2: the scale is that of the steps before, and momentum comes after it.
///
///   t = 1:   v = g^2, and the parameters rest
///   t > 1:   m = beta1 m + (1 - beta1) clamp(g / max(sqrt(v), epsilon), -c, c),   c = (t - 1)^clip_exponent
///            p = p - rate (m + weight_decay p)          v = beta2 v + (1 - beta2) g^2
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.9999); epsilon
/// >= 0 (1e-6); weight_decay >= 0, a schedule (0), weight_decay_form (coupled): where it acts; maximize
/// (false): climb; clip (true), clip_exponent >= 0 (0.25), clip_counts_from_one (false): c = t^clip_exponent;
/// nesterov (false): look ahead; cautious (false): drop elements that point against the gradient;
/// decay_at_first (false): decoupled and fixed decay act at the first step, too.
/// Memory: 2 values a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Taniguchi et al. 2024, arXiv:2411.02853, Algorithm 2; Liang et al. 2024, arXiv:2411.16085.
/// Differs from: timm, whose clip_exponent is 0.333 (like_timm()); pytorch_optimizer, which counts from one
/// and decays at the first step (both are switches); the authors' code and Optax as here.
struct Adopt {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.9999;
  double epsilon = 1e-6;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;
  bool maximize = false;
  bool clip = true;
  double clip_exponent = 0.25;
  bool clip_counts_from_one = false;
  bool nesterov = false;
  bool cautious = false;
  bool decay_at_first = false;

  auto chain() const {
    const ScaleByAdopt adopt{beta1, beta2, epsilon, clip, clip_exponent, clip_counts_from_one, nesterov};
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
  // The first step only looks.
  Schedule decay_of_parameters() const {
    if (decay_at_first || is_always_zero(weight_decay)) return weight_decay;
    return [decay = weight_decay](std::int64_t step) { return step == 0 ? 0 : decay(step); };
  }
};

}  // namespace descent
