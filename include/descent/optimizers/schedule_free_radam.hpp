// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/schedule_free.hpp>

#include <cmath>

namespace descent {

/// Schedule-free AdamW with RAdam's rectified rate, which needs no warm-up.
///
///   rho_inf = 2 / (1 - beta2) - 1        rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
///   r = rate sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho)),   0 while rho <= 4
///   v = beta2 v + (1 - beta2) g^2,   d = g / (sqrt(v / (1 - beta2^t)) + epsilon) + weight_decay y
///   z = z - r d,   x the weighted average of all z,   y = beta1 x + (1 - beta1) z
///
/// The parameters are y, where gradients are taken; evaluate the model at x,
/// `optimizer.evaluation_point(parameters)`. `optimizer.learning_rate()` is the rectified rate r.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio et al. 2024, arXiv:2405.15682; Liu et al. 2020, arXiv:1908.03265. The authors' package
/// (schedulefree) as here.
struct ScheduleFreeRAdam {
  Schedule learning_rate = 2.5e-3;  ///< not negative; should not fall
  double beta1 = 0.9;               ///< weight of the average x in y, in (0, 1)
  double beta2 = 0.999;             ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;            ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;      ///< strength of weight decay at y, not negative
  bool maximize = false;            ///< steps uphill, to maximize the objective
  bool silent_start = true;         ///< no steps while rho <= 4; false: plain steps at the whole rate
  double step_power = 0;            ///< power of t in the weight of step t in the average, not negative
  double rate_power = 2;            ///< power of the largest r so far in that weight, not negative

  auto chain(auto...) const;

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("beta1", beta1, Interval{.low = 0, .high = 1});
  }

 private:
  Schedule rectified_rate() const;
};

namespace detail {
/// The factor of RAdam on the rate; 0 if the second moment has too few samples.
inline double rectification(double beta2, double t) {
  const double longest = 2 / (1 - beta2) - 1, power = std::pow(beta2, t);
  const double length = longest - 2 * t * power / (1 - power);
  if (!(length > 4)) return 0;
  return std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
}

/// u / (sqrt(v / (1 - beta2^t)) + epsilon) once the second moment has enough samples, u before that.
struct ScaleByRmsWhenSure {
  double beta2;
  double epsilon;

  DESCENT_STATE(exp_avg_sq)

  template <class S>
  struct Coefficients {
    S beta2, weight, correction, epsilon, sure;
  };
  Coefficients<double> coefficients(Step step) const {
    return {beta2, 1 - beta2, 1 / (1 - std::pow(beta2, step.t())), epsilon,
            rectification(beta2, step.t()) > 0 ? 1.0 : 0.0};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.weight * u * u);
    return select(c.sure > V(0), divide_or_zero(u, sqrt(c.correction * state.exp_avg_sq) + c.epsilon), u);
  }

  void check(const Check& check) const {
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
  }
};
}  // namespace detail

inline auto ScheduleFreeRAdam::chain(auto...) const {
  return Negate{maximize} | detail::ScaleByRmsWhenSure{.beta2 = beta2, .epsilon = epsilon} |
         AddDecayedWeights{weight_decay} |
         ScheduleFree{.learning_rate = rectified_rate(),
                      .momentum = beta1,
                      .step_power = step_power,
                      .rate_power = rate_power};
}

inline Schedule ScheduleFreeRAdam::rectified_rate() const {
  return [rate = learning_rate, beta = beta2, early = silent_start ? 0.0 : 1.0](std::int64_t step) {
    const double given = rate(step), factor = detail::rectification(beta, static_cast<double>(step) + 1);
    if (!legal::non_negative.contains(given)) return given;  // check() rejects it
    return given * (factor > 0 ? factor : early);
  };
}

}  // namespace descent
