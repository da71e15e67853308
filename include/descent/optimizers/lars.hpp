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

namespace detail {
/// u = local (u + weight_decay p), local = coefficient |p| / (|u| + weight_decay |p| + epsilon): the rate of
/// each block in LARS. The learning rate is only looked at, to bound the whole step of the block by it.
struct ScaleByLocalRate {
  Schedule learning_rate;
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

/// Momentum with a rate for each block, from the norms of its parameters and its gradient, for large batches.
///
///   local = coefficient |p| / (|g| + weight_decay |p| + epsilon),   1 where |p| or |g| is 0; over the block
///   b = momentum b + (1 - dampening) local (g + weight_decay p)        (the first b is undamped)
///   p = p - rate b,   or with nesterov:   p = p - rate (local (g + weight_decay p) + momentum b)
///
/// Options: learning_rate >= 0, a schedule (1); momentum in [0, 1), a schedule (0.9); weight_decay >= 0, a
/// schedule (0); coefficient > 0 (0.001), the paper's trust coefficient; epsilon >= 0 (1e-8); nesterov
/// (false); dampening in [0, 1) (0), not with nesterov; maximize (false): climb; adapt_only_decayed (false):
/// local is 1 where weight_decay is 0; clip_ratio (false): local becomes min(local / rate, 1), so that the
/// rate bounds that of every block (LARC); ratio_of_sum (false): local = coefficient |p| / (|g +
/// weight_decay p| + epsilon); rate_in_momentum (false): the buffer holds rate * local * g.
/// Memory: 1 value a parameter with momentum, else none. Passes: 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range, and for clip_ratio with ratio_of_sum.
/// Source: You, Gitman & Ginsburg 2017, arXiv:1708.03888.
/// Differs from: Optax (like_optax()), and timm, which starts without momentum and adapts only what it
/// decays (like_timm()).
struct Lars {
  Schedule learning_rate = 1.0;
  Schedule momentum = 0.9;
  Schedule weight_decay = 0.0;
  double coefficient = 1e-3;
  double epsilon = 1e-8;
  bool nesterov = false;
  double dampening = 0;
  bool maximize = false;
  bool adapt_only_decayed = false;
  bool clip_ratio = false;
  bool ratio_of_sum = false;
  bool rate_in_momentum = false;

  auto chain() const {
    const detail::ScaleByLocalRate local{learning_rate, weight_decay, coefficient, epsilon, clip_ratio};
    const ScaleByTrustRatio ratio{.coefficient = coefficient, .epsilon = epsilon};
    const ScaleByLearningRate rate{learning_rate};
    const bool adapts = !adapt_only_decayed || !is_always_zero(weight_decay);
    return Negate{maximize} |
           choose(!adapts        ? 0U
                  : ratio_of_sum ? 1U
                                 : 2U,
                  Chain<>{}, AddDecayedWeights{weight_decay} | ratio, local) |
           either(rate_in_momentum && !is_always_zero(momentum),
                  rate | detail::DampenedTrace{momentum, dampening, nesterov},
                  Trace{momentum, dampening, nesterov} | rate);
  }

  void check(const Check& check) const {
    check.that(!nesterov || !is_always_zero(momentum), "nesterov needs a momentum greater than 0");
    check.that(!clip_ratio || !ratio_of_sum, "clip_ratio and ratio_of_sum exclude each other");
  }

  /// Optax: the ratio of the sum of gradient and decay, the rate in the momentum, no epsilon.
  static Lars like_optax() { return {.epsilon = 0, .ratio_of_sum = true, .rate_in_momentum = true}; }
  /// timm: no momentum unless asked, no adaptation where there is no decay.
  static Lars like_timm() { return {.momentum = 0.0, .adapt_only_decayed = true}; }
};

}  // namespace descent
