// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/support/rule_queries.hpp>

#include <utility>

// Steps of rules that evaluate the objective themselves (Sam), from a point with given loss and gradient.

namespace descent::detail {

/// An objective that answers its first call with given values.
template <class F, class Gradient>
class KnownAtFirst {
 public:
  KnownAtFirst(F& objective, double loss, const Gradient& gradient)
      : objective_(objective), loss_(loss), gradient_(gradient) {}

  template <class Tree>
  double operator()(const Tree& parameters, Gradient& gradient) {
    if (!std::exchange(first_, false)) return static_cast<double>(objective_(parameters, gradient));
    walk([](const auto& known, auto& block) { block = known; }, gradient_, gradient);
    return loss_;
  }

 private:
  F& objective_;
  double loss_;
  const Gradient& gradient_;
  bool first_ = true;
};

/// Takes one step from a point with given loss and gradient, by a rule that may evaluate the objective
/// nearby.
template <class O, class Tree, class F, class Gradient>
void step_from_known(O& optimizer, Tree& parameters, F& objective, double loss, const Gradient& gradient) {
  if constexpr (perturbs_parameters<O>) {
    optimizer.step(parameters, KnownAtFirst<F, Gradient>(objective, loss, gradient));
  } else {
    optimizer.step(parameters, gradient, loss);
  }
}

}  // namespace descent::detail
