// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/type_name.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/shapes.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

// Gradients that an optimizer keeps for objectives.

namespace descent::detail::inline DESCENT_BUILD {

/// A gradient kept between steps, allocated on first use; copies start without one.
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
    // An objective may have changed the shapes of blocks.
    if (kept_ == nullptr || type_ != &type_tag<Gradient> ||
        !same_shapes(*static_cast<Gradient*>(kept_.get()), tree)) {
      kept_ = std::make_shared<Gradient>(zeros_like(tree));
      type_ = &type_tag<Gradient>;
    }
    Gradient& gradient = *static_cast<Gradient*>(kept_.get());
    walk([](auto& block) { block.setZero(); }, gradient);
    return gradient;
  }

 private:
  std::shared_ptr<void> kept_;
  const char* type_ = nullptr;
};

/// A gradient on the stack, for trees of fixed size.
struct StackGradient {
  template <class Tree>
  auto for_tree(const Tree& tree) {
    return zeros_like(tree);
  }
};

/// A callable, not a tree, that returns the loss and writes the gradient of a tree.
template <class F, class Tree>
concept EvaluatesLossAndGradient =
    !ParameterTree<F> && std::is_invocable_r_v<double, F&, const std::remove_cvref_t<Tree>&,
                                               GradientOf<std::remove_cvref_t<Tree>>&>;

}  // namespace descent::detail::inline DESCENT_BUILD
