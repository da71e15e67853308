// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/adapt/backtracking_result.hpp>
#include <descent/training/problem/objective.hpp>
#include <descent/training/support/norms.hpp>
#include <descent/training/support/optimizer_for.hpp>
#include <descent/training/support/parameter_copy.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace descent {

/// How a `BacktrackingSearch` shortens steps.
struct BacktrackingOptions {
  double sufficient_decrease = 0.1;  ///< the fraction of the decrease predicted by the gradient that a step
                                     ///< must reach, in (0, 1)
  double shrink = 0.8;               ///< the factor by which an insufficient step is shortened, in (0, 1)
  double grow = 1.25;     ///< the first length of the next search divided by the accepted one, at least 1
  double max_factor = 1;  ///< the most that a step of the rule is lengthened, greater than 0
  std::int64_t max_trials = 30;  ///< the number of lengths to try before giving up, at least 1

  void check(const Check& check) const {
    const Interval share{.low = 0, .high = 1};
    check("sufficient_decrease", sufficient_decrease, share);
    check("shrink", shrink, share);
    check("grow", grow, legal::at_least(1));
    check("max_factor", max_factor, legal::positive);
    check("max_trials", static_cast<double>(max_trials), legal::at_least(1));
  }
};

/// Finds the length of each step on the mini-batch itself: Armijo's condition with backtracking.
///
///   BacktrackingSearch search(model);
///   Optimizer optimizer(model, Sgd{.learning_rate = 1});      // the longest step to try
///   for (...) search.step(optimizer, model, [&](const Model& m, Model& gradient) {
///     return m.loss(batch, gradient); });
///
///   accept p + s d  if  f(p + s d) <= f(p) + sufficient_decrease s <g, d>,   s = 1, shrink, shrink^2, ...
///
/// d is the rule's step with the previous learning-rate factor, including weight decay; the rule's state
/// records one step, whatever happens to d. Armijo's condition guarantees a decrease only if <g, d> is
/// clearly negative. So use a rule without momentum: Sgd, or one of Adam's kind with beta1 = 0 (Vaswani et
/// al. 2020, arXiv:2006.06835). In five epochs on the digits of the examples with a learning rate of 10,
/// AdamW reaches an accuracy of 0.99 with beta1 = 0, but 0.88 with beta1 = 0.9.
/// If the objective can also be called with the parameters alone, trials use that.
/// Memory: two copies of the parameters and one of the gradient; allocates only at construction. To resume,
/// save `learning_rate_factor()`. Errors: std::invalid_argument for options out of range, and the errors of
/// `optimizer.step`.
/// Source: Armijo 1966; for mini-batches Vaswani et al. 2019, arXiv:1905.09997. Differs from: Optax's
/// scale_by_backtracking_linesearch, whose sufficient decrease is 1e-4, and which takes the last length if
/// none is sufficient.
template <class Parameters>
class BacktrackingSearch {
 public:
  explicit BacktrackingSearch(const Parameters& parameters, const BacktrackingOptions& options = {})
      : options_(options), before_(parameters), full_(parameters), gradient_(zeros_like(parameters)) {
    options.check(Check("BacktrackingSearch"));
    factor_ = options.max_factor;
  }

  /// Performs one step of the optimizer, with a length that decreases the loss.
  template <class O, class Tree, class Objective>
  BacktrackingResult step(O& optimizer, Tree&& parameters, Objective&& objective) {
    BacktrackingResult result{.loss = detail::evaluate(objective, std::as_const(parameters), gradient_)};
    if (!is_finite(result.loss) || !detail::all_finite(gradient_)) return result;
    before_.store(parameters);
    optimizer.set_learning_rate_factor(factor_);
    optimizer.step(parameters, std::as_const(gradient_), result.loss);
    full_.store(parameters);
    const double slope = directional_derivative();
    if (slope < 0) {
      shorten(parameters, objective, slope, result);
    } else {
      before_.restore(parameters);
      result.status = BacktrackingStatus::not_downhill;
    }
    return result;
  }

  /// The initial length of the next search; set it to resume from a saved one.
  double learning_rate_factor() const { return factor_; }
  void set_learning_rate_factor(double factor) {
    Check("BacktrackingSearch")("learning_rate_factor", factor, legal::positive);
    factor_ = std::min(factor, options_.max_factor);
  }

 private:
  template <class Tree, class Objective>
  void shorten(Tree& parameters, Objective& objective, double slope, BacktrackingResult& result) {
    double share = 1;
    result.status = BacktrackingStatus::gave_up;
    find_share(parameters, objective, slope, share, result);
    if (result.status == BacktrackingStatus::accepted) {
      result.learning_rate_factor = factor_ * share;
    } else {
      before_.restore(parameters);
    }
    factor_ = std::min(options_.max_factor, factor_ * share * options_.grow);
  }

  template <class Tree, class Objective>
  void find_share(Tree& parameters, Objective& objective, double slope, double& share,
                  BacktrackingResult& result) {
    while (result.trials < options_.max_trials) {
      if (result.trials > 0) go_to(parameters, share *= options_.shrink);
      ++result.trials;
      const double loss = value(objective, parameters);
      if (!(loss <= result.loss + options_.sufficient_decrease * share * slope)) continue;
      result.loss_after = loss;
      result.status = BacktrackingStatus::accepted;
      return;
    }
  }

  /// before + share (full - before)
  template <class Tree>
  void go_to(Tree& parameters, double share) const {
    auto place = [&](auto& block, const auto& from, const auto& to) {
      using S = typename std::remove_cvref_t<decltype(block)>::Scalar;
      block = from + static_cast<S>(share) * (to - from);
    };
    detail::walk(place, parameters, before_.values(), full_.values());
  }

  double directional_derivative() const {
    double sum = 0;
    auto add = [&](const auto& slope, const auto& from, const auto& to) {
      detail::for_each_place(slope, [&](auto row, auto column) {
        sum += static_cast<double>(slope.coeff(row, column)) *
               (static_cast<double>(to.coeff(row, column)) - static_cast<double>(from.coeff(row, column)));
      });
    };
    detail::walk(add, gradient_, before_.values(), full_.values());
    return sum;
  }

  template <class Objective, class Tree>
  double value(Objective& objective, const Tree& parameters) {
    if constexpr (ValueObjective<Objective, Tree>) {
      return static_cast<double>(objective(parameters));
    } else {
      return detail::evaluate(objective, parameters, gradient_);
    }
  }

  BacktrackingOptions options_;
  detail::ParameterCopy<Parameters> before_, full_;
  GradientOf<Parameters> gradient_;
  double factor_ = 1;
};

}  // namespace descent
