// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/support/parameter_copy.hpp>
#include <descent/training/support/rule_queries.hpp>

#include <optional>

namespace descent::detail {

/// Moves parameters to the evaluation point of their optimizer and, at the end of its scope, back to their
/// values after the last step. Does nothing for rules without an evaluation point.
template <class O, class Tree>
class EvaluationVisit {
 public:
  EvaluationVisit(O& optimizer, Tree& parameters, bool wanted) : parameters_(parameters) {
    if constexpr (evaluates_elsewhere<O>) {
      if (!wanted) return;
      stepped_.emplace(parameters);
      stepped_->store(parameters);
      const auto point = optimizer.evaluation_point(parameters);
      walk([](auto& block, const auto& value) { block = value; }, parameters, point);
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

}  // namespace descent::detail
