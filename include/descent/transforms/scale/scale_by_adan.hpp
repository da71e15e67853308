// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>

namespace descent {

/// Scales the update by Adan's moments: of updates, of their differences, and of squares of extrapolated
/// updates.
///
///   m = beta1 m + (1 - beta1) u          d = u - previous u, at first 0
///   v = beta2 v + (1 - beta2) d          n = beta3 n + (1 - beta3) (u + beta2 d)^2
///   u = (m / (1 - beta1^t) + beta2 v / (1 - beta2^t)) / (sqrt(n / (1 - beta3^t) + epsilon_root) + epsilon)
///
/// Memory: 4 values a parameter, and the powers of the betas. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Xie et al. 2022, arXiv:2208.06677, Algorithm 1; its betas are 1 minus these.
/// Differs from: Optax, which multiplies the difference by 1 - beta2; the authors' code and timm as here.
struct ScaleByAdan {
  Schedule beta1 = 0.98;              ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.92;              ///< decay of the average of differences, in [0, 1)
  Schedule beta3 = 0.99;              ///< decay of the average of squares, in [0, 1)
  double epsilon = 1e-8;              ///< added to the denominator, not negative
  double epsilon_root = 0;            ///< added inside the square root, not negative
  bool complementary_weight = false;  ///< 1 - beta2 instead of beta2 as the factor of d and v

  /// Adan's moments and their constants, for the plain and the cautious form.
  struct Moments {
    Schedule beta1, beta2, beta3;
    double epsilon, epsilon_root;
    bool complementary_weight;

    struct RuleState {
      double beta1_power = 1, beta2_power = 1, beta3_power = 1;
    };
    void advance(RuleState& rule_state, Step step) const {
      rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
      rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
      rule_state.beta3_power = next_power(rule_state.beta3_power, beta3(step.index));
    }

    template <class S>
    struct Coefficients {
      S beta1, one_minus_beta1, beta2, one_minus_beta2, beta3, one_minus_beta3;
      S difference_weight, correction1, correction2, correction3, epsilon, epsilon_root;
    };
    Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
      const double b1 = beta1(step.index), b2 = beta2(step.index), b3 = beta3(step.index);
      const double weight = complementary_weight ? 1 - b2 : b2;
      const bool first = step.is_first();  // there is no previous update
      return {b1,
              1 - b1,
              b2,
              first ? 0 : 1 - b2,
              b3,
              1 - b3,
              first ? 0 : weight,
              bias_correction(rule_state.beta1_power),
              weight / (1 - rule_state.beta2_power),
              bias_correction(rule_state.beta3_power),
              epsilon,
              epsilon_root};
    }

    /// exp_avg after this step.
    template <class V, class Slots, class C>
    static V next_average(V u, const Slots& state, const C& c) {
      return fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    }
    /// The update; its first moment is multiplied by `share`, which is 0 or 1 for each element.
    template <class V, class Slots, class C>
    static V update(V u, V share, Slots& state, const C& c) {
      const V difference = u + state.neg_pre_grad, ahead = fma(c.difference_weight, difference, u);
      state.exp_avg = next_average(u, state, c);
      state.exp_avg_diff = fma(c.beta2, state.exp_avg_diff, c.one_minus_beta2 * difference);
      state.exp_avg_sq = fma(c.beta3, state.exp_avg_sq, c.one_minus_beta3 * ahead * ahead);
      state.neg_pre_grad = -u;
      return divide_or_zero(fma(share * c.correction1, state.exp_avg, c.correction2 * state.exp_avg_diff),
                            sqrt(fma(c.correction3, state.exp_avg_sq, c.epsilon_root)) + c.epsilon);
    }

    void check(const Check& check) const {
      check("beta1", beta1, legal::decay_rate);
      check("beta2", beta2, legal::decay_rate);
      check("beta3", beta3, legal::decay_rate);
      check("epsilon", epsilon, legal::non_negative);
      check("epsilon_root", epsilon_root, legal::non_negative);
    }
  };

  DESCENT_STATE(exp_avg, exp_avg_diff, exp_avg_sq, neg_pre_grad)
  static constexpr RuleTraits traits{.stores_start = true};

  using RuleState = Moments::RuleState;
  void advance(RuleState& rule_state, Step step) const { moments().advance(rule_state, step); }

  template <class S>
  using Coefficients = Moments::Coefficients<S>;
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    return moments().coefficients(step, rule_state);
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    return Moments::update(u, V(1), state, c);
  }

  void check(const Check& check) const { moments().check(check); }

 private:
  Moments moments() const { return {beta1, beta2, beta3, epsilon, epsilon_root, complementary_weight}; }
};

namespace detail {
/// ScaleByAdan that ignores elements of the first moment whose sign differs from that of the update.
struct ScaleByCautiousAdan {
  ScaleByAdan::Moments moments;

  DESCENT_STATE(exp_avg, exp_avg_diff, exp_avg_sq, neg_pre_grad)
  static constexpr RuleTraits traits{.measures = Scope::block, .stores_start = true};

  using RuleState = ScaleByAdan::Moments::RuleState;
  void advance(RuleState& rule_state, Step step) const { moments.advance(rule_state, step); }

  template <class V>
  struct Measured {
    V agreeing, elements;
  };
  template <class S>
  struct MeasuringCoefficients {
    S beta1, one_minus_beta1;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step, const RuleState&) const {
    const double b1 = moments.beta1(step.index);
    return {b1, 1 - b1};
  }
  template <class V>
  static void measure(V u, V, const State<V>& state, const MeasuringCoefficients<V>& c, Measured<V>& sums) {
    sums.agreeing += agreement(u, ScaleByAdan::Moments::next_average(u, state, c));
    sums.elements += V(1);
  }

  template <class S>
  using Coefficients = ScaleByAdan::Moments::Coefficients<S>;
  Coefficients<double> coefficients(Step step, const RuleState& rule_state,
                                    const Measured<double>& measured) const {
    auto constants = moments.coefficients(step, rule_state);
    const double share = measured.elements > 0 ? measured.agreeing / measured.elements : 1;
    constants.correction1 /= std::max(share, 1e-3);
    return constants;
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    return ScaleByAdan::Moments::update(u, agreement(u, ScaleByAdan::Moments::next_average(u, state, c)),
                                        state, c);
  }

  void check(const Check& check) const { moments.check(check); }

 private:
  // Compares signs, since the product can underflow.
  template <class V>
  static V agreement(V u, V average) {
    return select((u > V(0) && average > V(0)) || (u < V(0) && average < V(0)), V(1), V(0));
  }
};
}  // namespace detail

}  // namespace descent
