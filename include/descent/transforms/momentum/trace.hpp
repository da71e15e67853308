// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>

namespace descent {

/// Momentum: a decaying sum of the updates.
///
///   b = momentum b + (1 - dampening) u, at the first step b = u
///   u = b, or with nesterov: u = u + momentum b
///
/// Memory: 1 value a parameter, none if momentum is 0. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range, or dampening with nesterov.
/// Source: Polyak 1964; Nesterov 1983 in the form of Sutskever et al. 2013.
/// Differs from: Keras, whose buffer includes the rate (put ScaleByLearningRate before Trace).
struct Trace {
  Schedule momentum = 0.9;  ///< decay of the sum, in [0, 1)
  double dampening = 0;     ///< 1 - dampening is the weight of the update, in [0, 1); 0 with nesterov
  bool nesterov = false;    ///< Nesterov momentum

  auto chain() const;
};

namespace detail {
/// b = momentum b + u, u = b: the usual form of momentum.
struct PlainTrace {
  Schedule momentum;

  DESCENT_STATE(momentum_buffer)

  template <class S>
  struct Coefficients {
    S momentum;
  };
  Coefficients<double> coefficients(Step step) const { return {momentum(step.index)}; }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.momentum_buffer = fma(c.momentum, state.momentum_buffer, u);
    return state.momentum_buffer;
  }

  void check(const Check& check) const { check("momentum", momentum, legal::decay_rate); }
};

/// b = momentum b + (1 - dampening) u, at the first step b = u; u = b or u + momentum b.
struct DampenedTrace {
  Schedule momentum;
  double dampening;
  bool nesterov;

  DESCENT_STATE(momentum_buffer)

  template <class S>
  struct Coefficients {
    S momentum, weight, nesterov;
  };
  Coefficients<double> coefficients(Step step) const {
    return {momentum(step.index), step.is_first() ? 1 : 1 - dampening, nesterov ? 1.0 : 0.0};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.momentum_buffer = fma(c.momentum, state.momentum_buffer, c.weight * u);
    return select(c.nesterov > V(0), fma(c.momentum, state.momentum_buffer, u), state.momentum_buffer);
  }

  void check(const Check& check) const {
    check("momentum", momentum, legal::decay_rate);
    check("dampening", dampening, legal::decay_rate);
    check.that(!nesterov || dampening == 0, "nesterov and dampening exclude each other; set dampening to 0");
  }
};
}  // namespace detail

inline auto Trace::chain() const {
  const std::size_t form = is_always_zero(momentum) ? 0 : nesterov || dampening != 0 ? 2 : 1;
  return choose(form, Chain<>{}, detail::PlainTrace{momentum},
                detail::DampenedTrace{.momentum = momentum, .dampening = dampening, .nesterov = nesterov});
}

}  // namespace descent
