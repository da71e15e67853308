// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/runs.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/simd/pack.hpp>

#include <algorithm>
#include <cstddef>

// Gradients with some of the elements. The elements are gathered into short runs of neighbours, with their
// parameters and state, stepped, and scattered back.

namespace descent::detail::inline DESCENT_BUILD {

/// The index of the first listed row that is outside of the block or not greater than the one before; the
/// number of rows if there is none.
template <class Rows>
std::size_t first_wrong_row(const Rows& listed, Eigen::Index rows) {
  Eigen::Index least = 0;
  for (std::size_t k = 0; k < listed.size(); ++k) {
    if (listed[k] < least || listed[k] >= rows) return k;
    least = listed[k] + 1;
  }
  return listed.size();
}

/// The error in the rows of a gradient of block number `block`, if any.
template <class G>
Mismatch wrong_rows(const G& gradient, const BlockRecord& record, std::size_t block) {
  const auto listed = gradient.row_indices();
  const auto count = static_cast<Eigen::Index>(listed.size());
  const Eigen::Index rows = gradient.values().rows(), columns = gradient.values().cols();
  if (columns != record.columns || rows != count) return {Fault::values_of_rows, block, rows, columns, count};
  const std::size_t place = first_wrong_row(listed, record.rows);
  if (place == listed.size()) return {};
  const Eigen::Index row = listed[place];
  if (row < 0 || row >= record.rows) return {Fault::row_range, block, rows, columns, row};
  return {Fault::row_order, block, rows, columns, row, listed[place - 1]};
}

/// Calls f(row, column, value) for the elements present, in memory order if possible.
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

/// The most elements of a run.
template <class S>
inline constexpr std::size_t sparse_run_size = std::is_trivially_copyable_v<S> ? 64 : 1;

/// Receives the runs of a sparse gradient: elements first, ..., first + count - 1 in the storage order of the
/// block.
template <class S>
struct SparseSink {
  void* context;
  void (*take)(void* context, std::size_t first, std::size_t count, const S* gradient);
};

template <bool row_major, class G>
void read_sparse_in_order(const G& gradient, std::size_t inner_size,
                          const SparseSink<typename G::Scalar>& sink) {
  using S = typename G::Scalar;
  S values[sparse_run_size<S>];
  std::size_t first = 0, count = 0;
  auto flush = [&] {
    if (count > 0) sink.take(sink.context, first, count, values);
    count = 0;
  };
  for_each_present_element<row_major>(gradient, [&](Eigen::Index row, Eigen::Index column, const S& value) {
    const auto outer = static_cast<std::size_t>(row_major ? row : column);
    const auto index = outer * inner_size + static_cast<std::size_t>(row_major ? column : row);
    if (count == sparse_run_size<S> || index != first + count) flush();
    if (count == 0) first = index;
    values[count++] = value;
  });
  flush();
}

/// The ReadSparse function for a type of gradients.
template <class G>
void read_sparse_gradient(const void* gradient, bool row_major, std::size_t inner_size, const void* sink) {
  const auto& from = *static_cast<const G*>(gradient);
  const auto& to = *static_cast<const SparseSink<typename G::Scalar>*>(sink);
  if (row_major) {
    read_sparse_in_order<true>(from, inner_size, to);
  } else {
    read_sparse_in_order<false>(from, inner_size, to);
  }
}

/// An action on a run of a sparse gradient; `state` holds its slots, `stride` apart.
template <class S, class Element>
struct SparseAction {
  void* context;
  void (*call)(void* context, const S* gradient, S* parameters, Element* state, std::size_t stride,
               std::size_t count);
  bool writes;
};

/// The state of a block, for a sparse step.
template <class Element>
struct SlotsOfBlock {
  Element* first;
  std::size_t stride, count;
};

/// The buffers of a sparse step: copies of neighbouring elements, with their slots of state.
template <class S, class Element>
struct SparseCopies {
  static constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
  static constexpr std::size_t room = 16 * (sparse_run_size<S> + lanes);

  const BlockRecord& record;
  const BlockLayout& layout;
  const SlotsOfBlock<Element>& slots;
  const SparseAction<S, Element>& action;
  S parameters[sparse_run_size<S>];
  Element state[room]{};

  /// Splits runs to fit the buffers; more than 16 slots make them shorter.
  void take(std::size_t first, std::size_t count, const S* gradient) {
    const std::size_t each = slots.count == 0 ? room : room / slots.count;
    const std::size_t most = std::max<std::size_t>(1, each > lanes ? each - lanes : 1);
    for (std::size_t k = 0; k < count; k += most)
      take_run(first + k, std::min(most, count - k), gradient + k, std::max(each, lanes));
  }

 private:
  void take_run(std::size_t first, std::size_t count, const S* gradient, std::size_t stride) {
    auto* const elements = static_cast<S*>(record.parameters);
    gather<S>({elements, layout.inner, layout.outer}, record.inner_size(), first, count, parameters);
    for (std::size_t slot = 0; slot < slots.count; ++slot)
      copy(slots.first + slot * slots.stride + first, count, state + slot * stride);
    action.call(action.context, gradient, parameters, state, stride, count);
    if (!action.writes) return;
    scatter<S>({elements, layout.inner, layout.outer}, record.inner_size(), first, count, parameters);
    for (std::size_t slot = 0; slot < slots.count; ++slot)
      copy(state + slot * stride, count, slots.first + slot * slots.stride + first);
  }
  static void copy(const Element* from, std::size_t count, Element* to) {
    for (std::size_t k = 0; k < count; ++k) to[k] = from[k];
  }
};

/// Applies the action to all elements of a block that have a gradient; copies the results back into the
/// block.
template <class S, class Element>
DESCENT_OUTLINED void for_each_sparse_run(const BlockRecord& record, const BlockLayout& layout,
                                          const SlotsOfBlock<Element>& slots,
                                          const SparseAction<S, Element>& action) {
  using Copies = SparseCopies<S, Element>;
  Copies copies{record, layout, slots, action, {}, {}};
  const SparseSink<S> sink{&copies,
                           [](void* context, std::size_t first, std::size_t count, const S* gradient) {
                             static_cast<Copies*>(context)->take(first, count, gradient);
                           }};
  layout.read_sparse(record.gradient, record.row_major, record.inner_size(), &sink);
}

}  // namespace descent::detail::inline DESCENT_BUILD
