// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <limits>

namespace descent {

/// Gradient descent whose rate would bring the loss to its minimum if the loss were linear.
///
///   r = min((loss - min_loss) / (scale^2 |g|^2 + epsilon), rate),   the norm over the tree
///   p = p - scale r g
///
/// Steps need the loss: `step(parameters, gradient, loss)` or `step(parameters, objective)`.
/// Options: learning_rate >= 0, a schedule (1), the largest r; min_loss, finite (0), the smallest loss there
/// is; scale > 0 (1): above 1 for smaller steps; epsilon >= 0 (0); only_down (false): rests where the loss
/// is below min_loss, instead of climbing.
/// Memory: none. Passes: 2 (one that reads). Shapes: any. The norm is summed in double, in an order that
/// does not depend on the layout. Rests where the denominator is at most 2.2e-16. A loss that is NaN makes
/// the update NaN.
/// Errors: std::invalid_argument for an option out of its range. A step without a loss does not compile.
/// Source: Loizou et al. 2021, arXiv:2002.10542; Garrigos et al. 2023, arXiv:2307.14528 (only_down).
/// Same as Optax's polyak_sgd, where only_down is the variant sps+.
struct PolyakStep {
  Schedule learning_rate = 1.0;
  double min_loss = 0;
  double scale = 1;
  double epsilon = 0;
  bool only_down = false;

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
