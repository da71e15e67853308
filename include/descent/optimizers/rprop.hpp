// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_rprop.hpp>

#include <cstdint>

namespace descent {

namespace detail {
/// u = -rate(k) / first_rate u: a schedule as a factor on steps that have a size of their own.
struct ScaleByRelativeRate {
  Schedule learning_rate;
  double first_rate;

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

/// Resilient backpropagation: only the sign of the gradient counts, and each parameter finds its step size.
///
///   s = clamp(s eta_plus, min_step, max_step)      where g has the sign it had the step before
///   s = clamp(s eta_minus, min_step, max_step)     where it has the other one; g is taken for 0 then
///   p = p - s sign(g)
///
/// For the gradient of all data; with mini-batches the signs are mostly noise.
/// Options: learning_rate >= 0, a schedule (0.01): s before the first step. If it varies, all steps are scaled by
/// rate(k) / rate(0); if it begins at 0, the first rate above 0 (of the first 10 000 steps) stands for rate(0);
/// eta_minus in (0, 1) (0.5); eta_plus > 1 (1.2); min_step >= 0 (1e-6); max_step >= min_step (50); maximize
/// (false): climb.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Riedmiller & Braun 1993; without backtracking as in Igel & Huesken 2000 (iRprop-).
/// Differs from: Optax, which is one step late; PyTorch as here, but a rate that varies has no effect there.
struct Rprop {
  Schedule learning_rate = 0.01;
  double eta_minus = 0.5, eta_plus = 1.2;
  double min_step = 1e-6, max_step = 50;
  bool maximize = false;

  auto chain() const {
    const double first = first_rate();
    return Negate{maximize} | ScaleByRprop{first, eta_minus, eta_plus, min_step, max_step} |
           detail::ScaleByRelativeRate{learning_rate, first};
  }

  void check(const Check& check) const { check("learning_rate", learning_rate, legal::non_negative); }

 private:
  /// The first rate above 0, to which steps are relative: a warm-up may begin at 0.
  double first_rate() const {
    const std::int64_t most = learning_rate.is_constant() ? 1 : 10'000;
    for (std::int64_t step = 0; step < most; ++step)
      if (const double rate = learning_rate(step); legal::positive.contains(rate)) return rate;
    return 0;
  }
};

}  // namespace descent
