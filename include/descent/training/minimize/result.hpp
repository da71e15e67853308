// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/training/observe/callback.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace descent {

/// Why a minimisation ended.
enum class MinimizeStatus {
  /// Converged: the norm of the gradient is at most `gradient_norm`.
  gradient_norm,
  /// Converged: the loss changed by no more than `loss_change`.
  loss_change,
  /// Converged: the parameters moved by no more than `parameter_change`.
  parameter_change,
  /// Converged: the loss is at most `loss_goal`.
  loss_goal,
  /// `max_steps` were taken.
  max_steps,
  /// `max_seconds` have passed.
  max_seconds,
  /// A callback stopped it.
  stopped,
  /// The loss or its gradient is infinite or NaN.
  not_finite,
  /// The line search of Lbfgs found no significantly lower loss, not even along the gradient.
  search_stalled,
  /// The loss fell along a line of Lbfgs as far as it was searched: it seems to have no minimum.
  unbounded
};

/// Whether a convergence criterion ended the search.
constexpr bool is_converged(MinimizeStatus status) { return status <= MinimizeStatus::loss_goal; }

/// The status as a phrase: "converged: the gradient is small".
constexpr const char* to_string(MinimizeStatus status) {
  switch (status) {
    case MinimizeStatus::gradient_norm:
      return "converged: the gradient is small";
    case MinimizeStatus::loss_change:
      return "converged: the loss no longer changes";
    case MinimizeStatus::parameter_change:
      return "converged: the parameters no longer change";
    case MinimizeStatus::loss_goal:
      return "converged: the loss goal is reached";
    case MinimizeStatus::max_steps:
      return "not converged: max_steps are taken";
    case MinimizeStatus::max_seconds:
      return "not converged: max_seconds are over";
    case MinimizeStatus::stopped:
      return "stopped by the callback";
    case MinimizeStatus::not_finite:
      return "diverged: the loss or its gradient is not finite";
    case MinimizeStatus::search_stalled:
      return "not converged: the line search finds no lower loss";
    case MinimizeStatus::unbounded:
      return "not converged: the loss seems to be unbounded below";
  }
  return "unknown";
}

/// A point of a search: the argument of the callback, and an entry of the history.
struct MinimizePoint {
  /// Steps taken in this search before the point: 0 at the start.
  std::int64_t step = 0;
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The Euclidean norm of the gradient over all parameters.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate of the next step; NaN for a rule without one.
  double learning_rate = std::numeric_limits<double>::quiet_NaN();
  /// Since the search began.
  double seconds = 0;
};

/// When a search ends. A criterion that is not set never ends it; the first one that holds does.
///
/// With Lbfgs, if none of gradient_norm, loss_change, parameter_change and loss_goal is set, the tolerances
/// of the rule apply and end the search with the status gradient_norm or loss_change.
///
/// Differs from: ensmallen, which compares losses once an epoch; LBFGSpp, whose `epsilon` is a gradient norm
/// relative to the parameters.
struct MinimizeOptions {
  std::int64_t max_steps = 10'000;           ///< not negative; 0 only evaluates the loss
  std::optional<double> max_seconds = {};    ///< not negative; tested after each step
  std::optional<double> gradient_norm = {};  ///< the norm of the gradient over all parameters is at most
                                             ///< this; not negative
  std::optional<double> loss_change = {};    ///< |loss - previous loss| <= loss_change * max(1, |loss|),
                                             ///< `patience` times in a row; not negative
  /// |p - previous p| <= parameter_change * max(1, |p|), in norms over all parameters, `patience` times in a
  /// row; not negative. Costs a copy of the parameters.
  std::optional<double> parameter_change = {};
  std::optional<double> loss_goal = {};  ///< the loss is at most this; finite
  std::int64_t patience = 1;  ///< at least 1; raise it for rules that oscillate, whose loss may stay the same
                              ///< for a step
  bool restore_best = true;  ///< Whether the parameters end at the lowest loss instead of the last one. After
                             ///< a loss that is not finite they always do.
  /// Whether the search ends at the evaluation point of a rule that has one (Ema, Swa, Asgd, schedule-free
  /// rules, Lookahead) if the loss there is the lowest or, without `restore_best`, always. Costs one more
  /// evaluation.
  bool use_evaluation_point = true;
  std::int64_t history_points = 1000;    ///< stores about this number of points, evenly spaced, and the last;
                                         ///< in [0, 1e7]
  Callback<MinimizePoint> on_step = {};  ///< called at every point with a finite loss, the first and the last
                                         ///< included; true stops

  /// Whether a convergence criterion is set.
  bool has_criterion() const { return gradient_norm || loss_change || parameter_change || loss_goal; }

  /// Errors: std::invalid_argument "descent: minimize: gradient_norm is -1, must be at least 0 and finite".
  void check(const Check& check) const {
    check("max_steps", static_cast<double>(max_steps), legal::at_least(0));
    if (max_seconds) check("max_seconds", *max_seconds, legal::non_negative);
    if (gradient_norm) check("gradient_norm", *gradient_norm, legal::non_negative);
    if (loss_change) check("loss_change", *loss_change, legal::non_negative);
    if (parameter_change) check("parameter_change", *parameter_change, legal::non_negative);
    if (loss_goal) check("loss_goal", *loss_goal, legal::finite);
    check("patience", static_cast<double>(patience), legal::at_least(1));
    check("history_points", static_cast<double>(history_points), legal::between(0, 1e7));
  }
};

/// The result of a search. `loss` and `gradient_norm` belong to the final parameters.
struct MinimizeResult {
  MinimizeStatus status = MinimizeStatus::max_steps;
  /// Steps taken. The objective was called once more than that (by Sam twice as often, by Lbfgs as its
  /// searches need).
  std::int64_t steps = 0;
  double loss = std::numeric_limits<double>::quiet_NaN();
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
  double seconds = 0;
  /// The step after which the parameters had their final values: `steps`, unless an earlier point was better.
  std::int64_t best_step = 0;
  /// Whether the final parameters are the rule's evaluation point after that step.
  bool at_evaluation_point = false;
  std::vector<MinimizePoint> history = {};

  bool converged() const { return is_converged(status); }
};

/// "converged: the gradient is small; loss 1.2e-09, gradient norm 9.3e-07 after 312 steps, 0.01 s".
inline std::string to_string(const MinimizeResult& result) {
  return to_string(result.status) +
         detail::formatted(
             "; loss %.6g, gradient norm %.3g after %d step%s, %.3g s",
             {result.loss, result.gradient_norm, result.steps, result.steps == 1 ? "" : "s", result.seconds});
}

}  // namespace descent
