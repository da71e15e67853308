// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <limits>

namespace descent {

/// Gradient descent with the rate that would reach the minimum if the loss were linear.
///
///   r = min((loss - min_loss) / (scale^2 |g|^2 + epsilon), rate),   the norm over the tree
///   p = p - scale r g
///
/// Steps need the loss: `step(parameters, gradient, loss)` or `step(parameters, objective)`.
/// Memory: none. Passes: 2 (one that reads). Shapes: any. The norm is summed in double, in an order that does
/// not depend on the layout. Does not move if the denominator is at most 2.2e-16. A loss that is NaN makes
/// the update NaN.
/// Errors: std::invalid_argument for an option out of its range. A step without a loss does not compile.
/// Source: Loizou et al. 2021, arXiv:2002.10542; Garrigos et al. 2023, arXiv:2307.14528 (only_down).
/// Optax's polyak_sgd as here; only_down is its variant sps+.
struct PolyakStep {
  Schedule learning_rate = 1.0;  ///< largest r, not negative
  double min_loss = 0;           ///< smallest possible loss, finite
  double scale = 1;              ///< greater than 0; above 1 for smaller steps
  double epsilon = 0;            ///< added to the denominator, not negative
  bool only_down = false;        ///< does not move, instead of climbing, if the loss is below min_loss

  static constexpr RuleTraits traits{.measures = Scope::tree, .takes_loss = true, .has_learning_rate = true};
  template <class V>
  struct Measured {
    V squared_norm;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.squared_norm = fma(u, u, sums.squared_norm);
  }

  template <class S>
  struct Coefficients {
    S minus_rate;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double below = scale * scale * measured.squared_norm + epsilon;
    if (below <= std::numeric_limits<double>::epsilon()) return {0};
    const double gap = step.loss - min_loss, polyak = (only_down && gap < 0 ? 0 : gap) / below;
    const double most = learning_rate(step.index);
    return {-scale * (polyak > most ? most : polyak)};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.minus_rate * u;
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("min_loss", min_loss, legal::finite);
    check("scale", scale, legal::positive);
    check("epsilon", epsilon, legal::non_negative);
  }
};

}  // namespace descent
