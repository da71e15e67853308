// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/training/minimize/result.hpp>
#include <descent/training/problem/objective.hpp>
#include <descent/training/support/objective_step.hpp>

#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>

// How `minimize` performs a step with each kind of rule: by the current gradient, by the objective, or by the
// objective and its value at the current point.

namespace descent::detail {

template <class O>
inline constexpr bool searches_lines = false;
template <class Parameters, class Storage>
inline constexpr bool searches_lines<Optimizer<Parameters, Lbfgs, Storage>> = true;

/// The outcome of a step of `minimize`.
struct StepOutcome {
  bool moved = true;
  /// Whether loss and gradient are those of the new parameters.
  bool evaluated = false;
  /// The status if the rule ends the search.
  std::optional<MinimizeStatus> end = {};
};

/// Whether the step made no useful progress: the line search found no lower point, or an insignificant one
/// that does not satisfy its conditions, as at a kink or when rounding hides lower points.
template <class O>
bool made_no_progress(const O& optimizer, double before, double after) {
  if (!optimizer.has_moved())
    return optimizer.status() != LbfgsStatus::gradient_small &&
           optimizer.status() != LbfgsStatus::change_small;
  return !optimizer.is_search_satisfied() && before - after <= 1e-9 * std::abs(before);
}

inline std::optional<MinimizeStatus> end_of_search(LbfgsStatus status, bool vain) {
  switch (status) {
    case LbfgsStatus::gradient_small:
      return MinimizeStatus::gradient_norm;
    case LbfgsStatus::change_small:
      return MinimizeStatus::loss_change;
    case LbfgsStatus::not_finite:
      return MinimizeStatus::not_finite;
    case LbfgsStatus::unbounded:
      return MinimizeStatus::unbounded;
    case LbfgsStatus::moved:
    case LbfgsStatus::evaluations_exhausted:
    case LbfgsStatus::search_stalled:
      break;
  }
  if (vain) return MinimizeStatus::search_stalled;
  return {};
}

/// The tolerances of the rule apply if the caller of `minimize` sets no convergence criterion. After a step
/// without progress, one more step along the gradient is tried before the search counts as stalled.
template <class O, class Tree, class F, class Gradient>
StepOutcome step_along_lines(O& optimizer, Tree& parameters, F& objective, double& loss, Gradient& gradient,
                             const MinimizeOptions& options) {
  const LbfgsTolerances of_rule{optimizer.rule().gradient_tolerance, optimizer.rule().change_tolerance};
  const LbfgsTolerances tolerances = options.has_criterion() ? LbfgsTolerances{} : of_rule;
  bool moved = false;
  const auto is_vain = [&] {
    const double before = optimizer.step(parameters, objective, loss, gradient, tolerances);
    moved = moved || optimizer.has_moved();
    return made_no_progress(optimizer, before, loss);
  };
  const bool knew_pairs = optimizer.pairs() > 0;
  bool vain = is_vain();
  if (vain && knew_pairs) {
    optimizer.restart();
    vain = is_vain();
  }
  return {moved, true, end_of_search(optimizer.status(), vain)};
}

template <class O, class Tree, class F, class Gradient>
StepOutcome take_minimizing_step(O& optimizer, Tree& parameters, F& objective, double& loss,
                                 Gradient& gradient, [[maybe_unused]] const MinimizeOptions& options) {
  if constexpr (searches_lines<O>) {
    return step_along_lines(optimizer, parameters, objective, loss, gradient, options);
  } else {
    step_from_known(optimizer, parameters, objective, loss, gradient);
    return {};
  }
}

}  // namespace descent::detail
