// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>

#include <Eigen/Core>

#include <functional>
#include <memory>
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

/// An optimizer without its type.
template <class S>
struct Stepper {
  /// One step along a gradient, in place; the loss before it is NaN where it is not known.
  std::function<void(Tree<S>&, const Tree<S>&, double loss)> step;
  /// Where to evaluate the model; empty where the optimizer does not say.
  std::function<Tree<S>(const Tree<S>&)> evaluation_point;
  /// Takes in the diagonal of a Hessian; empty where it does not.
  std::function<void(const Tree<S>&)> observe_hessian;
};

/// A rule without its type: makes an optimizer for a tree, in either precision.
struct AnyRule {
  std::function<Stepper<double>(const Tree<double>&)> in_double;
  std::function<Stepper<float>(const Tree<float>&)> in_float;
  /// Hessians are handed in before each step; or after every so many steps, from the first on.
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

template <class S, class R>
Stepper<S> make_stepper(const Tree<S>& tree, const R& rule) {
  using Plan = descent::detail::Plan<R>;
  auto optimizer = std::make_shared<descent::Optimizer<Tree<S>, R>>(tree, rule);
  Stepper<S> stepper;
  stepper.step = [optimizer](Tree<S>& parameters, const Tree<S>& gradient, double loss) {
    optimizer->step(parameters, gradient, loss);
  };
  stepper.evaluation_point = [optimizer](const Tree<S>& parameters) {
    return optimizer->evaluation_point(parameters);
  };
  if constexpr (descent::detail::any_observes_hessian<Plan>(typename Plan::AllLeaves{}))
    stepper.observe_hessian = [optimizer](const Tree<S>& hessian) { optimizer->observe_hessian(hessian); };
  return stepper;
}

template <class R>
AnyRule any_rule(R rule) {
  return {[rule](const Tree<double>& tree) { return make_stepper(tree, rule); },
          [rule](const Tree<float>& tree) { return make_stepper(tree, rule); }, 0};
}

}  // namespace reference
