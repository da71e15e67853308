// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/runs.hpp>
#include <descent/core/memory/sparse_runs.hpp>
#include <descent/core/simd/build.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <type_traits>
#include <utility>

// Binds the trees of a step to the list of blocks: writes pointers and compares shapes.

namespace descent::detail::inline DESCENT_BUILD {

/// The list of blocks of an optimizer.
struct BlockList {
  BlockRecord* records;
  BlockLayout* layouts;
  const std::size_t* lengths;  // of all arrays, vectors and spans of the tree, in order
};

/// Writes the blocks of one tree, in order, into the list. Stores the first error in `wrong`, which is
/// separate so that a step without errors writes nothing there.
class Binder {
 public:
  DESCENT_INLINE Binder(const BlockList& list, Mismatch& wrong)
      : record_(list.records),
        begin_(list.records),
        layouts_(list.layouts),
        lengths_(list.lengths),
        wrong_(wrong) {}

  /// Enters a vector or span of `length` children; returns false if a different length was expected.
  DESCENT_INLINE bool enter(std::size_t length) {
    if (wrong_.fault == Fault::lengths) [[unlikely]]
      return false;
    if (length == *lengths_++) [[likely]]
      return true;
    wrong_ = {.fault = Fault::lengths};
    return false;
  }

  /// The next block of parameters. `compared`: the compiler has already compared its shape.
  template <bool compared, class B>
  DESCENT_INLINE void parameters(B& block) {
    using Plain = std::remove_const_t<B>;
    BlockRecord& record = next<compared>(block);
    void* const first = const_cast<void*>(static_cast<const void*>(block.data()));
    moved_ |= first != record.parameters;
    record.parameters = first;
    record.layout = Layout::contiguous;
    if constexpr (is_narrow<typename Plain::Scalar>) {
      place(record, layout_of(record), block.innerStride(), block.outerStride());
      record.layout = Layout::strided;
    } else if constexpr (!contiguous_by_type<Plain>) {
      place(record, layout_of(record), block.innerStride(), block.outerStride());
    }
  }

  /// The next block of the gradient.
  template <bool compared, class G>
  DESCENT_INLINE void gradient(const G& gradient) {
    if constexpr (SparseGradient<G>) {
      bind_sparse(gradient);
    } else {
      BlockRecord& record = next<compared>(gradient);
      if constexpr (!in_memory<G> || is_narrow<typename G::Scalar>) {
        read_through(record, layout_of(record), &gradient, &read_elements<G>);
        irregular_ = true;
      } else {
        record.gradient = gradient.data();
        if (contiguous_by_type<G> && record.layout == Layout::contiguous &&
            (record.row_major == static_cast<bool>(G::IsRowMajor) || record.is_vector)) [[likely]] {
          if (is_near<G>(record)) [[unlikely]]
            refuse_overlap(wrong_, number(record), record, sizeof(typename G::Scalar));
        } else {
          place_gradient(wrong_, number(record), record, layout_of(record), gradient.innerStride(),
                         gradient.outerStride(), static_cast<bool>(G::IsRowMajor),
                         sizeof(typename G::Scalar));
          irregular_ |= record.layout != Layout::contiguous;
        }
      }
    }
  }

  /// Whether a block's address differs from that at the previous step.
  bool moved() const { return moved_; }
  /// Whether a block or its gradient is not contiguous, or their storage orders differ.
  bool irregular() const { return irregular_; }

 private:
  template <bool compared, class X>
  DESCENT_INLINE BlockRecord& next(const X& x) {
    BlockRecord& record = *record_++;
    if constexpr (!compared) {
      if (x.rows() != record.rows || x.cols() != record.columns) [[unlikely]]
        remember(wrong_, number(record), Fault::shape, x.rows(), x.cols());
    }
    return record;
  }
  DESCENT_COLD static void remember(Mismatch& wrong, std::size_t block, Fault fault, Eigen::Index rows,
                                    Eigen::Index columns) {
    if (wrong.fault == Fault::none) wrong = {fault, block, rows, columns};
  }
  DESCENT_INLINE std::size_t number(const BlockRecord& record) const {
    return static_cast<std::size_t>(&record - begin_);
  }
  DESCENT_INLINE BlockLayout& layout_of(const BlockRecord& record) { return layouts_[&record - begin_]; }

