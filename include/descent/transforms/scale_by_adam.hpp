// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

struct ScaleByAdam {
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double epsilon_root = 0;
  bool epsilon_before_correction = false;

  DESCENT_STATE(exp_avg, exp_avg_sq)

  struct Memory {
    double beta1_power = 1, beta2_power = 1;
  };
  void advance(Memory& memory, Step step) const {
    memory.beta1_power = detail::next_power(memory.beta1_power, beta1(step.index));
    memory.beta2_power = detail::next_power(memory.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, correction1, correction2, epsilon, epsilon_root;
  };
  Coefficients<double> coefficients(Step step, const Memory& memory) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    const double correction2 = 1 / (1 - memory.beta2_power);
    return {b1, 1 - b1, b2, 1 - b2, 1 / (1 - memory.beta1_power), correction2, epsilon, epsilon_root};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    return c.correction1 * state.exp_avg / (sqrt(fma(c.correction2, state.exp_avg_sq, c.epsilon_root)) + c.epsilon);
  }

  void check(const Check& check) const {
    check("beta1", beta1, decay_rate);
    check("beta2", beta2, decay_rate);
    check("epsilon", epsilon, non_negative);
    check("epsilon_root", epsilon_root, non_negative);
  }
};

}  // namespace descent
