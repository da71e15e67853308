// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/rule.hpp>

#include <cmath>
#include <optional>

namespace descent {

/// Scales the update down to a largest Euclidean norm over all blocks together.
///
///   u = u min(1, max_norm / (|u| + epsilon)),   |u| over the tree
///
/// Options: max_norm > 0, a schedule (1); epsilon >= 0 (1e-6); delayed (false): scales by the norm of the
/// step before, which the pass that writes sums on its way (the first step measures its own).
/// Memory: none; delayed, one norm. Passes: 2 (one that reads). 1 where it is delayed, or comes first in
/// its chain and the norm is handed in: `step(model, gradient, {.gradient_norm = norm})`. Shapes: any.
/// The norm is summed in double, in an order that does not depend on the layout. Inside partition() or
/// masked() it sees the blocks of its rule; frozen blocks do not count.
/// A norm that is NaN makes the whole update NaN, as in PyTorch: the fault shows. One that overflows
/// (elements above 1e154 in double) makes it 0.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063.
/// Differs from: Optax, which has no epsilon (set 0); torch.nn.utils.clip_grad_norm_ as here. Neither has a
/// delayed form.
struct ClipByGlobalNorm {
  Schedule max_norm = 1.0;
  double epsilon = 1e-6;
  bool delayed = false;

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
