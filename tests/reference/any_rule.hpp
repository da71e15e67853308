// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/sparse_runs.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace reference {

/// The blocks of a case: matrices are matrices by type, vectors are vectors.
template <class S>
struct Tree {
  std::vector<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>> matrices;
  std::vector<Eigen::Matrix<S, Eigen::Dynamic, 1>> vectors;
  DESCENT_PARAMETERS(matrices, vectors)
};

/// The gradients of some rows of each block of a Tree.
template <class S>
struct RowsTree {
  std::vector<descent::GradientRows<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>> matrices;
  std::vector<descent::GradientRows<Eigen::Matrix<S, Eigen::Dynamic, 1>>> vectors;
  DESCENT_PARAMETERS(matrices, vectors)
};

/// An optimizer, type-erased.
template <class S>
struct Stepper {
  /// One step along a gradient, in place; the loss before it is NaN if unknown.
  std::function<void(Tree<S>&, const Tree<S>&, double loss)> step;
  /// The point at which to evaluate the model; empty if the optimizer has none.
  std::function<Tree<S>(const Tree<S>&)> evaluation_point;
  /// One step that skips the blocks with these numbers; empty if none can be skipped.
  std::function<void(Tree<S>&, const Tree<S>&, std::span<const std::size_t> absent)> step_without;
  /// One step of some rows; empty if the rule needs whole gradients.
  std::function<void(Tree<S>&, const RowsTree<S>&)> step_rows;
  /// The d of rules that estimate a distance; empty for others.
  std::function<double()> distance;
  /// Receives the diagonal of a Hessian; empty if the rule does not use it.
  std::function<void(const Tree<S>&)> observe_hessian;
};

/// A rule, type-erased: makes an optimizer for a tree, in either precision.
struct AnyRule {
  std::function<Stepper<double>(const Tree<double>&)> in_double;
  std::function<Stepper<float>(const Tree<float>&)> in_float;
  /// 0: Hessians are passed before each step; n: after every n steps, starting with the first.
  int hessians_after_every = 0;

  template <class S>
  Stepper<S> optimizer(const Tree<S>& tree) const {
    if constexpr (std::is_same_v<S, double>) {
      return in_double(tree);
    } else {
      return in_float(tree);
    }
  }
};

/// Sets the function that returns the estimate of the first leaf that has one.
template <class Plan, class Optimizer, class S, std::size_t... I>
void add_distance(const std::shared_ptr<Optimizer>& optimizer, Stepper<S>& stepper,
                  std::index_sequence<I...>) {
  const auto add = [&]<class Leaf>(const Leaf*) {
    using RuleState = typename descent::detail::RuleStateOf<Leaf>::type;
    if constexpr (requires(const RuleState& state) { state.d; })
      stepper.distance = [optimizer] { return optimizer->template rule_state<Leaf>().d; };
  };
  (add(static_cast<const typename Plan::template Leaf<I>*>(nullptr)), ...);
}

template <class Plan, std::size_t... I>
constexpr bool keeps_an_average(std::index_sequence<I...>) {
  return (descent::detail::traits_of<typename Plan::template Leaf<I>>.has_evaluation_point || ...);
}

template <class S, class R>
Stepper<S> make_stepper(const Tree<S>& tree, const R& rule) {
  using Plan = descent::detail::Plan<R>;
  auto optimizer = std::make_shared<descent::Optimizer<Tree<S>, R>>(tree, rule);
  Stepper<S> stepper;
  stepper.step = [optimizer](Tree<S>& parameters, const Tree<S>& gradient, double loss) {
    optimizer->step(parameters, gradient, loss);
  };
  if constexpr (keeps_an_average<Plan>(typename Plan::AllLeaves{}))
    stepper.evaluation_point = [optimizer](const Tree<S>& parameters) {
      return optimizer->evaluation_point(parameters);
    };
  if constexpr (descent::detail::any_observes_hessian<Plan>(typename Plan::AllLeaves{}))
    stepper.observe_hessian = [optimizer](const Tree<S>& hessian) { optimizer->observe_hessian(hessian); };
  add_distance<Plan>(optimizer, stepper, typename Plan::AllLeaves{});
  return stepper;
}

/// An optimizer whose blocks may be skipped.
template <class S, class R>
Stepper<S> make_resting_stepper(const Tree<S>& tree, const R& rule) {
  auto chain = descent::RestAbsentBlocks{} | rule;
  auto optimizer = std::make_shared<descent::Optimizer<Tree<S>, decltype(chain)>>(tree, chain);
  Stepper<S> stepper;
  stepper.step_without = [optimizer](Tree<S>& parameters, const Tree<S>& gradient,
                                     std::span<const std::size_t> absent) {
    optimizer->step(parameters, gradient, descent::AbsentBlocks(absent));
  };
  return stepper;
}

/// An optimizer that receives gradients of some rows only.
template <class S, class R>
Stepper<S> make_rows_stepper(const Tree<S>& tree, const R& rule) {
  auto optimizer = std::make_shared<descent::Optimizer<Tree<S>, R>>(tree, rule);
  Stepper<S> stepper;
  stepper.step_rows = [optimizer](Tree<S>& parameters, const RowsTree<S>& gradient) {
    optimizer->step(parameters, gradient);
  };
  return stepper;
}

template <class R>
AnyRule any_rule(R rule) {
  return {[rule](const Tree<double>& tree) { return make_stepper(tree, rule); },
          [rule](const Tree<float>& tree) { return make_stepper(tree, rule); }, 0};
}

template <class R>
AnyRule any_resting_rule(R rule) {
  return {[rule](const Tree<double>& tree) { return make_resting_stepper(tree, rule); },
          [rule](const Tree<float>& tree) { return make_resting_stepper(tree, rule); }, 0};
}

template <class R>
AnyRule any_rule_of_rows(R rule) {
  return {[rule](const Tree<double>& tree) { return make_rows_stepper(tree, rule); },
          [rule](const Tree<float>& tree) { return make_rows_stepper(tree, rule); }, 0};
}

}  // namespace reference
