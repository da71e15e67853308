// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>

namespace descent {

struct ClipByGlobalNorm {
  Schedule max_norm = 1.0;
  double epsilon = 1e-6;

  static constexpr Scope measured_over = Scope::tree;
  template <class V>
  struct Measured {
    V squared_norm;
  };
  template <class V>
  static Measured<V> measure(V u, V) {
    return {u * u};
  }

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    return {std::min(1.0, max_norm(step.index) / (std::sqrt(measured.squared_norm) + epsilon))};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.scale * u;
  }

  void check(const Check& check) const {
    check("max_norm", max_norm, positive);
    check("epsilon", epsilon, non_negative);
  }
};

}  // namespace descent
