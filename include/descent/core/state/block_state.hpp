// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/half_precision_runs.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/plan/plan.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// What the optimizer remembers of each block. The slots of a block (exp_avg, exp_avg_sq, ...) lie one
// after the other in the parameters' storage order, each padded to whole packs.

namespace descent::detail {

template <class S>
constexpr std::size_t padded_size(std::size_t size) {
  constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
  return (size + lanes - 1) / lanes * lanes;
}

/// State begins where a pack does: a store across cache lines would hold up the load of the next step.
template <class S, class Element, std::size_t slots>
constexpr std::size_t slot_alignment() {
  if constexpr (simd::has_packets<S> && slots > 0)
    return sizeof(Element) * static_cast<std::size_t>(simd::Pack<S>::size);
  return alignof(Element);
}

/// Inline where the block's size is known to the compiler, on the heap elsewhere.
template <class S, class Element, int Size, std::size_t most>
class SlotStorage {
 public:
  void allocate(std::size_t, std::size_t) {}
  DESCENT_INLINE Element* data() { return elements_.data(); }
  DESCENT_INLINE std::size_t stride() const { return padded_size<S>(static_cast<std::size_t>(Size)); }

 private:
  alignas(slot_alignment<S, Element, most>())
      std::array<Element, padded_size<S>(static_cast<std::size_t>(Size)) * most> elements_{};
};

template <class S, class Element, std::size_t most>
class SlotStorage<S, Element, Eigen::Dynamic, most> {
 public:
  void allocate(std::size_t size, std::size_t slots) {
    stride_ = padded_size<S>(size);
    elements_.resize(static_cast<Eigen::Index>(stride_ * slots));
  }
  DESCENT_INLINE Element* data() { return elements_.data(); }
  DESCENT_INLINE std::size_t stride() const { return stride_; }

 private:
  Eigen::Array<Element, Eigen::Dynamic, 1> elements_;
  std::size_t stride_ = 0;
};

/// The masters of parameters in half precision.
template <class Scalar, int Size>
struct Masters {
  void allocate(std::size_t) {}
  void clear() {}
  DESCENT_INLINE std::nullptr_t data() { return nullptr; }
};
template <class Scalar, int Size>
  requires is_narrow<Scalar>
struct Masters<Scalar, Size> {
  void allocate(std::size_t size) { elements.resize(static_cast<Eigen::Index>(size)); }
  void clear() { elements.setZero(); }
  DESCENT_INLINE float* data() { return elements.data(); }
  Eigen::Array<float, Size, 1> elements;
};

/// A number of rows or columns, stored only where the compiler does not know it.
template <int Size, int tag>
struct Extent {
  Extent(Eigen::Index) {}
  static constexpr Eigen::Index value() { return Size; }
};
template <int tag>
struct Extent<Eigen::Dynamic, tag> {
  Extent(Eigen::Index size) : stored(size) {}
  Extent(const Extent&) = default;
  Extent& operator=(const Extent&) = default;
  // What was moved from fits no block, so that a step with it is refused.
  Extent(Extent&& other) noexcept : stored(std::exchange(other.stored, -1)) {}
  Extent& operator=(Extent&& other) noexcept {
    stored = std::exchange(other.stored, -1);
    return *this;
  }
  DESCENT_INLINE Eigen::Index value() const { return stored; }
  Eigen::Index stored;
};

template <class P, class S, class Leaves>
struct WorkspacesOf;
template <class R, class S>
struct WorkspaceOf {
  using type = Nothing;
};
template <MatrixRule R, class S>
struct WorkspaceOf<R, S> {
  using type = typename R::template Workspace<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>;
};
template <class P, class S, std::size_t... I>
struct WorkspacesOf<P, S, std::index_sequence<I...>> {
  using type = RuleList<typename WorkspaceOf<typename P::template Leaf<I>, S>::type...>;
};

/// The scratch of rules of whole matrices: the update on its way, and what each rule needs beside it.
template <class P, class S, bool present>
struct MatrixScratch {};
template <class P, class S>
struct MatrixScratch<P, S, true> {
  Eigen::Array<S, Eigen::Dynamic, 1> update;
  typename WorkspacesOf<P, S, typename P::AllLeaves>::type workspaces;
  std::size_t block = 0;  // its place in the tree's order
};

template <class P>
inline constexpr bool any_matrix_rule =
    any_variant<P>(typename P::AllVariants{}, [](auto traits) { return decltype(traits)::has_matrix_rule; });

/// The state of one block under the plan P.
template <class P, class Scalar, int Rows, int Columns, bool row_major>
struct BlockState {
  using S = ComputeType<Scalar>;
  static constexpr int size =
      Rows == Eigen::Dynamic || Columns == Eigen::Dynamic ? static_cast<int>(Eigen::Dynamic) : Rows * Columns;
  static constexpr std::size_t most = most_slots<P>(typename P::AllVariants{});
  /// A slot as a matrix of the block's shape.
  using Element = StateElement<P, S>;
  using Values = Eigen::Matrix<Element, Rows, Columns, row_major ? Eigen::RowMajor : Eigen::ColMajor>;

