// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/perturbation.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/training/minimize_result.hpp>
#include <descent/training/objective.hpp>

#include <optional>
#include <type_traits>
#include <utility>

// How `minimize` takes a step with rules of each kind: by the gradient it has, by the objective, or by
// the objective with what it knows of the point.

namespace descent::detail {

template <class O>
inline constexpr bool perturbs_parameters = false;
template <class Parameters, class R, class Storage>
inline constexpr bool perturbs_parameters<Optimizer<Parameters, R, Storage>> =
    perturbing_leaf<Plan<R, Storage>> < Plan<R, Storage>::leaves;
template <class O>
inline constexpr bool searches_lines = false;
template <class Parameters, class Storage>
inline constexpr bool searches_lines<Optimizer<Parameters, Lbfgs, Storage>> = true;
template <class Parameters, class Storage>
inline constexpr bool perturbs_parameters<Optimizer<Parameters, Lbfgs, Storage>> = false;

/// An objective whose first call is answered from what is known.
template <class F, class Gradient>
class KnownAtFirst {
 public:
  KnownAtFirst(F& objective, double loss, const Gradient& gradient)
      : objective_(objective), loss_(loss), gradient_(gradient) {}

  template <class Tree>
  double operator()(const Tree& parameters, Gradient& gradient) {
    if (!std::exchange(first_, false)) return static_cast<double>(objective_(parameters, gradient));
    auto copy = [](const auto& known, auto& block) { block = known; };
    walk(copy, gradient_, gradient);
    return loss_;
  }

 private:
  F& objective_;
  double loss_;
  const Gradient& gradient_;
  bool first_ = true;
};

/// What a step of `minimize` did.
struct StepOutcome {
  bool moved = true;
  /// Whether loss and gradient are those of the new parameters.
  bool evaluated = false;
  /// Where the rule says that the search ends.
  std::optional<MinimizeStatus> end = {};
};

inline bool found_nothing(LbfgsStatus status) {
  return status == LbfgsStatus::search_stalled || status == LbfgsStatus::evaluations_exhausted ||
         status == LbfgsStatus::not_finite;
}

inline std::optional<MinimizeStatus> end_of_search(LbfgsStatus status, bool moved) {
  switch (status) {
    case LbfgsStatus::gradient_small:
      return MinimizeStatus::gradient_norm;
    case LbfgsStatus::change_small:
      return MinimizeStatus::loss_change;
    case LbfgsStatus::not_finite:
      return MinimizeStatus::not_finite;
    case LbfgsStatus::moved:
    case LbfgsStatus::evaluations_exhausted:
    case LbfgsStatus::search_stalled:
      break;
  }
  if (moved) return {};
  return MinimizeStatus::search_stalled;
}

/// The tolerances of the rule hold where the caller of `minimize` sets no criterion of convergence. A search
/// that finds nothing is tried again along the gradient before it counts as stalled.
template <class O, class Tree, class F, class Gradient>
StepOutcome step_along_lines(O& optimizer, Tree& parameters, F& objective, double& loss, Gradient& gradient,
                             const MinimizeOptions& options) {
  const LbfgsTolerances of_rule{optimizer.rule().gradient_tolerance, optimizer.rule().change_tolerance};
  const LbfgsTolerances tolerances = options.has_criterion() ? LbfgsTolerances{} : of_rule;
  const auto take = [&] { optimizer.step(parameters, objective, loss, gradient, tolerances); };
  const bool knew_pairs = optimizer.pairs() > 0;
  take();
  if (knew_pairs && !optimizer.has_moved() && found_nothing(optimizer.status())) {
    optimizer.restart();
    take();
  }
  const bool moved = optimizer.has_moved();
  return {moved, true, end_of_search(optimizer.status(), moved)};
}

template <class O, class Tree, class F, class Gradient>
StepOutcome take_minimizing_step(O& optimizer, Tree& parameters, F& objective, double& loss,
                                 Gradient& gradient, [[maybe_unused]] const MinimizeOptions& options) {
  if constexpr (searches_lines<O>) {
    return step_along_lines(optimizer, parameters, objective, loss, gradient, options);
  } else if constexpr (perturbs_parameters<O>) {
    optimizer.step(parameters, KnownAtFirst<F, Gradient>(objective, loss, gradient));
  } else {
    optimizer.step(parameters, gradient, loss);
  }
  return {};
}

}  // namespace descent::detail
