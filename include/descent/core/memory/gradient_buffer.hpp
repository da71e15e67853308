// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/type_name.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/tree/shapes.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

// Gradients that an optimizer keeps for objectives.

namespace descent::detail {

/// A gradient kept from step to step, made when it is first needed; copies start without one.
class KeptGradient {
 public:
  KeptGradient() = default;
  KeptGradient(const KeptGradient&) {}
  KeptGradient& operator=(const KeptGradient&) { return *this; }
  KeptGradient(KeptGradient&&) = default;
  KeptGradient& operator=(KeptGradient&&) = default;

  template <class Tree>
  auto& for_tree(const Tree& tree) {
    using Gradient = GradientOf<Tree>;
    // An objective may have left blocks of another shape.
    if (kept_ == nullptr || type_ != &type_tag<Gradient> ||
        !same_shapes(*static_cast<Gradient*>(kept_.get()), tree)) {
      kept_ = std::make_shared<Gradient>(zeros_like(tree));
      type_ = &type_tag<Gradient>;
    }
    Gradient& gradient = *static_cast<Gradient*>(kept_.get());
    auto clear = [](auto& block) { block.setZero(); };
    walk(clear, gradient);
    return gradient;
  }

 private:
  std::shared_ptr<void> kept_;
  const char* type_ = nullptr;
};

/// For trees of fixed size a gradient on the stack does.
struct StackGradient {
  template <class Tree>
  auto for_tree(const Tree& tree) {
    return zeros_like(tree);
  }
};

/// Something that is no tree but gives the loss and writes the gradient of one.
template <class F, class Tree>
concept EvaluatesLossAndGradient =
    !ParameterTree<F> && std::is_invocable_r_v<double, F&, const std::remove_cvref_t<Tree>&,
                                               GradientOf<std::remove_cvref_t<Tree>>&>;

}  // namespace descent::detail
