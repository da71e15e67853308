// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tree/walk.hpp>

#include <Eigen/Core>

#include <type_traits>

// Compile-time checks of trees; each failure has a sentence that explains it.

namespace descent {
namespace detail {

/// Whether elements have fewer bits than the type in which rules compute.
template <class S>
inline constexpr bool is_narrow = std::is_same_v<S, Eigen::half> || std::is_same_v<S, Eigen::bfloat16>;

/// The type in which rules compute for elements of type S.
template <class S>
using ComputeType = std::conditional_t<is_narrow<S>, float, S>;

/// A list in which each type appears once.
template <class... S>
struct TypeList {
  template <class T>
  using With = std::conditional_t<(std::is_same_v<T, S> || ...), TypeList<S...>, TypeList<S..., T>>;
};

enum class TreeFault {
  none,
  not_a_tree,           // neither block nor container nor structure
  parameters_not_const  // a structure whose parameters() cannot be called on a const object
};

template <class T>
constexpr TreeFault fault_of();

template <class T, std::size_t... I>
constexpr TreeFault first_fault(std::index_sequence<I...>) {
  TreeFault fault = TreeFault::none;
  static_cast<void>(((fault = fault_of<Child<T, I>>(), fault != TreeFault::none) || ...));
  return fault;
}

template <class T>
constexpr TreeFault fault_of() {
  using Node = std::remove_reference_t<T>;
  constexpr NodeKind kind = kind_of<Node>();
  if constexpr (kind == NodeKind::block) {
    return TreeFault::none;
  } else if constexpr (kind == NodeKind::unknown) {
    return HasParametersMember<std::remove_const_t<Node>> ? TreeFault::parameters_not_const
                                                          : TreeFault::not_a_tree;
  } else if constexpr (kind == NodeKind::named) {
    return fault_of<decltype((std::declval<Node&>().tree))>();
  } else if constexpr (kind == NodeKind::range) {
    return fault_of<Element<Node>>();
  } else if constexpr (!TupleLike<std::remove_cvref_t<Opened<Node>>>) {
    return TreeFault::not_a_tree;
  } else {
    return first_fault<Node>(std::make_index_sequence<child_count<Node>>());
  }
}

template <class T, class Predicate>
constexpr bool all_blocks();

template <class T, class Predicate, std::size_t... I>
constexpr bool all_children(std::index_sequence<I...>) {
  return (all_blocks<Child<T, I>, Predicate>() && ...);
}

/// Whether Predicate::holds<B> for every block type B (a reference, const if the block is const).
template <class T, class Predicate>
constexpr bool all_blocks() {
  constexpr NodeKind kind = kind_of<Opened<T>>();
  if constexpr (kind == NodeKind::block) {
    return Predicate::template holds<Opened<T>>;
  } else if constexpr (kind == NodeKind::range) {
    return all_blocks<Element<T>, Predicate>();
  } else {
    return all_children<T, Predicate>(std::make_index_sequence<child_count<T>>());
  }
}

struct IsNotConstant {
  template <class B>
  static constexpr bool holds = !std::is_const_v<std::remove_reference_t<B>>;
};
struct IsWritable {
  template <class B>
  static constexpr bool holds = DirectlyWritable<std::remove_cvref_t<B>>;
};
struct OwnsItsElements {
  template <class B>
  static constexpr bool holds =
      std::is_same_v<std::remove_cvref_t<B>, typename std::remove_cvref_t<B>::PlainObject>;
};
/// Whether a block, reached through a const structure, is a member, not a view or a reference to memory
/// elsewhere.
struct IsMember {
  template <class B>
  static constexpr bool holds = std::is_const_v<std::remove_reference_t<B>> && OwnsItsElements::holds<B>;
};
struct IsReal {
  template <class B>
  static constexpr bool holds = !Eigen::NumTraits<typename std::remove_cvref_t<B>::Scalar>::IsComplex &&
                                !Eigen::NumTraits<typename std::remove_cvref_t<B>::Scalar>::IsInteger;
};

/// Whether two trees have the same nodes, with blocks at the same positions.
template <class A, class B>
constexpr bool same_structure();

template <class A, class B, std::size_t... I>
constexpr bool same_children(std::index_sequence<I...>) {
  return (same_structure<Child<A, I>, Child<B, I>>() && ...);
}

template <class A, class B>
constexpr bool same_structure() {
  constexpr NodeKind kind = kind_of<Opened<A>>();
  if constexpr (std::is_same_v<std::remove_cvref_t<A>, std::remove_cvref_t<B>>) {
    return true;
  } else if constexpr (kind != kind_of<Opened<B>>()) {
    return false;
  } else if constexpr (kind == NodeKind::block) {
    return true;
  } else if constexpr (kind == NodeKind::range) {
    return same_structure<Element<A>, Element<B>>();
  } else if constexpr (child_count<A> != child_count<B>) {
    return false;
  } else {
    return same_children<A, B>(std::make_index_sequence<child_count<A>>());
  }
}

/// Whether Predicate::holds<A, B> for each pair of blocks at the same position of two trees.
template <class A, class B, class Predicate>
constexpr bool all_pairs();

template <class A, class B, class Predicate, std::size_t... I>
constexpr bool all_child_pairs(std::index_sequence<I...>) {
  return (all_pairs<Child<A, I>, Child<B, I>, Predicate>() && ...);
}

template <class A, class B, class Predicate>
constexpr bool all_pairs() {
  constexpr NodeKind kind = kind_of<Opened<A>>();
  if constexpr (std::is_same_v<std::remove_cvref_t<A>, std::remove_cvref_t<B>>) {
    return true;
  } else if constexpr (kind == NodeKind::block) {
    return Predicate::template holds<std::remove_cvref_t<Opened<A>>, std::remove_cvref_t<Opened<B>>>;
  } else if constexpr (kind == NodeKind::range) {
    return all_pairs<Element<A>, Element<B>, Predicate>();
  } else {
    return all_child_pairs<A, B, Predicate>(std::make_index_sequence<child_count<A>>());
  }
}

struct SameElementType {
  template <class A, class B>
  static constexpr bool holds = std::is_same_v<typename A::Scalar, typename B::Scalar>;
};
/// The gradient of parameters in half precision may be in float.
struct FittingElementType {
  template <class A, class B>
  static constexpr bool holds = SameElementType::holds<A, B> ||
                                (is_narrow<typename A::Scalar> && std::is_same_v<typename B::Scalar, float>);
};
struct SameSizesWhereKnown {
  static constexpr bool fit(long a, long b) { return a == Eigen::Dynamic || b == Eigen::Dynamic || a == b; }
  template <class A, class B>
  static constexpr bool holds =
      fit(A::RowsAtCompileTime, B::RowsAtCompileTime) && fit(A::ColsAtCompileTime, B::ColsAtCompileTime);
};
/// The state of a matrix uses the storage order of the parameters.
struct SameStorageOrder {
  template <class A, class B>
  static constexpr bool holds = A::IsVectorAtCompileTime || B::IsVectorAtCompileTime ||
                                static_cast<bool>(A::IsRowMajor) == static_cast<bool>(B::IsRowMajor);
};

/// Compiles if the tree can be read; otherwise reports why not.
template <class T>
constexpr bool require_tree() {
  constexpr TreeFault fault = fault_of<T>();
  static_assert(
      fault != TreeFault::not_a_tree,
      "descent: not a tree of parameter blocks: expected an Eigen matrix, array, Map, Ref or Block; a "
      "tuple, pair, array, vector or span of trees; or a structure with DESCENT_PARAMETERS of its "
      "members (a single number is an Eigen::Matrix<double, 1, 1>)");
  static_assert(fault != TreeFault::parameters_not_const,
                "descent: parameters() of this structure needs a const version as well; DESCENT_PARAMETERS "
                "writes both");
  return fault == TreeFault::none;
}

/// Compiles if the tree's blocks can be changed in place; otherwise reports why not.
template <class T>
constexpr bool require_parameters() {
  if constexpr (require_tree<T>()) {
    constexpr bool not_constant = all_blocks<T, IsNotConstant>();
    static_assert(not_constant, "descent: the parameters are constant; a step changes them in place");
    constexpr bool writable = all_blocks<T, IsWritable>();
    static_assert(
        writable,
        "descent: a parameter block is an expression or a read-only view; a step needs elements in memory "
        "that it may change");
    constexpr bool real = all_blocks<T, IsReal>();
    static_assert(real,
                  "descent: parameters must be real floating-point numbers, neither integers nor complex");
    return not_constant && writable && real;
  } else {
    return false;
  }
}

/// Compiles if the gradient fits the parameters; otherwise reports why not.
template <class Parameters, class Gradient>
constexpr bool require_gradient() {
  if constexpr (require_tree<Gradient>()) {
    constexpr bool structure = same_structure<Parameters, Gradient>();
    static_assert(structure, "descent: the gradient has a different structure from the parameters");
    if constexpr (structure) {
      constexpr bool element = all_pairs<Parameters, Gradient, FittingElementType>();
      static_assert(element,
                    "descent: the gradient has a different element type from the parameters; convert it with "
                    ".cast<>()");
      constexpr bool sizes = all_pairs<Parameters, Gradient, SameSizesWhereKnown>();
      static_assert(sizes,
                    "descent: a block of the gradient has a different fixed size from its parameter block");
      return element && sizes;
    }
  }
  return false;
}

}  // namespace detail

/// A concept that matches parameters to optimise: a block; a tuple, pair, array, vector or span of trees; or
/// a structure that lists its trees with DESCENT_PARAMETERS or a function `parameters`.
///
/// T is the type as passed to a function: `Model&`, or `std::tuple<MatrixXd&, VectorXd&>`.
template <class T>
concept ParameterTree = detail::fault_of<std::remove_reference_t<T>>() == detail::TreeFault::none;

}  // namespace descent
