// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/runs.hpp>
#include <descent/core/simd/pack.hpp>
#include <descent/core/tree/walk.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>

// Gradients of which only some elements are there: an Eigen::SparseMatrix, or a few rows. The elements that
// are there are gathered into short runs of neighbours, stepped, and put back.

namespace descent {

/// The gradient of some rows of a matrix, such as those of a table of embeddings that a batch looked up:
/// row rows[k] of the parameters has the gradient values.row(k). Made by gradient_rows(); keeps references.
template <class Values>
class GradientRows {
 public:
  using Scalar = typename Values::Scalar;
  using PlainObject = GradientRows;
  static constexpr int RowsAtCompileTime = Eigen::Dynamic;
  static constexpr int ColsAtCompileTime = Values::ColsAtCompileTime;

  GradientRows(std::span<const Eigen::Index> rows, const Values& values) : rows_(rows), values_(&values) {}

  std::span<const Eigen::Index> row_indices() const { return rows_; }
  const Values& values() const { return *values_; }

 private:
  std::span<const Eigen::Index> rows_;
  const Values* values_;
};

/// The gradient of the rows `rows`, which must ascend: row rows[k] of the parameters has values.row(k).
///
///   std::vector<Eigen::Index> rows{2, 5, 11};
///   optimizer.step(table, gradient_rows(rows, values));       // values is 3 x table.cols()
///
/// Rows looked up more than once are to be summed first. Fastest where the table is row-major.
template <class Values>
GradientRows<Values> gradient_rows(std::span<const Eigen::Index> rows,
                                   const Eigen::DenseBase<Values>& values) {
  static_assert(detail::in_memory<Values>,
                "descent: the values of gradient_rows are an expression; write them into a matrix first");
  return {rows, values.derived()};
}
template <class Values>
void gradient_rows(std::span<const Eigen::Index>, const Eigen::DenseBase<Values>&&) = delete;

namespace detail {

template <class G>
inline constexpr bool is_gradient_rows = false;
template <class Values>
inline constexpr bool is_gradient_rows<GradientRows<Values>> = true;

template <class G>
concept EigenSparse = requires {
  typename G::StorageKind;
  requires std::is_same_v<typename G::StorageKind, Eigen::Sparse>;
  typename G::InnerIterator;
};
/// A gradient of some elements.
template <class G>
concept SparseGradient = is_gradient_rows<G> || EigenSparse<G>;

template <class Values>
inline constexpr bool is_leaf<GradientRows<Values>> = true;
template <EigenSparse G>
inline constexpr bool is_leaf<G> = true;

struct IsSparse {
  template <class G>
  static constexpr bool holds = SparseGradient<std::remove_cvref_t<G>>;
};
struct IsNotSparse {
  template <class G>
  static constexpr bool holds = !IsSparse::holds<G>;
};

/// Whether a block's gradient can belong to it.
template <class B, class G>
DESCENT_INLINE bool gradient_fits(const B& block, const G& gradient) {
  if constexpr (is_gradient_rows<G>) {
    const auto rows = gradient.row_indices();
    if (gradient.values().cols() != block.cols() ||
        gradient.values().rows() != static_cast<Eigen::Index>(rows.size()))
      return false;
    Eigen::Index least = 0;
    for (const Eigen::Index row : rows) {
      if (row < least || row >= block.rows()) return false;
      least = row + 1;
    }
    return true;
  } else {
    return gradient.rows() == block.rows() && gradient.cols() == block.cols();
  }
}

/// f(row, column, value) for the elements that are there, neighbours in memory one after the other where it
/// can be.
template <bool row_major, class G, class F>
void for_each_present_element(const G& gradient, F&& f) {
  if constexpr (EigenSparse<G>) {
    for (Eigen::Index outer = 0; outer < gradient.outerSize(); ++outer)
      for (typename G::InnerIterator it(gradient, outer); it; ++it) f(it.row(), it.col(), it.value());
  } else {
    const auto rows = gradient.row_indices();
    const auto& values = gradient.values();
    const auto count = static_cast<Eigen::Index>(rows.size());
    const Eigen::Index outer_size = row_major ? count : values.cols();
    const Eigen::Index inner_size = row_major ? values.cols() : count;
    for (Eigen::Index outer = 0; outer < outer_size; ++outer) {
      for (Eigen::Index inner = 0; inner < inner_size; ++inner) {
        const Eigen::Index k = row_major ? outer : inner, column = row_major ? inner : outer;
        f(rows[static_cast<std::size_t>(k)], column, values.coeff(k, column));
      }
    }
  }
}

/// Neighbouring elements of a block, copied out of it with their gradient and so many slots of state.
template <class State, std::size_t slots>
class Stretch {
 public:
  using S = typename State::S;
  using Element = typename State::Element;
  static constexpr std::size_t capacity = tile_size<S> == 1 ? 1 : 64;
  static constexpr std::size_t stride = capacity + static_cast<std::size_t>(simd::Pack<S>::size);

  explicit Stretch(State& of_block) : state_(of_block) {}

  bool takes(std::size_t index) const { return count == 0 || (index == first + count && count < capacity); }
  void add(std::size_t index, S value) {
    if (count == 0) first = index;
    gradient[count++] = value;
  }

  /// Copies the elements here.
  template <class View>
  void load(const View& view, std::size_t inner_size) {
    gather<S>({view.data, view.inner_stride, view.outer_stride}, inner_size, first, count, parameters);
    for (std::size_t slot = 0; slot < slots; ++slot)
      std::copy_n(state_.slots.data() + slot * state_.slots.stride() + first, count, state + slot * stride);
  }
  /// Puts them back.
  template <class View>
  void store(const View& view, std::size_t inner_size) {
    scatter<S>(view, inner_size, first, count, parameters);
    for (std::size_t slot = 0; slot < slots; ++slot)
      std::copy_n(state + slot * stride, count, state_.slots.data() + slot * state_.slots.stride() + first);
  }

  std::size_t first = 0, count = 0;
  S gradient[capacity], parameters[capacity];
  Element state[slots * stride + 1]{};

 private:
  State& state_;
};

/// f(stretch) for all elements that are there, in stretches; what f leaves in them goes back into the block
/// where it is not constant.
template <std::size_t slots, class Parameters, class G, class State, class F>
void for_each_stretch(Parameters& parameters, const G& gradient, State& state, F&& f) {
  using S = typename State::S;
  constexpr bool row_major = Parameters::IsRowMajor;
  const auto inner_size = static_cast<std::size_t>(parameters.innerSize());
  const auto view = strided_view<row_major>(parameters);
  Stretch<State, slots> stretch(state);
  auto flush = [&] {
    if (stretch.count == 0) return;
    stretch.load(StridedView<const S>{view.data, view.inner_stride, view.outer_stride}, inner_size);
    f(stretch);
    if constexpr (!std::is_const_v<Parameters>) stretch.store(view, inner_size);
    stretch.count = 0;
  };
  for_each_present_element<row_major>(gradient, [&](Eigen::Index row, Eigen::Index column, S value) {
    const auto outer = static_cast<std::size_t>(row_major ? row : column);
    const auto index = outer * inner_size + static_cast<std::size_t>(row_major ? column : row);
    if (!stretch.takes(index)) flush();
    stretch.add(index, value);
  });
  flush();
}

}  // namespace detail
}  // namespace descent
