// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decay.hpp>

namespace descent {

/// Weight decay: adds `weight_decay * p` to the update.
///
///   u = u + weight_decay p
///
/// Before a rule that scales the update this is L2 regularization; after it and before the learning rate it
/// is decoupled weight decay (AdamW). Other forms: transforms/decay/decay.hpp.
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: Loshchilov & Hutter 2019, arXiv:1711.05101. Optax as here.
struct AddDecayedWeights {
  Schedule weight_decay = 0.01;  ///< strength of weight decay, not negative

  auto chain() const { return detail::Decay<>{weight_decay}; }
};

/// Weight decay that does not depend on the rate: subtracts `weight_decay * p` from the update, after
/// ScaleByLearningRate.
///
///   u = u - weight_decay p
///
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: the schedule-independent form of Loshchilov & Hutter 2019; pytorch_optimizer's `fixed_decay`.
struct SubtractDecayedWeights {
  Schedule weight_decay = 0.01;  ///< strength of weight decay, not negative

  auto chain() const { return detail::Decay<detail::DecayForm{.subtracts = true}>{weight_decay}; }
};

/// Where the optimizers with an option `weight_decay_form` apply weight decay; d is their direction.
enum class WeightDecayForm {
  /// Added to the gradient: g + weight_decay p (L2 regularization), so that the rule scales it, too.
  coupled,
  /// Added to the direction: p - rate (d + weight_decay p), as in AdamW.
  decoupled,
  /// Independent of the rate: p - rate d - weight_decay p.
  fixed
};

namespace detail {
// A recipe has weight decay in three places; the form leaves it in one, and the others have strength 0.
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
