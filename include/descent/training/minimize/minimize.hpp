// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/minimize/history.hpp>
#include <descent/training/minimize/result.hpp>
#include <descent/training/minimize/step.hpp>
#include <descent/training/problem/objective.hpp>
#include <descent/training/support/evaluation_visit.hpp>
#include <descent/training/support/norms.hpp>
#include <descent/training/support/optimizer_for.hpp>
#include <descent/training/support/parameter_copy.hpp>
#include <descent/training/support/stopwatch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace descent {
namespace detail {

/// The convergence criteria, and the previous point.
class Convergence {
 public:
  explicit Convergence(const MinimizeOptions& options) : options_(options) {}

  /// The first criterion that holds at a point. `moved` and `extent` are the norms of the last step and of
  /// the parameters, used if parameter_change is set.
  std::optional<MinimizeStatus> at(const MinimizePoint& point, double moved, double extent) {
    const bool first = point.step == 0;
    if (options_.loss_goal && point.loss <= *options_.loss_goal) return MinimizeStatus::loss_goal;
    if (options_.gradient_norm && point.gradient_norm <= *options_.gradient_norm)
      return MinimizeStatus::gradient_norm;
    const double change = std::abs(point.loss - previous_loss_);
    previous_loss_ = point.loss;
    if (!first && holds(options_.loss_change, change, std::abs(point.loss), small_loss_changes_))
      return MinimizeStatus::loss_change;
    if (!first && holds(options_.parameter_change, moved, extent, small_moves_))
      return MinimizeStatus::parameter_change;
    return {};
  }

 private:
  bool holds(const std::optional<double>& limit, double change, double size, std::int64_t& in_a_row) const {
    if (!limit) return false;
    in_a_row = change <= *limit * std::max(1.0, size) ? in_a_row + 1 : 0;
    return in_a_row >= options_.patience;
  }

  const MinimizeOptions& options_;
  double previous_loss_ = 0;
  std::int64_t small_loss_changes_ = 0, small_moves_ = 0;  // in a row
};

/// One search. Its destructor restores the best point, so that exceptions do so as well.
template <class F, class Tree, class O>
class Search {
 public:
  Search(F& objective, Tree& parameters, O& optimizer, const MinimizeOptions& options)
      : objective_(objective),
        parameters_(parameters),
        optimizer_(optimizer),
        options_(options),
        convergence_(options),
        history_(options.history_points, options.max_steps),
        gradient_(zeros_like(std::as_const(parameters))),
        best_(parameters) {
    if (options.parameter_change) previous_.emplace(parameters);
  }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;
  ~Search() { return_to_best(); }

  MinimizeResult run() {
    evaluate();
    std::optional<MinimizeStatus> status = judge();
    while (!status) status = step();
    return finish(*status);
  }

 private:
  void evaluate() {
    point_.loss = detail::evaluate(objective_, std::as_const(parameters_), gradient_);
    describe();
  }
  void describe() {
    point_.gradient_norm = norm(gradient_);
    point_.learning_rate = learning_rate_of(optimizer_);
    point_.seconds = stopwatch_.seconds();
  }

  /// The status if the search ends here.
  std::optional<MinimizeStatus> judge() {
    if (!is_finite(point_.loss)) return MinimizeStatus::not_finite;
    at_best_ = point_.step == 0 || point_.loss < best_point_.loss;
    if (at_best_) best_point_ = point_;
    if (!is_finite(point_.gradient_norm)) return MinimizeStatus::not_finite;
    history_.add(point_);
    const bool stop = options_.on_step(point_);
    const std::optional<MinimizeStatus> converged = convergence_.at(point_, moved(), extent());
    if (converged) return converged;
    if (stop) return MinimizeStatus::stopped;
    if (point_.step >= options_.max_steps) return MinimizeStatus::max_steps;
    if (options_.max_seconds && point_.seconds >= *options_.max_seconds) return MinimizeStatus::max_seconds;
    return {};
  }

  double moved() const { return previous_ ? distance(parameters_, previous_->values()) : 0; }
  double extent() const { return previous_ ? norm(parameters_) : 0; }