  static bool is_run(const BlockRecord& record, Eigen::Index inner, Eigen::Index outer) {
    return inner == 1 && (record.outer_size() <= 1 || static_cast<std::size_t>(outer) == record.inner_size());
  }
  /// Whether contiguous parameters and gradient may share memory: one comparison, which also holds for the same
  /// elements and for empty blocks.
  template <class G>
  static DESCENT_INLINE bool is_near(const BlockRecord& record) {
    const std::size_t size =
        G::SizeAtCompileTime == Eigen::Dynamic ? record.size : static_cast<std::size_t>(G::SizeAtCompileTime);
    const std::size_t reach = size * sizeof(typename G::Scalar) - 1;
    return behind(record) + reach <= 2 * reach;  // differences wrap around
  }
  /// How many bytes the gradient begins after the parameters.
  static DESCENT_INLINE std::uintptr_t behind(const BlockRecord& record) {
    return reinterpret_cast<std::uintptr_t>(record.gradient) -
           reinterpret_cast<std::uintptr_t>(record.parameters);
  }
  /// Whether contiguous parameters and gradient share memory but are not the same elements.
  static bool overlaps(const BlockRecord& record, std::size_t element) {
    const std::size_t reach = record.size * element;
    return reach != 0 && (behind(record) - 1 < reach - 1 || -behind(record) - 1 < reach - 1);
  }
  DESCENT_COLD static void refuse_overlap(Mismatch& wrong, std::size_t number, const BlockRecord& record,
                                          std::size_t element) {
    if (overlaps(record, element)) remember(wrong, number, Fault::overlap, record.rows, record.columns);
  }

  DESCENT_OUTLINED static void place(BlockRecord& record, BlockLayout& layout, Eigen::Index inner,
                                     Eigen::Index outer) {
    layout.inner = inner;
    layout.outer = record.outer_size() <= 1 ? static_cast<Eigen::Index>(record.inner_size()) : outer;
    if (!is_run(record, inner, outer)) record.layout = Layout::strided;
  }
  /// Writes the strides of contiguous parameters.
  static void use_strides(BlockRecord& record, BlockLayout& layout, Layout kind) {
    if (record.layout == Layout::contiguous) {
      layout.inner = 1;
      layout.outer = static_cast<Eigen::Index>(record.inner_size());
    }
    record.layout = kind;
  }
  DESCENT_OUTLINED static void place_gradient(Mismatch& wrong, std::size_t number, BlockRecord& record,
                                              BlockLayout& layout, Eigen::Index inner, Eigen::Index outer,
                                              bool row_major, std::size_t element) {
    const bool same = record.row_major == row_major;
    layout.gradient_inner = same ? inner : outer;
    layout.gradient_outer = same ? outer : inner;
    layout.read = nullptr;
    const bool run = is_run(record, layout.gradient_inner, layout.gradient_outer);
    const bool runs = record.layout == Layout::contiguous && run;
    if (!record.narrow && (runs ? overlaps(record, element) : lies_across(record, layout, element)))
      remember(wrong, number, Fault::overlap, record.rows, record.columns);
    if (!runs) use_strides(record, layout, Layout::strided);
  }
  /// Rows or columns of a view: `length` steps of `stride` elements.
  struct Side {
    Eigen::Index length, stride;
    Eigen::Index last() const { return (length - 1) * stride; }
  };
  /// Whether strided parameters and gradient share memory but are not the same elements in the same order,
  /// such as a matrix and its transpose. Views with interleaved elements share nothing.
  static bool lies_across(const BlockRecord& record, const BlockLayout& layout, std::size_t element) {
    const auto rows = static_cast<Eigen::Index>(record.inner_size()),
               columns = static_cast<Eigen::Index>(record.outer_size());
    if (rows == 0 || columns == 0) return false;
    const bool contiguous = record.layout == Layout::contiguous;
    Side near{rows, rows > 1 ? contiguous ? 1 : layout.inner : 1};
    Side far{columns, columns > 1 ? contiguous ? rows : layout.outer : rows * near.stride};
    const Side near_of_gradient{rows, rows > 1 ? layout.gradient_inner : 1};
    const Side far_of_gradient{columns, columns > 1 ? layout.gradient_outer : 0};
    const bool alike = (rows <= 1 || near_of_gradient.stride == near.stride) &&
                       (columns <= 1 || far_of_gradient.stride == far.stride);
    if (alike && record.gradient == record.parameters) return false;
    const auto behind = static_cast<std::ptrdiff_t>(reinterpret_cast<std::uintptr_t>(record.gradient) -
                                                    reinterpret_cast<std::uintptr_t>(record.parameters)) /
                        static_cast<std::ptrdiff_t>(element);
    if (behind > near.last() + far.last() || -behind > near_of_gradient.last() + far_of_gradient.last())
      return false;
    if (far.stride < near.stride) std::swap(near, far);
    if (near.stride <= 0) return true;
    if (alike) return holds(near, far, std::abs(behind)) || holds_before(near, far, std::abs(behind));
    for (Eigen::Index j = 0; j < columns; ++j)
      for (Eigen::Index i = 0; i < rows; ++i)
        if (holds(near, far, behind + i * near_of_gradient.stride + j * far_of_gradient.stride)) return true;
    return false;
  }
  /// Whether a view has elements i and j with `place == i * near.stride + j * far.stride`.
  static bool holds(Side near, Side far, Eigen::Index place) {
    const Eigen::Index rest = place % far.stride;
    return place >= 0 && place / far.stride < far.length && rest % near.stride == 0 &&
           rest / near.stride < near.length;
  }
  /// Like above, with `place == j * far.stride - i * near.stride` and i > 0.
  static bool holds_before(Side near, Side far, Eigen::Index place) {
    const Eigen::Index rest = far.stride - place % far.stride;
    return place / far.stride + 1 < far.length && rest % near.stride == 0 && rest / near.stride < near.length;
  }
  DESCENT_OUTLINED static void read_through(BlockRecord& record, BlockLayout& layout, const void* gradient,
                                            ReadElements read) {
    use_strides(record, layout, Layout::strided);
    record.gradient = gradient;
    layout.read = read;
  }

