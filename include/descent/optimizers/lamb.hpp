// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_trust_ratio.hpp>

#include <cmath>
#include <limits>

namespace descent {

/// Adam whose step in each block is proportional to the block's norm, for large batches.
///
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   d = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) + weight_decay p
///   p = p - rate (|p| / |d|) d,   norms over the block; the ratio is 1 if either norm is 0
///
/// Memory: 2 values a parameter. Passes: 2, one more each with max_gradient_norm and cautious. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: You et al. 2020, arXiv:1904.00962; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: timm, which clips, decays and adapts only decayed parameters (like_timm()); Keras, whose
/// decay is outside the ratio (like_keras()); Optax as here.
struct Lamb {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-6;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  bool maximize = false;          ///< steps uphill, to maximize the objective
  double max_gradient_norm =
      std::numeric_limits<double>::infinity();  ///< norm to which the gradient is clipped
                                                ///< over the tree, greater than 0
  bool adapt_only_decayed = false;              ///< omits the ratio if weight_decay is 0
  bool clip_ratio = false;                      ///< the ratio is at most 1 (LAMBC)
  bool decoupled_decay = false;                 ///< decays the parameters first, outside the ratio
  bool cautious = false;           ///< drops elements of the update that point against the gradient
  bool gradient_averaging = true;  ///< multiplies gradients by 1 - beta1 when they are added to m
  bool bias_correction = true;     ///< divides m and v by 1 - beta^t
  double epsilon_root = 0;         ///< added inside the square root, not negative

  auto chain(auto...) const;

  void check(const Check& check) const {
    check("max_gradient_norm", max_gradient_norm, Interval{.low = 0, .high_is_open = false});
  }

  /// timm: the gradient's norm at most 1, decay 0.01, no ratio without decay.
  static Lamb like_timm() {
    return {.weight_decay = 0.01, .max_gradient_norm = 1, .adapt_only_decayed = true};
  }
  /// Keras: epsilon 1e-7, decay outside the ratio.
  static Lamb like_keras() { return {.epsilon = 1e-7, .decoupled_decay = true}; }

 private:
  ScaleByTrustRatio trust() const {
    return {.max_ratio = clip_ratio ? 1 : std::numeric_limits<double>::infinity()};
  }
};

namespace detail {
/// Decays the parameters, then takes a step with the ratio of the decayed parameters: p = (1 - rate
/// weight_decay) p - rate ratio u. This is one rule, since the ratio depends on the rate.
struct DecayBesideTrustRatio {
  Schedule learning_rate;   ///< that of Lamb, not negative
  Schedule weight_decay;    ///< that of Lamb, not negative
  ScaleByTrustRatio trust;  ///< the ratio and its limit

  static constexpr RuleTraits traits{.measures = Scope::block, .has_learning_rate = true};
  template <class V>
  using Measured = ScaleByTrustRatio::Measured<V>;
  template <class V>
  static void measure(V u, V p, Measured<V>& sums) {
    ScaleByTrustRatio::measure(u, p, sums);
  }

  template <class S>
  struct Coefficients {
    S minus_step, minus_decay;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double rate = learning_rate(step.index), decay = rate * weight_decay(step.index);
    const double left = std::abs(1 - decay) * std::sqrt(measured.squared_parameters);
    return {-rate * trust.ratio(left, std::sqrt(measured.squared_update)), -decay};
  }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return fma(c.minus_decay, p, c.minus_step * u);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};
}  // namespace detail

inline auto Lamb::chain(auto...) const {
  const bool clips = is_finite(max_gradient_norm);
  const ClipByGlobalNorm clip{.max_norm = clips ? max_gradient_norm : 1, .epsilon = 0};
  ScaleByAdam adam{.beta1 = beta1, .beta2 = beta2, .epsilon = epsilon, .epsilon_root = epsilon_root};
  adam.correct_first_moment = adam.correct_second_moment = bias_correction;
  adam.gradient_averaging = gradient_averaging;
  const ScaleByLearningRate rate{learning_rate};
  const auto adapted = AddDecayedWeights{weight_decay} | trust() | rate;
  const bool adapts = !adapt_only_decayed || !is_always_zero(weight_decay);
  return Negate{maximize} | optional(clip, clips) | adam | optional(Cautious{}, cautious) |
         choose(!adapts           ? 0U
                : decoupled_decay ? 1U
                                  : 2U,
                rate,
                detail::DecayBesideTrustRatio{
                    .learning_rate = learning_rate, .weight_decay = weight_decay, .trust = trust()},
                adapted);
}

}  // namespace descent
