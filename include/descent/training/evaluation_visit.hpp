// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/training/parameter_copy.hpp>

#include <optional>

namespace descent {

struct Lbfgs;

namespace detail {

/// Whether the rule of an optimizer wants the model evaluated elsewhere than at the parameters that it steps: at an
/// average (Ema, Swa, Asgd, the schedule-free rules) or at slow parameters (Lookahead).
template <class O>
inline constexpr bool evaluates_elsewhere = false;
template <class Parameters, class R, class Storage>
inline constexpr bool evaluates_elsewhere<Optimizer<Parameters, R, Storage>> =
    any_gives_evaluation_point<Plan<R, Storage>>(typename Plan<R, Storage>::AllLeaves{});
template <class Parameters, class Storage>
inline constexpr bool evaluates_elsewhere<Optimizer<Parameters, Lbfgs, Storage>> = false;

/// Moves parameters to the evaluation point of their optimizer and, at the end of its scope, back to where the last
/// step left them. Does nothing for rules without an evaluation point.
template <class O, class Tree>
class EvaluationVisit {
 public:
  EvaluationVisit(O& optimizer, Tree& parameters, bool wanted) : parameters_(parameters) {
    if constexpr (evaluates_elsewhere<O>) {
      if (!wanted) return;
      stepped_.emplace(parameters);
      stepped_->store(parameters);
      const auto point = optimizer.evaluation_point(parameters);
      auto copy = [](auto& block, const auto& value) { block = value; };
      walk(copy, parameters, point);
    }
  }
  EvaluationVisit(const EvaluationVisit&) = delete;
  EvaluationVisit& operator=(const EvaluationVisit&) = delete;
  ~EvaluationVisit() {
    if (stepped_) stepped_->restore(parameters_);
  }

  /// Lets the parameters stay at the evaluation point.
  void stay() { stepped_.reset(); }

 private:
  Tree& parameters_;
  std::optional<ParameterCopy<Tree>> stepped_;
};

}  // namespace detail
}  // namespace descent
