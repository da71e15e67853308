// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Adds a part of the parameters to the update, which draws them towards 0.
///
///   u = u + weight_decay p
///
/// Before a rule that scales the update this is L2 regularisation; after it and before the learning
/// rate it is decoupled decay (AdamW).
/// Options: weight_decay >= 0, a schedule (0.01).
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: Loshchilov & Hutter 2019, arXiv:1711.05101. Optax has the same transformation.
struct AddDecayedWeights {
  Schedule weight_decay = 0.01;

  template <class S>
  struct Coefficients {
    S weight_decay;
  };
  Coefficients<double> coefficients(Step step) const { return {weight_decay(step.index)}; }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return fma(c.weight_decay, p, u);
  }

  void check(const Check& check) const { check("weight_decay", weight_decay, legal::non_negative); }
};

/// Takes a part of the parameters off the update: decay behind ScaleByLearningRate, where the update
/// already points down, so that its strength does not depend on the rate.
///
///   u = u - weight_decay p
///
/// Options: weight_decay >= 0, a schedule (0.01).
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: the schedule-independent form of Loshchilov & Hutter 2019; `fixed_decay` of pytorch_optimizer.
struct SubtractDecayedWeights {
  Schedule weight_decay = 0.01;

  template <class S>
  struct Coefficients {
    S minus_weight_decay;
  };
  Coefficients<double> coefficients(Step step) const { return {-weight_decay(step.index)}; }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return fma(c.minus_weight_decay, p, u);
  }

  void check(const Check& check) const { check("weight_decay", weight_decay, legal::non_negative); }
};

/// Where weight decay acts.
enum class WeightDecayForm {
  /// Added to the gradient (L2 regularisation), so that the rule scales it with the rest.
  coupled,
  /// Added to the direction: p - rate (d + weight_decay p), as in AdamW.
  decoupled,
  /// Independent of the rate: p - rate d - weight_decay p.
  fixed
};

namespace detail {
// The three places of decay in a recipe; two of them are 0.
inline AddDecayedWeights decay_into_gradient(WeightDecayForm form, const Schedule& weight_decay) {
  return {form == WeightDecayForm::coupled ? weight_decay : Schedule(0)};
}
inline AddDecayedWeights decay_into_direction(WeightDecayForm form, const Schedule& weight_decay) {
  return {form == WeightDecayForm::decoupled ? weight_decay : Schedule(0)};
}
inline SubtractDecayedWeights decay_after_rate(WeightDecayForm form, const Schedule& weight_decay) {
  return {form == WeightDecayForm::fixed ? weight_decay : Schedule(0)};
}
}  // namespace detail

}  // namespace descent
