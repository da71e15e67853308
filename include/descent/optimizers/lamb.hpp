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

namespace detail {
/// Decay taken off the parameters first, then a step in the ratio of what is left:
/// p = (1 - rate weight_decay) p - rate ratio u. In one rule, since the ratio depends on the rate.
struct DecayBesideTrustRatio {
  Schedule learning_rate;
  Schedule weight_decay;
  ScaleByTrustRatio trust;

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

/// Adam whose step in each block is a share of the block's norm, for large batches.
///
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   d = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) + weight_decay p
///   p = p - rate (|p| / |d|) d,   norms over the block; the ratio is 1 where either norm is 0
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.999);
/// epsilon >= 0 (1e-6); weight_decay >= 0, a schedule (0); maximize (false): climb; max_gradient_norm > 0
/// (infinite): the gradient is clipped to this norm over the tree first; adapt_only_decayed (false): the
/// ratio is left out where weight_decay is 0; clip_ratio (false): the ratio is at most 1 (LAMBC);
/// decoupled_decay (false): the parameters shrink by rate * weight_decay first, outside the ratio; cautious
/// (false): drop elements that point against the gradient; gradient_averaging (true): false leaves out the
/// factor 1 - beta1 of m; bias_correction (true): divide by 1 - beta^t; epsilon_root >= 0 (0).
/// Memory: 2 values a parameter. Passes: 2, one more each with max_gradient_norm and cautious. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: You et al. 2020, arXiv:1904.00962; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: timm, which clips, decays and adapts only what it decays (like_timm()); Keras, whose decay
/// is outside the ratio (like_keras()); Optax as here.
struct Lamb {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-6;
  Schedule weight_decay = 0.0;
  bool maximize = false;
  double max_gradient_norm = std::numeric_limits<double>::infinity();
  bool adapt_only_decayed = false;
  bool clip_ratio = false;
  bool decoupled_decay = false;
  bool cautious = false;
  bool gradient_averaging = true;
  bool bias_correction = true;
  double epsilon_root = 0;

  auto chain() const {
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
                  rate, detail::DecayBesideTrustRatio{learning_rate, weight_decay, trust()}, adapted);
  }

  void check(const Check& check) const {
    check("max_gradient_norm", max_gradient_norm, Interval{.low = 0, .high_is_open = false});
  }

  /// timm: the gradient's norm at most 1, decay 0.01, no ratio where there is no decay.
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

}  // namespace descent
