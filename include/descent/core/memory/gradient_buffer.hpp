// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/type_name.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/shapes.hpp>

#include <cstddef>
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
  KeptGradient(KeptGradient&& other) noexcept { swap(other); }
  KeptGradient& operator=(KeptGradient&& other) noexcept {
    swap(other);
    return *this;
  }
  ~KeptGradient() {
    if (kept_ != nullptr) destroy_(kept_);
  }

  template <class Tree>
  auto& for_tree(const Tree& tree) {
    using Gradient = GradientOf<Tree>;
    // An objective may have changed the shapes of blocks.
    if (kept_ == nullptr || type_ != &type_tag<Gradient> ||
        !same_shapes(*static_cast<Gradient*>(kept_), tree)) {
      KeptGradient next;
      next.kept_ = new Gradient(zeros_like(tree));
      next.destroy_ = [](void* kept) { delete static_cast<Gradient*>(kept); };
      next.type_ = &type_tag<Gradient>;
      swap(next);
    }
    Gradient& gradient = *static_cast<Gradient*>(kept_);
    walk([](auto& block) { block.setZero(); }, gradient);
    return gradient;
  }

 private:
  void swap(KeptGradient& other) {
    std::swap(kept_, other.kept_);
    std::swap(destroy_, other.destroy_);
    std::swap(type_, other.type_);
  }

  void* kept_ = nullptr;
  void (*destroy_)(void* kept) = nullptr;
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
