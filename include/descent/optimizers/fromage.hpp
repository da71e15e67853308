// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>

#include <cmath>
#include <limits>

namespace descent {

/// Steps that rotate each block by a fixed angle: its direction changes, its norm hardly does.
///
///   p = (p - rate (max(|p|, min_norm) / max(|g|, min_norm)) g) / sqrt(1 + rate^2),   norms over the block
///   p = p min(1, norm_bound |p_0| / |p|)
///
/// Memory: 1 value a block. Passes: 2 (one that reads). Shapes: any. If either norm is 0, the ratio is 1. The
/// norms are summed in double, in an order that does not depend on the block's layout.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Bernstein et al. 2020, arXiv:2002.03432.
/// Differs from: Optax, whose norms are at least 1e-6 (like_optax()); pytorch_optimizer as here (its p_bound
/// is norm_bound).
struct Fromage {
  Schedule learning_rate = 0.01;  ///< not negative
  bool maximize = false;          ///< steps uphill, to maximize the objective
  double min_norm = 0;            ///< smaller norms count as this one, not negative
  double norm_bound = std::numeric_limits<double>::infinity();  ///< largest |p| / |p_0|, greater than 0

  auto chain(auto...) const;

  /// Optax: both norms count as at least 1e-6.
  static Fromage like_optax() { return {.min_norm = 1e-6}; }
};

namespace detail {
/// The step of Fromage, rate and minus sign included: the new norm of the block is part of the formula.
struct StepOfFromage {
  Schedule learning_rate;
  double min_norm;
  double norm_bound;

  static constexpr RuleTraits traits{.measures = Scope::block, .has_learning_rate = true};
  template <class V>
  struct Measured {
    V squared_parameters, squared_update, product;
  };
  template <class V>
  static void measure(V u, V p, Measured<V>& sums) {
    sums.squared_parameters = fma(p, p, sums.squared_parameters);
    sums.squared_update = fma(u, u, sums.squared_update);
    sums.product = fma(p, u, sums.product);
  }

  struct BlockState {
    double initial_norm = 0;
  };
  void advance(BlockState& block_state, Step step, const Measured<double>& measured) const {
    if (step.is_first()) block_state.initial_norm = std::sqrt(measured.squared_parameters);
  }

  template <class S>
  struct Coefficients {
    S of_parameters, of_update;
  };
  Coefficients<double> coefficients(Step step, const BlockState& block_state,
                                    const Measured<double>& measured) const {
    const double rate = learning_rate(step.index), shrink = 1 / std::sqrt(1 + rate * rate);
    const double left = shrink, move = -rate * shrink * ratio(measured);
    // |left p + move u| from the sums.
    const double squared = left * left * measured.squared_parameters + 2 * left * move * measured.product +
                           move * move * measured.squared_update;
    const double norm = std::sqrt(squared < 0 ? 0 : squared), most = norm_bound * block_state.initial_norm;
    const double back = norm > most ? most / norm : 1;
    return {left * back - 1, move * back};
  }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return fma(c.of_parameters, p, c.of_update * u);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("min_norm", min_norm, legal::non_negative);
    check("norm_bound", norm_bound, Interval{.low = 0, .high_is_open = false});
  }

 private:
  double ratio(const Measured<double>& measured) const {
    const double p = std::sqrt(measured.squared_parameters), u = std::sqrt(measured.squared_update);
    const double of_parameters = p < min_norm ? min_norm : p, of_update = u < min_norm ? min_norm : u;
    return of_parameters == 0 || of_update == 0 ? 1 : of_parameters / of_update;
  }
};
}  // namespace detail

inline auto Fromage::chain(auto...) const {
  return Negate{maximize} | detail::StepOfFromage{.learning_rate = learning_rate,
                                                  .min_norm = min_norm,
                                                  .norm_bound = norm_bound};
}

}  // namespace descent
