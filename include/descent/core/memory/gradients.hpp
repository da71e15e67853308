// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/core/memory/runs.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/block_types.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// Gradients that the library stores: those of expressions, for one step, and those that objectives write.
//
// The pass itself reads expressions that are cheap for each coefficient. Products, user functors and all others are
// evaluated before the step writes anything: they may allocate, cost much for each coefficient, or throw.

namespace descent::detail::inline DESCENT_BUILD {

/// Whether a scalar functor is one of Eigen's own, which never throw.
template <class Functor>
inline constexpr bool eigen_functor = qualified_type_name<Functor>().starts_with("Eigen::");

template <class X>
inline constexpr bool read_in_place = in_memory<X>;
template <SparseGradient X>
inline constexpr bool read_in_place<X> = true;
/// Random numbers are excluded: they differ at each read.
template <class F, class X>
inline constexpr bool read_in_place<Eigen::CwiseNullaryOp<F, X>> =
    eigen_functor<F> && qualified_type_name<F>().find("random") == std::string_view::npos;
template <class F, class X>
inline constexpr bool read_in_place<Eigen::CwiseUnaryOp<F, X>> =
    eigen_functor<F> && read_in_place<std::remove_cvref_t<X>>;
template <class F, class A, class B>
inline constexpr bool read_in_place<Eigen::CwiseBinaryOp<F, A, B>> =
    eigen_functor<F> && read_in_place<std::remove_cvref_t<A>> && read_in_place<std::remove_cvref_t<B>>;
template <class X>
inline constexpr bool read_in_place<Eigen::MatrixWrapper<X>> = read_in_place<std::remove_cvref_t<X>>;
template <class X>
inline constexpr bool read_in_place<Eigen::ArrayWrapper<X>> = read_in_place<std::remove_cvref_t<X>>;
template <class X>
  requires(!in_memory<Eigen::Transpose<X>>)
inline constexpr bool read_in_place<Eigen::Transpose<X>> = read_in_place<std::remove_cvref_t<X>>;

struct IsReadInPlace {
  template <class B>
  static constexpr bool holds = read_in_place<std::remove_cvref_t<B>>;
};

/// Whether a structure's `parameters()` returns temporaries: expressions or owned blocks by value.
template <class T>
constexpr bool hands_out_temporaries();
template <class Tuple, std::size_t... I>
constexpr bool holds_temporaries(std::index_sequence<I...>) {
  const auto is_temporary = []<class Field>(std::type_identity<Field>) {
    if constexpr (std::is_reference_v<Field>) {
      return hands_out_temporaries<std::remove_reference_t<Field>>();
    } else if constexpr (kind_of<Field>() == NodeKind::block) {
      return !in_memory<std::remove_cv_t<Field>> || owns_its_memory<std::remove_cv_t<Field>>;
    } else {
      return true;
    }
  };
  return (is_temporary(std::type_identity<std::tuple_element_t<I, Tuple>>{}) || ...);
}
template <class T, std::size_t... I>
constexpr bool children_hand_out_temporaries(std::index_sequence<I...>) {
  return (hands_out_temporaries<std::remove_reference_t<Child<T, I>>>() || ...);
}
template <class T>
constexpr bool hands_out_temporaries() {
  constexpr NodeKind kind = kind_of<T>();
  if constexpr (kind == NodeKind::block) {
    return false;
  } else if constexpr (kind == NodeKind::named) {
    return hands_out_temporaries<std::remove_reference_t<decltype(std::declval<T&>().tree)>>();
  } else if constexpr (kind == NodeKind::range) {
    return hands_out_temporaries<std::remove_reference_t<Element<T>>>();
  } else if constexpr (kind == NodeKind::structure && !std::is_reference_v<Opened<T>>) {
    return holds_temporaries<std::remove_cvref_t<Opened<T>>>(std::make_index_sequence<child_count<T>>());
  } else {
    return children_hand_out_temporaries<T>(std::make_index_sequence<child_count<T>>());
  }
}

/// Whether a step can read a gradient in place; others are first evaluated into a tree of their own.
template <class Gradient>
constexpr bool is_read_in_place() {
  return all_blocks<const Gradient&, IsReadInPlace>() && !hands_out_temporaries<const Gradient>();
}

template <class T>
auto evaluated(const T& tree);

template <class Fields, std::size_t... I>
auto evaluated_fields(const Fields& fields, std::index_sequence<I...>) {
  return std::tuple<decltype(evaluated(get<I>(fields)))...>(evaluated(get<I>(fields))...);
}

/// A tree of the same structure in which every block lies in memory.
template <class T>
auto evaluated(const T& tree) {
  constexpr NodeKind kind = kind_of<Opened<const T>>();
  if constexpr (kind == NodeKind::block) {
    return typename std::remove_cvref_t<Opened<const T>>::PlainObject(open(tree));
  } else if constexpr (kind == NodeKind::range) {
    auto&& range = open(tree);
    std::vector<decltype(evaluated(range[0]))> result;
    result.reserve(range.size());
    for (const auto& element : range) result.push_back(evaluated(element));
    return result;
  } else {
    return evaluated_fields(open(tree), std::make_index_sequence<child_count<const T>>());
  }
}

// The gradients that objectives write.

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
