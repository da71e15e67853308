// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/decay/decay_gradient.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace descent {

/// Aggregated momentum: the mean of several velocities; the slow ones damp the fast ones.
///
///   g = g + weight_decay p          b_i = betas_i b_i + g
///   p = p - rate mean(b_i)
///
/// Memory: 1 value a parameter for each of the betas. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Lucas et al. 2019, arXiv:1804.00325, Algorithm 1; the paper recommends betas 1 - 10^-i. With one
/// beta it is Sgd with momentum. pytorch_optimizer as here.
struct AggMo {
  Schedule learning_rate = 0.01;               ///< not negative
  std::vector<double> betas = {0, 0.9, 0.99};  ///< decays of the velocities, 1 to 6 numbers in [0, 1)
  Schedule weight_decay = 0.0;                 ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective

  static constexpr int most_betas = 6;

  auto chain(auto...) const;

  void check(const Check& check) const {
    check.that(!betas.empty() && betas.size() <= most_betas, "betas must hold 1 to 6 numbers");
    for (const double beta : betas) check("betas", beta, legal::decay_rate);
  }
};

namespace detail {
/// One velocity of AggMo, b = beta b + g; adds its share to the update, which velocity 0 sets to 0 first.
template <int index>
struct AggMoVelocity {
  double beta, share;

  static constexpr RuleTraits traits{.takes_gradient = true};

  template <class V>
  struct State {
    V momentum_buffer;
  };
  static constexpr const char* state_names() {
    constexpr const char* names[] = {"momentum_buffer_0", "momentum_buffer_1", "momentum_buffer_2",
                                     "momentum_buffer_3", "momentum_buffer_4", "momentum_buffer_5"};
    return names[index];
  }

  template <class S>
  struct Coefficients {
    S beta, share;
  };
  Coefficients<double> coefficients(Step) const { return {beta, share}; }

  template <class V, class C>
  static V update(V u, V, V gradient, State<V>& state, const C& c) {
    state.momentum_buffer = fma(c.beta, state.momentum_buffer, gradient);
    return fma(c.share, state.momentum_buffer, index == 0 ? V(0) : u);
  }
};

/// One velocity per beta.
template <int index, int most>
auto aggmo_velocities(const std::vector<double>& betas) {
  const auto place = static_cast<std::size_t>(index);
  const double beta = place < betas.size() ? betas[place] : 0;
  const AggMoVelocity<index> velocity{beta, 1 / static_cast<double>(std::max<std::size_t>(1, betas.size()))};
  if constexpr (index + 1 == most) {
    return velocity;
  } else {
    return velocity | either(place + 1 < betas.size(), aggmo_velocities<index + 1, most>(betas), Chain<>{});
  }
}
}  // namespace detail

inline auto AggMo::chain(auto...) const {
  const bool coupled = weight_decay_form == WeightDecayForm::coupled;
  return Negate{maximize} | DecayGradient{coupled ? weight_decay : Schedule(0)} |
         detail::aggmo_velocities<0, most_betas>(betas) |
         detail::decay_into_direction(weight_decay_form, weight_decay) | ScaleByLearningRate{learning_rate} |
         detail::decay_after_rate(weight_decay_form, weight_decay);
}

}  // namespace descent
