// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <type_traits>

namespace descent::detail {

/// How a form of weight decay differs from u = u + s p with the strength s = weight_decay.
struct DecayForm {
  bool by_rate = false;            ///< s = weight_decay learning_rate
  bool subtracts = false;          ///< u - s p: for a place after the learning rate
  bool of_new_parameters = false;  ///< p + u instead of p
  bool cautious = false;           ///< only elements in which u and p do not have opposite signs
  bool replaces_gradient = false;  ///< later rules take the result for the gradient
  bool has_rate = false;           ///< set_learning_rate_factor multiplies learning_rate, too
};

/// Weight decay: adds a multiple of the parameters to the update. The public forms are recipes of this one and
/// have the defaults, the ranges and the sources:
///
///   AddDecayedWeights          u + weight_decay p, before the learning rate
///   SubtractDecayedWeights     u - weight_decay p, after the learning rate
///   AddCautiousDecay           as AddDecayedWeights, but never against a step away from 0
///   DecayGradient              as AddDecayedWeights, and later rules see it in the gradient
///   DecayAfterStep             (1 - rate weight_decay) (p + u), or its proximal form
template <DecayForm form = DecayForm{}>
struct Decay {
  struct NoRate {};
  using Rate = std::conditional_t<form.by_rate, Schedule, NoRate>;

  Schedule weight_decay;                          ///< not negative; the public forms have the default
  [[no_unique_address]] Rate learning_rate = {};  ///< not negative
  bool without_rate = false;                      ///< in forms by_rate: s = weight_decay nevertheless
  bool proximal = false;                          ///< in forms by_rate: s / (1 + s) instead of s

  static constexpr RuleTraits traits{.replaces_gradient = form.replaces_gradient,
                                     .has_learning_rate = form.has_rate};

  template <class S>
  struct Coefficients {
    S strength;
  };
  Coefficients<double> coefficients(Step step) const {
    double s = weight_decay(step.index);
    if constexpr (form.by_rate) {
      if (!without_rate) s *= learning_rate(step.index);
      if (proximal) s /= 1 + s;
    }
    return {form.subtracts ? -s : s};
  }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    const V decayed = fma(c.strength, form.of_new_parameters ? p + u : p, u);
    if constexpr (form.cautious) {
      const V zero(0);
      return select((u > zero && p < zero) || (u < zero && p > zero), u, decayed);
    } else {
      return decayed;
    }
  }

  void check(const Check& check) const {
    if constexpr (form.by_rate) check("learning_rate", learning_rate, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};

}  // namespace descent::detail
