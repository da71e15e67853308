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

/// One step along a gradient, in place.
template <class S>
using Stepper = std::function<void(Tree<S>&, const Tree<S>&)>;

/// A rule without its type: makes an optimizer for a tree, in either precision.
struct AnyRule {
  std::function<Stepper<double>(const Tree<double>&)> in_double;
  std::function<Stepper<float>(const Tree<float>&)> in_float;

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
  auto optimizer = std::make_shared<descent::Optimizer<Tree<S>, R>>(tree, rule);
  return [optimizer](Tree<S>& parameters, const Tree<S>& gradient) { optimizer->step(parameters, gradient); };
}

template <class R>
AnyRule any_rule(R rule) {
  return {[rule](const Tree<double>& tree) { return make_stepper(tree, rule); },
          [rule](const Tree<float>& tree) { return make_stepper(tree, rule); }};
}

}  // namespace reference