  BlockState(Eigen::Index row_count, Eigen::Index column_count) : rows{row_count}, columns{column_count} {}

  Eigen::Map<Values> values(std::size_t slot) {
    return {slots.data() + slot * slots.stride(), rows.value(), columns.value()};
  }
  Eigen::Map<Eigen::Matrix<float, Rows, Columns, row_major ? Eigen::RowMajor : Eigen::ColMajor>>
  master_values()
    requires is_narrow<Scalar>
  {
    return {masters.data(), rows.value(), columns.value()};
  }
  DESCENT_INLINE std::size_t variant_or(std::size_t common) const {
    if constexpr (P::uniform) {
      return common;
    } else {
      return variant;
    }
  }

  [[no_unique_address]] Extent<Rows, 0> rows;
  [[no_unique_address]] Extent<Columns, 1> columns;
  /// Which variant the block follows; unused where all blocks follow the same.
  [[no_unique_address]] std::conditional_t<P::uniform, Nothing, unsigned char> variant{};
  [[no_unique_address]] SlotStorage<S, Element, size, most> slots;
  [[no_unique_address]] Masters<Scalar, size> masters;
  [[no_unique_address]] MatrixScratch<P, S, any_matrix_rule<P>> scratch;
  [[no_unique_address]] typename P::BlockMemories memories{};
};

template <class P, class S, int Rows, int Columns, bool row_major>
inline constexpr bool is_leaf<BlockState<P, S, Rows, Columns, row_major>> = true;

/// The states of a structure's blocks, with the names of the structure's parameters.
template <class Structure, class States>
struct StructureStates;
template <class Structure, class... States>
struct StructureStates<Structure, std::tuple<States...>> {
  std::tuple<States...> states;
  DESCENT_INLINE auto parameters() {
    return std::apply([](auto&... each) { return std::tie(each...); }, states);
  }
  static constexpr const char* parameter_names()
    requires HasParameterNames<Structure>
  {
    return Structure::parameter_names();
  }
};

/// A tree of block states that mirrors a parameter tree, names included.
template <class P, class T>
auto make_states(T& tree);

template <class P, class Fields, std::size_t... I>
auto make_field_states(Fields&& fields, std::index_sequence<I...>) {
  return std::tuple<decltype(make_states<P>(get<I>(fields)))...>(make_states<P>(get<I>(fields))...);
}

template <class P, class Range>
auto make_range_states(Range& range) {
  using State = decltype(make_states<P>(range[0]));
  if constexpr (requires { std::tuple_size<std::remove_const_t<Range>>::value; }) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<State, sizeof...(I)>{make_states<P>(range[I])...};
    }(std::make_index_sequence<std::tuple_size_v<std::remove_const_t<Range>>>());
  } else {
    std::vector<State> states;
    states.reserve(range.size());
    for (auto& element : range) states.push_back(make_states<P>(element));
    return states;
  }
}

template <class P, class T>
auto make_states(T& tree) {
  constexpr NodeKind kind = kind_of<T>();
  if constexpr (kind == NodeKind::block) {
    return BlockState<P, typename T::Scalar, T::RowsAtCompileTime, T::ColsAtCompileTime,
                      static_cast<bool>(T::IsRowMajor)>(tree.rows(), tree.cols());
  } else if constexpr (kind == NodeKind::named) {
    return Named<decltype(make_states<P>(tree.tree))>{tree.name, make_states<P>(tree.tree)};
  } else if constexpr (kind == NodeKind::range) {
    return make_range_states<P>(tree);
  } else {
    auto fields = make_field_states<P>(open(tree), std::make_index_sequence<child_count<T>>());
    if constexpr (kind == NodeKind::structure) {
      return StructureStates<std::remove_const_t<T>, decltype(fields)>{std::move(fields)};
    } else {
      return fields;
    }
  }
}

template <class P, class Parameters>
using StatesOf = decltype(make_states<P>(std::declval<std::remove_reference_t<Parameters>&>()));

}  // namespace descent::detail
