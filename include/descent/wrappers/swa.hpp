// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cstdint>

namespace descent {

/// Stochastic weight averaging: computes the mean of the parameters, for evaluating the model.
///
///   average_0 = the parameters before the first step
///   after step `start` (counted from 0) and every `every` steps from there, for the n-th time:
///   average = average + (p - average) / n
///
/// Place it last: `Sgd{.learning_rate = ...} | Swa{.start = 1000, .every = 100}`, with a rate that
/// SwaAnnealing lowers to a constant; optimizer.evaluation_point(model) returns the average. The rule does
/// not change the parameters. Layers that normalize by running statistics need new statistics for the
/// average.
/// Memory: 1 value a parameter, and n. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Izmailov et al. 2018, arXiv:1803.05407.
/// Differs from: torch.optim.swa_utils.AveragedModel, which averages outside of the optimizer; the numbers
/// are the same.
struct Swa {
  std::int64_t start = 0;  ///< first step that updates the average, counted from 0; not negative
  std::int64_t every = 1;  ///< steps between two updates, at least 1

  DESCENT_STATE(average)
  static constexpr RuleTraits traits{.has_evaluation_point = true, .stores_start = true};

  struct RuleState {
    std::int64_t updates = 0;
  };
  void advance(RuleState& rule_state, Step step) const {
    if (updates_at(step)) ++rule_state.updates;
  }

  template <class S>
  struct Coefficients {
    S first, weight;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    return {step.is_first() ? 1.0 : 0.0, updates_at(step) ? 1 / static_cast<double>(rule_state.updates) : 0};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    const V average = select(c.first > V(0), p, state.average);
    state.average = select(c.weight > V(0), fma(c.weight, p + u - average, average), average);
    return u;
  }
  template <class V>
  static V evaluation_point(V, const State<V>& state) {
    return state.average;
  }

  void check(const Check& check) const {
    check("start", static_cast<double>(start), legal::non_negative);
    check("every", static_cast<double>(every), legal::at_least(1));
  }

 private:
  bool updates_at(Step step) const { return step.taken() >= start && (step.taken() - start) % every == 0; }
};

}  // namespace descent
