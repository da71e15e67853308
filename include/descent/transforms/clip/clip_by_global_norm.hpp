// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/rule.hpp>

#include <cmath>
#include <optional>

namespace descent {

/// Clips the update to a largest Euclidean norm over all blocks.
///
///   u = u min(1, max_norm / (|u| + epsilon)),   |u| over the tree
///
/// Memory: none; delayed, one norm. Passes: 2 (one that reads). 1 if it is delayed, or if it is the first
/// rule of its chain and the caller passes the norm: `step(model, gradient, {.gradient_norm = norm})`.
/// Shapes: any.
/// The norm is summed in double, in an order that does not depend on the layout. Inside partition() or
/// masked() the norm is over the blocks of its rule; frozen blocks do not count.
/// A norm that is NaN makes the whole update NaN, as in PyTorch. A norm that overflows (elements above 1e154
/// in double) makes it 0.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063.
/// Differs from: Optax, which has no epsilon (set 0); torch.nn.utils.clip_grad_norm_ as here. Neither has a
/// delayed form.
struct ClipByGlobalNorm {
  Schedule max_norm = 1.0;  ///< largest norm, greater than 0
  double epsilon = 1e-6;    ///< added to the norm, not negative
  bool delayed = false;     ///< clips by the norm of the previous step, which is summed while writing (the
                            ///< first step measures its own)

  static constexpr RuleTraits traits{
      .measures = Scope::tree, .takes_given_measurement = true, .measures_while_writing = true};
  template <class V>
  struct Measured {
    V squared_norm;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.squared_norm = fma(u, u, sums.squared_norm);
  }

  std::optional<Measured<double>> given(Step step) const {
    if (is_nan(step.gradient_norm)) return std::nullopt;
    return Measured<double>{step.gradient_norm * step.gradient_norm};
  }

  bool measures_for_next_step() const { return delayed; }
  struct RuleState {
    Measured<double> last{0};
    bool measured = false;
  };

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double scale = max_norm(step.index) / (std::sqrt(measured.squared_norm) + epsilon);
    return {scale >= 1 ? 1 : scale};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.scale * u;
  }

  void check(const Check& check) const {
    check("max_norm", max_norm, legal::positive);
    check("epsilon", epsilon, legal::non_negative);
  }
};

}  // namespace descent
