// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cstdint>

namespace descent {

/// Pulls the parameters back toward slow ones every few steps; the rule before it makes the fast steps.
///
///   slow_0 = the parameters before the first step
///   every `every` steps:   slow = slow + slow_step_size (p - slow),   p = slow
///
/// Place it last: `Adam{...} | Lookahead{}`.
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhang et al. 2019, arXiv:1907.08610, Algorithm 1.
/// Evaluate the model at the slow parameters: `optimizer.evaluation_point(parameters)`.
/// Does not change the momentum of the rule before it; for that place ResetMomentum or PullBackMomentum with
/// the same `every` after it.
/// Differs from: Optax, which has pairs of fast and slow parameters.
struct Lookahead {
  std::int64_t every = 5;                          ///< steps between two synchronizations, at least 1
  double slow_step_size = 0.5;                     ///< share of the way to the fast parameters, in [0, 1]
  bool first_synchronization_only_stores = false;  ///< the first synchronization sets the slow parameters to
                                                   ///< the fast ones, as in timm

  DESCENT_STATE(slow)
  static constexpr RuleTraits traits{.has_evaluation_point = true, .stores_start = true};

  template <class S>
  struct Coefficients {
    S first, synchronizes, step_size;
  };
  Coefficients<double> coefficients(Step step) const {
    const bool stores = first_synchronization_only_stores && step.taken() + 1 == every;
    return {step.is_first() ? 1.0 : 0.0, (step.taken() + 1) % every == 0 ? 1.0 : 0.0,
            stores ? 1.0 : slow_step_size};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    const V slow = select(c.first > V(0), p, state.slow);
    const V pulled = fma(c.step_size, p + u - slow, slow);
    state.slow = select(c.synchronizes > V(0), pulled, slow);
    return select(c.synchronizes > V(0), pulled - p, u);
  }

  template <class V>
  static V evaluation_point(V, const State<V>& state) {
    return state.slow;
  }

  void check(const Check& check) const {
    check("every", static_cast<double>(every), legal::at_least(1));
    check("slow_step_size", slow_step_size, legal::unit_interval);
  }
};

}  // namespace descent
