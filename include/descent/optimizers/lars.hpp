// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/trace.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_trust_ratio.hpp>

#include <cmath>

namespace descent {

/// Momentum with a rate for each block, from the norms of its parameters and its gradient, for large batches.
///
///   local = coefficient |p| / (|g| + weight_decay |p| + epsilon),   1 if |p| or |g| is 0; over the block
///   b = momentum b + (1 - dampening) local (g + weight_decay p)        (the first b is undamped)
///   p = p - rate b,   or with nesterov:   p = p - rate (local (g + weight_decay p) + momentum b)
///
/// Memory: 1 value a parameter with momentum, else none. Passes: 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range, and for clip_ratio with ratio_of_sum.
/// Source: You, Gitman & Ginsburg 2017, arXiv:1708.03888.
/// Differs from: Optax (like_optax()), and timm, which has no momentum by default and adapts only decayed
/// parameters (like_timm()).
struct Lars {
  Schedule learning_rate = 1.0;     ///< not negative
  Schedule momentum = 0.9;          ///< decay of the momentum buffer, in [0, 1); 0: off
  Schedule weight_decay = 0.0;      ///< strength of weight decay, not negative
  double coefficient = 1e-3;        ///< the paper's trust coefficient, greater than 0
  double epsilon = 1e-8;            ///< added to the denominator, not negative
  bool nesterov = false;            ///< Nesterov momentum; needs a momentum greater than 0
  double dampening = 0;             ///< reduces the gradient's weight, in [0, 1); 0 with nesterov
  bool maximize = false;            ///< steps uphill, to maximize the objective
  bool adapt_only_decayed = false;  ///< local is 1 if weight_decay is 0
  bool clip_ratio = false;          ///< local = min(local / rate, 1), so that the learning rate bounds that
                                    ///< of every block (LARC)
  bool ratio_of_sum = false;        ///< local = coefficient |p| / (|g + weight_decay p| + epsilon)
  bool rate_in_momentum = false;    ///< the momentum buffer holds rate * local * g

  auto chain(auto...) const;

  void check(const Check& check) const {
    check.that(!nesterov || !is_always_zero(momentum), "nesterov needs a momentum greater than 0");
    check.that(!clip_ratio || !ratio_of_sum, "clip_ratio and ratio_of_sum exclude each other");
  }

  /// Optax: the ratio of the sum of gradient and decay, the rate in the momentum, no epsilon.
  static Lars like_optax() { return {.epsilon = 0, .ratio_of_sum = true, .rate_in_momentum = true}; }
  /// timm: no momentum by default, no adaptation without decay.
  static Lars like_timm() { return {.momentum = 0.0, .adapt_only_decayed = true}; }
};

namespace detail {
/// u = local (u + weight_decay p), local = coefficient |p| / (|u| + weight_decay |p| + epsilon): the rate of
/// each block in LARS. The learning rate only bounds the rate of a block; a later rule applies it.
struct ScaleByLocalRate {
  Schedule learning_rate;  ///< all five are those of Lars
  Schedule weight_decay;
  double coefficient;
  double epsilon;
  bool clip_ratio;

  static constexpr RuleTraits traits{.measures = Scope::block};
  template <class V>
  using Measured = ScaleByTrustRatio::Measured<V>;
  template <class V>
  static void measure(V u, V p, Measured<V>& sums) {
    ScaleByTrustRatio::measure(u, p, sums);
  }

  template <class S>
  struct Coefficients {
    S local, local_decay;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double decay = weight_decay(step.index), rate = learning_rate(step.index);
    const double of_parameters = std::sqrt(measured.squared_parameters),
                 of_update = std::sqrt(measured.squared_update);
    double local = coefficient * of_parameters / (of_update + decay * of_parameters + epsilon);
    if (of_parameters == 0 || of_update == 0) local = 1;
    if (clip_ratio) local = local >= rate ? 1 : local / rate;
    return {local, local * decay};
  }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return fma(c.local_decay, p, c.local * u);
  }

  void check(const Check& check) const {
    check("coefficient", coefficient, legal::positive);
    check("epsilon", epsilon, legal::non_negative);
    check("learning_rate", learning_rate, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};
}  // namespace detail

inline auto Lars::chain(auto...) const {
  const detail::ScaleByLocalRate local{.learning_rate = learning_rate,
                                       .weight_decay = weight_decay,
                                       .coefficient = coefficient,
                                       .epsilon = epsilon,
                                       .clip_ratio = clip_ratio};
  const ScaleByTrustRatio ratio{.coefficient = coefficient, .epsilon = epsilon};
  const ScaleByLearningRate rate{learning_rate};
  const bool adapts = !adapt_only_decayed || !is_always_zero(weight_decay);
  return Negate{maximize} |
         choose(!adapts        ? 0U
                : ratio_of_sum ? 1U
                               : 2U,
                Chain<>{}, AddDecayedWeights{weight_decay} | ratio, local) |
         either(
             rate_in_momentum && !is_always_zero(momentum),
             rate | detail::DampenedTrace{.momentum = momentum, .dampening = dampening, .nesterov = nesterov},
             Trace{.momentum = momentum, .dampening = dampening, .nesterov = nesterov} | rate);
}

}  // namespace descent
