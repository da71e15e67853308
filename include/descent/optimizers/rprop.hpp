// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_rprop.hpp>

#include <cstdint>

namespace descent {

/// Resilient backpropagation: uses only the sign of the gradient and adapts a step size for each parameter.
///
///   s = clamp(s eta_plus, min_step, max_step)      if g has the same sign as in the previous step
///   s = clamp(s eta_minus, min_step, max_step)     if it has the opposite sign; then g counts as 0
///   p = p - s sign(g)
///
/// For the gradient of all data; with mini-batches the signs are mostly noise. If learning_rate begins at 0,
/// rate(0) is the first rate above 0 in the first 10 000 steps.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Riedmiller & Braun 1993; without backtracking as in Igel & Huesken 2000 (iRprop-).
/// Differs from: Optax, which is one step late; PyTorch as here, but a schedule has no effect there.
struct Rprop {
  Schedule learning_rate = 0.01;  ///< s before the first step, not negative; if it varies, steps are scaled
                                  ///< by rate(k) / rate(0)
  double eta_minus = 0.5;         ///< factor on s if the sign changed, in (0, 1)
  double eta_plus = 1.2;          ///< factor on s if the sign is the same, greater than 1
  double min_step = 1e-6;         ///< smallest s, not negative
  double max_step = 50;           ///< largest s, at least min_step
  bool maximize = false;          ///< steps uphill, to maximize the objective

  auto chain(auto...) const;

  void check(const Check& check) const { check("learning_rate", learning_rate, legal::non_negative); }

 private:
  /// The first rate above 0; steps are relative to it, since a warm-up may begin at 0.
  double first_rate() const {
    const std::int64_t most = learning_rate.is_constant() ? 1 : 10'000;
    for (std::int64_t step = 0; step < most; ++step)
      if (const double rate = learning_rate(step); legal::positive.contains(rate)) return rate;
    return 0;
  }
};

namespace detail {
/// u = -rate(k) / first_rate u: applies a schedule to steps whose size does not depend on it.
struct ScaleByRelativeRate {
  Schedule learning_rate;  ///< that of Rprop, not negative
  double first_rate;       ///< its first value above 0; 0 if there is none

  static constexpr RuleTraits traits{.has_learning_rate = true};

  template <class S>
  struct Coefficients {
    S minus_factor;
  };
  Coefficients<double> coefficients(Step step) const {
    return {first_rate > 0 ? -learning_rate(step.index) / first_rate : 0};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.minus_factor * u;
  }

  void check(const Check& check) const { check("learning_rate", learning_rate, legal::non_negative); }
};
}  // namespace detail

inline auto Rprop::chain(auto...) const {
  const double first = first_rate();
  return Negate{maximize} |
         ScaleByRprop{.initial_step = first,
                      .eta_minus = eta_minus,
                      .eta_plus = eta_plus,
                      .min_step = min_step,
                      .max_step = max_step} |
         detail::ScaleByRelativeRate{.learning_rate = learning_rate, .first_rate = first};
}

}  // namespace descent