  template <class G>
  static void read_elements(const void* gradient, bool row_major, std::size_t first, std::size_t count,
                            void* tile) {
    using S = ComputeType<typename G::Scalar>;
    const auto& from = *static_cast<const G*>(gradient);
    auto* const to = static_cast<S*>(tile);
    if (row_major) {
      read_in_order<true>(from, first, count, to);
    } else {
      read_in_order<false>(from, first, count, to);
    }
  }
  template <bool row_major, class G, class S>
  static void read_in_order(const G& from, std::size_t first, std::size_t count, S* to) {
    if constexpr (in_memory<G>) {
      widen_gradient<row_major>(from, first, count, to);
    } else {
      gather_expression<row_major>(from, first, count, to);
    }
  }

  template <class G>
  void bind_sparse(const G& gradient) {
    BlockRecord& record = *record_++;
    if constexpr (is_gradient_rows<G>) {
      if (wrong_.fault == Fault::none) wrong_ = wrong_rows(gradient, record, number(record));
    } else if (gradient.rows() != record.rows || gradient.cols() != record.columns) {
      remember(wrong_, number(record), Fault::shape, gradient.rows(), gradient.cols());
    }
    use_strides(record, layout_of(record), Layout::sparse);
    irregular_ = true;
    record.gradient = &gradient;
    layout_of(record).read_sparse = &read_sparse_gradient<G>;
  }

  BlockRecord *record_, *begin_;
  BlockLayout* layouts_;
  const std::size_t* lengths_;
  Mismatch& wrong_;
  bool moved_ = false, irregular_ = false;
};

/// Binds a tree: its blocks as parameters or as gradients. `compared`: the compiler has already compared all
/// shapes.
template <bool as_parameters, bool compared, class Tree>
void bind_tree(Binder& binder, Tree& tree);

template <bool as_parameters, bool compared, class Fields, std::size_t... I>
DESCENT_INLINE void bind_fields([[maybe_unused]] Binder& binder, Fields&& fields, std::index_sequence<I...>) {
  (bind_tree<as_parameters, compared>(binder, get<I>(fields)), ...);
}

template <bool as_parameters, bool compared, class Tree>
DESCENT_INLINE void bind_tree(Binder& binder, Tree& tree) {
  constexpr NodeKind kind = kind_of<Tree>();
  if constexpr (kind == NodeKind::block) {
    if constexpr (as_parameters) {
      binder.template parameters<compared>(tree);
    } else {
      binder.template gradient<compared>(tree);
    }
  } else if constexpr (kind == NodeKind::named) {
    bind_tree<as_parameters, compared>(binder, tree.tree);
  } else if constexpr (kind == NodeKind::range) {
    if (binder.enter(tree.size()))
      for (std::size_t k = 0; k < tree.size(); ++k) bind_tree<as_parameters, compared>(binder, tree[k]);
  } else {
    bind_fields<as_parameters, compared>(binder, open(tree), std::make_index_sequence<child_count<Tree>>());
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
