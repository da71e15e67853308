// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tree/requirements.hpp>

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

// What is known of the blocks of a tree at compile time: their types, and, if all sizes are fixed, their
// number.

namespace descent::detail {

/// The compile-time properties of a block that the optimizer needs.
template <class ScalarType, int Rows, int Columns, bool row_major_order>
struct BlockType {
  using Scalar = ScalarType;
  static constexpr int rows = Rows, columns = Columns;
  static constexpr bool row_major = row_major_order;
  static constexpr bool is_vector = Rows == 1 || Columns == 1;
  static constexpr int size =
      Rows == Eigen::Dynamic || Columns == Eigen::Dynamic ? static_cast<int>(Eigen::Dynamic) : Rows * Columns;
};
template <class B>
using BlockTypeOf = BlockType<typename B::Scalar, B::RowsAtCompileTime, B::ColsAtCompileTime,
                              static_cast<bool>(B::IsRowMajor)>;

template <class Type, class List>
inline constexpr std::size_t place_in = 0;
template <class Type, class First, class... Rest>
inline constexpr std::size_t place_in<Type, TypeList<First, Rest...>> =
    std::is_same_v<Type, First> ? 0 : 1 + place_in<Type, TypeList<Rest...>>;

template <class T, class Found>
constexpr auto block_types_of();

template <class T, class Found, std::size_t I, std::size_t count>
constexpr auto block_types_of_children() {
  if constexpr (I == count) {
    return Found{};
  } else {
    return block_types_of_children<T, decltype(block_types_of<Child<T, I>, Found>()), I + 1, count>();
  }
}
template <class T, class Found>
constexpr auto block_types_of() {
  constexpr NodeKind kind = kind_of<Opened<T>>();
  if constexpr (kind == NodeKind::block) {
    return typename Found::template With<BlockTypeOf<std::remove_cvref_t<Opened<T>>>>{};
  } else if constexpr (kind == NodeKind::range) {
    return block_types_of<Element<T>, Found>();
  } else {
    return block_types_of_children<T, Found, 0, child_count<T>>();
  }
}

/// The block types of a tree, each once.
template <class Tree>
using BlockTypes = decltype(block_types_of<Tree, TypeList<>>());

template <class Found, class... Types>
struct ScalarsOf {
  using type = Found;
};
template <class Found, class First, class... Rest>
struct ScalarsOf<Found, First, Rest...>
    : ScalarsOf<typename Found::template With<typename First::Scalar>, Rest...> {};
template <class... Types>
constexpr auto scalars_of(TypeList<Types...>) {
  return typename ScalarsOf<TypeList<>, Types...>::type{};
}
/// The element types of a tree, each once.
template <class Tree>
using ScalarTypes = decltype(scalars_of(BlockTypes<Tree>{}));

template <class... Types>
constexpr bool has_row_major_matrix(TypeList<Types...>) {
  return ((Types::row_major && !Types::is_vector) || ...);
}

struct HasFixedSize {
  template <class B>
  static constexpr bool holds = std::remove_cvref_t<B>::RowsAtCompileTime != Eigen::Dynamic &&
                                std::remove_cvref_t<B>::ColsAtCompileTime != Eigen::Dynamic;
};
template <class Tree>
constexpr bool has_fixed_sizes() {
  return all_blocks<Tree, HasFixedSize>();
}

/// Whether the number of blocks and all their sizes are known at compile time.
template <class T>
constexpr bool is_fixed_tree();
template <class T, std::size_t... I>
constexpr bool are_fixed_trees(std::index_sequence<I...>) {
  return (is_fixed_tree<Child<T, I>>() && ...);
}
template <class T>
constexpr bool is_fixed_tree() {
  constexpr NodeKind kind = kind_of<Opened<T>>();
  if constexpr (kind == NodeKind::block) {
    return HasFixedSize::holds<Opened<T>>;
  } else if constexpr (kind == NodeKind::range) {
    if constexpr (TupleLike<std::remove_cvref_t<Opened<T>>>) {  // an array
      return is_fixed_tree<Element<T>>();
    } else {
      return false;
    }
  } else {
    return are_fixed_trees<T>(std::make_index_sequence<child_count<T>>());
  }
}

/// A list of types with repetition: all blocks of a fixed tree, in order.
template <class... Types>
struct BlockSequence {};
template <class... A, class... B>
constexpr BlockSequence<A..., B...> operator+(BlockSequence<A...>, BlockSequence<B...>) {
  return {};
}

template <class T>
constexpr auto all_blocks_of();
template <class T, std::size_t... I>
constexpr auto all_blocks_of_children(std::index_sequence<I...>) {
  return (BlockSequence<>{} + ... + all_blocks_of<Child<T, I>>());
}
template <class Sequence, std::size_t... I>
constexpr auto repeated(Sequence, std::index_sequence<I...>) {
  return (BlockSequence<>{} + ... + (static_cast<void>(I), Sequence{}));
}
template <class T>
constexpr auto all_blocks_of() {
  constexpr NodeKind kind = kind_of<Opened<T>>();
  if constexpr (kind == NodeKind::block) {
    return BlockSequence<BlockTypeOf<std::remove_cvref_t<Opened<T>>>>{};
  } else if constexpr (kind == NodeKind::range) {
    return repeated(all_blocks_of<Element<T>>(),
                    std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<Opened<T>>>>());
  } else {
    return all_blocks_of_children<T>(std::make_index_sequence<child_count<T>>());
  }
}
/// All blocks of a fixed tree.
template <class Tree>
using BlocksOf = decltype(all_blocks_of<Tree>());

/// The number of arrays that a walk over a fixed tree visits.
template <class T>
constexpr std::size_t range_count();
template <class T, std::size_t... I>
constexpr std::size_t range_count_of_children(std::index_sequence<I...>) {
  return (range_count<Child<T, I>>() + ... + 0);
}
template <class T>
constexpr std::size_t range_count() {
  constexpr NodeKind kind = kind_of<Opened<T>>();
  if constexpr (kind == NodeKind::block) {
    return 0;
  } else if constexpr (kind == NodeKind::range) {
    return 1 + std::tuple_size_v<std::remove_cvref_t<Opened<T>>> * range_count<Element<T>>();
  } else {
    return range_count_of_children<T>(std::make_index_sequence<child_count<T>>());
  }
}

/// Calls f(type_identity) for type number `number`.
template <class... Types, class F>
void dispatch_type(TypeList<Types...>, [[maybe_unused]] std::size_t number, [[maybe_unused]] F&& f) {
  [[maybe_unused]] std::size_t next = 0;
  static_cast<void>(((next++ == number ? (f(std::type_identity<Types>{}), true) : false) || ...));
}

/// The size in bytes of an element of each type.
template <class... Scalar>
constexpr std::array<std::size_t, sizeof...(Scalar)> sizes_of(TypeList<Scalar...>) {
  return {sizeof(Scalar)...};
}

// Compile-time checks of the trees of a step.

/// Whether a tree passed as a temporary owns elements, so that the step's result would be lost.
template <class T>
constexpr bool owns_elements();
template <class T, std::size_t... I>
constexpr bool any_child_owns(std::index_sequence<I...>) {
  return (owns_elements<std::tuple_element_t<I, T>>() || ...);
}
template <class T>
constexpr bool owns_elements() {
  constexpr NodeKind kind = kind_of<T>();
  if constexpr (std::is_reference_v<T>) {
    return false;
  } else if constexpr (kind == NodeKind::block) {
    return OwnsItsElements::holds<T>;
  } else if constexpr (kind == NodeKind::named) {
    return owns_elements<decltype(std::declval<T&>().tree)>();
  } else if constexpr (kind == NodeKind::range) {
    return !is_span<T> && owns_elements<typename T::value_type>();
  } else if constexpr (kind == NodeKind::structure) {
    return all_blocks<const std::remove_const_t<T>&, IsMember>();
  } else if constexpr (kind == NodeKind::tuple) {
    return any_child_owns<std::remove_const_t<T>>(
        std::make_index_sequence<std::tuple_size_v<std::remove_const_t<T>>>());
  } else {
    return false;
  }
}

/// Compiles if a step can change the parameters; otherwise reports why not.
template <class Tree, class Parameters>
constexpr bool require_step_parameters() {
  if constexpr (require_parameters<Tree&>()) {
    static_assert(!owns_elements<Tree>(),
                  "descent: the parameters are a temporary; the step would be lost with it");
    constexpr bool structure = same_structure<Parameters&, Tree&>();
    static_assert(
        structure,
        "descent: the parameters have a different structure from those the optimizer was made with");
    if constexpr (structure)
      static_assert(
          all_pairs<Parameters&, Tree&, SameElementType>() &&
              all_pairs<Parameters&, Tree&, SameSizesWhereKnown>(),
          "descent: the parameters have other element types or sizes than those the optimizer was made with");
    if constexpr (structure)
      static_assert(
          all_pairs<Parameters&, Tree&, SameStorageOrder>(),
          "descent: the parameters have a different storage order from those the optimizer was made with");
    return structure;
  }
  return false;
}

/// Whether the vectors and spans of two trees of the same structure have the same lengths.
template <class A, class B>
bool same_lengths(const A& a, const B& b);
template <class A, class B, std::size_t... I>
bool same_child_lengths(const A& a, const B& b, std::index_sequence<I...>) {
  return (same_lengths(get<I>(a), get<I>(b)) && ...);
}
template <class A, class B>
bool same_lengths(const A& a, const B& b) {
  constexpr NodeKind kind = kind_of<Opened<const A>>();
  if constexpr (kind == NodeKind::block) {
    return true;
  } else if constexpr (kind == NodeKind::range) {
    const auto& first = open(a);
    const auto& second = open(b);
    if (first.size() != second.size()) return false;
    for (std::size_t k = 0; k < first.size(); ++k)
      if (!same_lengths(first[k], second[k])) return false;
    return true;
  } else {
    return same_child_lengths(open(a), open(b), std::make_index_sequence<child_count<const A&>>());
  }
}
/// Whether two trees also have blocks of the same shapes.
template <class A, class B>
bool same_shapes(const A& a, const B& b) {
  if (!same_lengths(a, b)) return false;
  bool same = true;
  auto compare = [&](const auto& first, const auto& second) {
    same = same && first.rows() == second.rows() && first.cols() == second.cols();
  };
  walk(compare, a, b);
  return same;
}

}  // namespace descent::detail
