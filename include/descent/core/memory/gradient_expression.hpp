// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/type_name.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/schedule.hpp>
#include <descent/core/memory/sparse_runs.hpp>

#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// Gradients that are expressions. What can be read coefficient by coefficient is read in the pass
// itself. Products, functors of the user and anything else are evaluated before the step writes
// anything: they may allocate, cost much for each coefficient, or throw.

namespace descent::detail {

/// Whether a scalar functor is one of Eigen's own, which never throw.
template <class Functor>
inline constexpr bool eigen_functor = qualified_type_name<Functor>().starts_with("Eigen::");

template <class X>
inline constexpr bool read_in_place = in_memory<X>;
template <SparseGradient X>
inline constexpr bool read_in_place<X> = true;
/// Random numbers differ each time they are read.
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
    if (kept_ == nullptr || type_ != &type_tag<Gradient>) {
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

struct HasFixedSize {
  template <class B>
  static constexpr bool holds = std::remove_cvref_t<B>::SizeAtCompileTime != Eigen::Dynamic;
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
