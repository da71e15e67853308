// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cstdint>

namespace descent {

/// Clears the momentum of the rule before it every few steps, when Lookahead pulls the parameters back.
///
///   every `every` steps, after the step:   momentum_buffer = 0
///
/// Place it last: `Sgd{.momentum = 0.9} | Lookahead{.every = 5} | ResetMomentum{.every = 5}`. If no rule has
/// a momentum_buffer, it does nothing.
/// Memory: none. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhang et al. 2019, arXiv:1907.08610, section 3.2. pytorch_optimizer's pullback_momentum "reset".
struct ResetMomentum {
  std::int64_t every = 5;  ///< steps between two resets, at least 1

  template <class S>
  struct Coefficients {
    S kept;
  };
  Coefficients<double> coefficients(Step step) const { return {(step.taken() + 1) % every == 0 ? 0.0 : 1.0}; }

  template <class V, class C>
  static V update(V u, V, const C&) {
    return u;
  }

  static constexpr RuleTraits traits{.adjusts_state = "momentum_buffer"};
  template <class V, class C>
  static void adjust(V& momentum, const C& c) {
    momentum = select(c.kept > V(0), momentum, V(0));
  }

  void check(const Check& check) const { check("every", static_cast<double>(every), legal::at_least(1)); }
};

/// Pulls the momentum of the rule before it back toward a slow one every few steps, as Lookahead does with the
/// parameters.
///
///   slow_0 = 0
///   every `every` steps, after the step:   slow = slow + slow_step_size (momentum_buffer - slow)
///                                          momentum_buffer = slow
///
/// Place it last: `Sgd{.momentum = 0.9} | Lookahead{.every = 5} | PullBackMomentum{.every = 5}`. If no rule
/// has a momentum_buffer, it does nothing.
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhang et al. 2019, arXiv:1907.08610, section 3.2.
/// Differs from: pytorch_optimizer's pullback_momentum "pullback", whose slow momentum is the buffer itself
/// after the first synchronization (slow_is_buffer = true).
struct PullBackMomentum {
  std::int64_t every = 5;       ///< steps between two synchronizations, at least 1
  double slow_step_size = 0.5;  ///< share of the way to the buffer, in [0, 1]
  bool slow_is_buffer = false;  ///< from the second synchronization on, slow = slow_step_size *
                                ///< momentum_buffer before the pull

  DESCENT_STATE(slow_momentum)

  template <class S>
  struct Coefficients {
    S synchronizes, step_size, of_buffer, of_slow;
  };
  Coefficients<double> coefficients(Step step) const {
    const bool shared = slow_is_buffer && step.taken() >= every;
    return {(step.taken() + 1) % every == 0 ? 1.0 : 0.0, slow_step_size, shared ? slow_step_size : 0,
            shared ? 0.0 : 1.0};
  }

  template <class V, class C>
  static V update(V u, V, State<V>&, const C&) {
    return u;
  }

  static constexpr RuleTraits traits{.adjusts_state = "momentum_buffer"};
  template <class V, class C>
  static void adjust(V& momentum, State<V>& state, const C& c) {
    const V slow = fma(c.of_buffer, momentum, c.of_slow * state.slow_momentum);
    const V pulled = fma(c.step_size, momentum - slow, slow);
    state.slow_momentum = select(c.synchronizes > V(0), pulled, state.slow_momentum);
    momentum = select(c.synchronizes > V(0), pulled, momentum);
  }

  void check(const Check& check) const {
    check("every", static_cast<double>(every), legal::at_least(1));
    check("slow_step_size", slow_step_size, legal::unit_interval);
  }
};

}  // namespace descent
