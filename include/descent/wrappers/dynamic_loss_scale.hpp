// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace descent {

/// Loss scaling for gradients in half precision, with a scale that finds its size.
///
/// The caller multiplies the loss, and so the gradient, by the scale; the rule divides it out again:
///   u = u / scale;     a gradient that holds NaN or infinity: no step, scale = scale backoff;
///   growth_interval steps without one: scale = scale growth
///
/// Place it first: `DynamicLossScale{} | AdamW{...}`; the scale of the next step is
/// `optimizer.memory<DynamicLossScale>().scale_or(scaling)`, `scaling` being the DynamicLossScale in use.
/// Options: initial > 0 (65536); growth > 1 (2); backoff in (0, 1) (0.5); growth_interval >= 1 (2000);
/// minimum > 0 (1): the scale does not fall below it.
/// Memory: two numbers. Passes: 2 (one that reads). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Micikevicius et al. 2018, arXiv:1710.03740.
/// Differs from: torch.amp.GradScaler, which has the same defaults and no minimum.
struct DynamicLossScale {
  double initial = 65536;
  double growth = 2;
  double backoff = 0.5;
  std::int64_t growth_interval = 2000;
  double minimum = 1;

  static constexpr Scope measured_over = Scope::tree;
  template <class V>
  struct Measured {
    V not_finite;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.not_finite += select(abs(u) <= V(std::numeric_limits<double>::max()), V(0), V(1));
  }
  bool skips(const Measured<double>& measured) const { return measured.not_finite > 0; }

  struct Memory {
    double scale = 0;       // 0: none yet, the initial one
    double last_scale = 0;  // of the step that is taken
    std::int64_t good_steps = 0;

    double scale_or(const DynamicLossScale& rule) const { return scale > 0 ? scale : rule.initial; }
  };
  void advance(Memory& memory, Step, const Measured<double>& measured) const {
    memory.last_scale = memory.scale_or(*this);
    memory.scale = memory.last_scale;
    if (skips(measured)) {
      memory.scale = std::max(minimum, memory.last_scale * backoff);
      memory.good_steps = 0;
    } else if (++memory.good_steps == growth_interval) {
      memory.scale = std::min(memory.last_scale * growth, 0x1p+126);  // a scale that float holds
      memory.good_steps = 0;
    }
  }

  template <class S>
  struct Coefficients {
    S inverse;
  };
  Coefficients<double> coefficients(Step, const Memory& memory, const Measured<double>&) const {
    return {1 / memory.last_scale};
  }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.inverse * u;
  }

  void check(const Check& check) const {
    check("initial", initial, legal::positive);
    check("growth", growth, Interval{.low = 1});
    check("backoff", backoff, Interval{.low = 0, .high = 1});
    check("growth_interval", static_cast<double>(growth_interval), legal::at_least(1));
    check("minimum", minimum, legal::positive);
  }
};

}  // namespace descent