  /// The status if the search ends with this step.
  std::optional<MinimizeStatus> step() {
    if (at_best_) best_.store(parameters_);
    if (previous_) previous_->store(parameters_);
    const StepOutcome outcome =
        take_minimizing_step(optimizer_, parameters_, objective_, point_.loss, gradient_, options_);
    if (!outcome.moved) return outcome.end;
    at_best_ = false;
    ++point_.step;
    if (outcome.evaluated) {
      describe();
    } else {
      evaluate();
    }
    const std::optional<MinimizeStatus> judged = judge();
    return judged ? judged : outcome.end;
  }

  void return_to_best() {
    if (!at_best_) best_.restore(parameters_);
    at_best_ = true;
  }

  /// Moves to the rule's evaluation point if the loss there is the lowest, or if the parameters should stay
  /// at the last point.
  bool take_evaluation_point() {
    if constexpr (evaluates_elsewhere<O>) {
      if (!options_.use_evaluation_point || point_.step == 0) return false;
      EvaluationVisit visit(optimizer_, parameters_, true);
      MinimizePoint there = point_;
      there.loss = detail::evaluate(objective_, std::as_const(parameters_), gradient_);
      there.gradient_norm = norm(gradient_);
      const bool better = there.loss < best_point_.loss || !options_.restore_best;
      if (!better || !is_finite(there.loss)) return false;
      visit.stay();
      point_ = best_point_ = there;
      at_best_ = true;
      return true;
    }
    return false;
  }

  MinimizeResult finish(MinimizeStatus status) {
    MinimizeResult result{.status = status, .steps = point_.step, .seconds = point_.seconds};
    result.history = history_.finish(point_);
    if (status != MinimizeStatus::not_finite) result.at_evaluation_point = take_evaluation_point();
    if (options_.restore_best || status == MinimizeStatus::not_finite) {
      return_to_best();
      if (is_finite(best_point_.loss)) point_ = best_point_;
    }
    at_best_ = true;  // the parameters stay here
    result.loss = point_.loss;
    result.gradient_norm = point_.gradient_norm;
    result.best_step = point_.step;
    return result;
  }

  F& objective_;
  Tree& parameters_;
  O& optimizer_;
  const MinimizeOptions& options_;
  Convergence convergence_;
  ThinnedHistory<MinimizePoint> history_;
  GradientOf<Tree> gradient_;
  ParameterCopy<Tree> best_;
  std::optional<ParameterCopy<Tree>> previous_;
  MinimizePoint point_, best_point_;
  bool at_best_ = true;  // whether the parameters are those of best_point_
  Stopwatch stopwatch_;
};

}  // namespace detail

/// Takes steps along the gradient of an objective until a criterion holds; changes the parameters in place.
///
///   Eigen::Vector2d x(-1.2, 1);
///   const auto result = minimize(rosenbrock, x, Adam{.learning_rate = 0.02},
///                                {.max_steps = 20'000, .gradient_norm = 1e-6});
///   std::puts(to_string(result).c_str());          // why and where it ended, after how many steps
///
/// * `objective`: `double objective(const Parameters&, Gradient&)`, see `Objective`.
/// * `parameters`: any tree; a tuple of references (`std::tie(w, b)`) may be a temporary.
/// * `rule`: any rule, including those that evaluate the objective themselves (Sam, Lbfgs); or an `Optimizer`
///   of yours, which continues from its state (restoring an earlier point does not undo its steps).
/// * `options`: see `MinimizeOptions`.
///
/// Rules with an evaluation point (Ema, Swa, Asgd, schedule-free rules, Lookahead) end at that point if its
/// loss is the lowest; see `use_evaluation_point`.
///
/// A search that stalls or diverges is a status, never an exception; after a loss or gradient that is not
/// finite, the parameters are at the best point before it. An exception of the objective, a callback or the
/// rule propagates, and leaves the parameters at the best point so far: unchanged if no step was taken.
/// Allocates only before the first step.
/// Errors: std::invalid_argument for options of `minimize` or the rule out of range, before anything changes.
template <class F, class Tree, class R>
MinimizeResult minimize(F&& objective, Tree&& parameters, R&& rule, const MinimizeOptions& options = {}) {
  using Parameters = std::remove_cvref_t<Tree>;
  if constexpr (detail::require_step_parameters<Tree, Parameters>()) {
    if constexpr (detail::require_objective<F, Parameters>()) {
      options.check(Check("minimize"));
      auto&& optimizer = detail::optimizer_for<Parameters>(parameters, std::forward<R>(rule));
      detail::Search search(objective, parameters, optimizer, options);
      return search.run();
    }
  }
}

}  // namespace descent
