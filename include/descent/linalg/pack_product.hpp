// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/core/threads.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>

namespace descent::simd::inline DESCENT_BUILD {

/// Matrix products that reuse their memory.
///
/// Eigen's own operator allocates the buffers of a larger product, and would do so at each step. The kernels
/// are Eigen's. Large products are split among threads by columns, in panels whose width does not depend on
/// the number of threads, so that the results do not either. Results are column-major.
template <class S>
class Product {
 public:
  /// Allocates for products up to this size, on the current number of threads; call it for each size.
  void prepare(Eigen::Index rows, Eigen::Index columns, Eigen::Index depth) {
    if (rows == 0 || columns == 0 || depth == 0) return;
    const Blocking blocking(rows, panel_width(columns), depth);
    const Eigen::Index left = std::max(left_size_, whole_lines(blocking.mc() * blocking.kc()));
    const Eigen::Index right = std::max(right_size_, whole_lines(blocking.kc() * blocking.nc()));
    const int slots = parts_for(rows, columns, depth) > 1 ? std::max(slots_, threads()) : slots_;
    if (buffer_.size() < slots * (left + right)) {
      // Not resize, which frees before it allocates: if that throws, the pointer would be freed again.
      Eigen::Array<S, Eigen::Dynamic, 1> larger(slots * (left + right));
      buffer_.swap(larger);
    }
    left_size_ = left;
    right_size_ = right;
    slots_ = slots;
  }

  /// c = factor a b.
  template <class A, class B, class C>
  void multiply(C&& c, S factor, const A& a, const B& b) {
    c.setZero();
    add(c, factor, a, b);
  }

  /// c = c + factor a b.
  template <class A, class B, class C>
  void add(C&& c, S factor, const A& a, const B& b) {
    for_each_panel(c, a.cols(), [&](Blocking& blocking, Eigen::Index first, Eigen::Index width) {
      add_panel(blocking, c, factor, a, b, 0, first, width);
    });
  }

  /// The lower triangle of c = c + factor a b, if the product is symmetric: half the work.
  template <class A, class B, class C>
  void add_to_lower(C&& c, S factor, const A& a, const B& b) {
    for_each_panel(c, a.cols(), [&](Blocking& blocking, Eigen::Index first, Eigen::Index width) {
      Eigen::internal::general_matrix_matrix_triangular_product<
          Eigen::Index, S, order<A>, false, S, order<B>, false, Eigen::ColMajor, 1,
          Eigen::Lower>::run(width, a.cols(), rows_from(a, first), a.outerStride(), columns_from(b, first),
                             b.outerStride(), columns_from(c, first) + first, 1, c.outerStride(), factor,
                             blocking);
      add_panel(blocking, c, factor, a, b, first + width, first, width);
    });
  }

 private:
  /// A multiple of the widths of all of Eigen's kernels; wide enough that packing costs little, narrow enough
  /// that there is a panel for each thread.
  static Eigen::Index panel_width(Eigen::Index columns) { return columns < 512 ? 96 : 192; }
  /// The fewest multiplications of a product that is split among threads.
  static constexpr double least_work = 1 << 20;

  template <class Matrix>
  static constexpr int order = static_cast<bool>(Matrix::IsRowMajor) ? Eigen::RowMajor : Eigen::ColMajor;

  /// Eigen's division of a product into pieces that fit the caches; the buffers are ours.
  class Blocking : public Eigen::internal::level3_blocking<S, S> {
   public:
    Blocking(Eigen::Index rows, Eigen::Index columns, Eigen::Index depth) {
      this->m_mc = std::max(rows, columns);
      this->m_nc = columns;
      this->m_kc = depth;
      Eigen::internal::computeProductBlockingSizes<S, S>(this->m_kc, this->m_mc, this->m_nc);
      this->m_nc = columns;
    }
    void use(S* left, S* right) {
      this->m_blockA = left;
      this->m_blockB = right;
    }
  };

  /// Rounds up to the number of elements that fill cache lines.
  static Eigen::Index whole_lines(Eigen::Index size) {
    constexpr Eigen::Index line = std::max<Eigen::Index>(128 / static_cast<Eigen::Index>(sizeof(S)), 1);
    return (size + line - 1) / line * line;
  }

  static int parts_for(Eigen::Index rows, Eigen::Index columns, Eigen::Index depth) {
    const double work = static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(depth);
    const Eigen::Index width = panel_width(columns);
    if (work < least_work || columns <= width) return 1;
    return static_cast<int>(std::min<Eigen::Index>(threads(), (columns + width - 1) / width));
  }

  template <class Matrix>
  static auto* columns_from(Matrix& matrix, Eigen::Index first) {
    return matrix.data() + (order<Matrix> == Eigen::ColMajor ? first * matrix.outerStride() : first);
  }
  template <class Matrix>
  static auto* rows_from(Matrix& matrix, Eigen::Index first) {
    return matrix.data() + (order<Matrix> == Eigen::ColMajor ? first : first * matrix.outerStride());
  }

  /// Calls f(blocking, first column, width) for the panels of c, on several threads.
  template <class C, class F>
  void for_each_panel(const C& c, Eigen::Index depth, F f) {
    if (c.size() == 0 || depth == 0) return;
    const int parts = std::min(slots_, parts_for(c.rows(), c.cols(), depth));
    const Eigen::Index width = panel_width(c.cols());
    auto run = [&](int part) {
      Blocking blocking(c.rows(), width, depth);
      // Products that were not prepared: Eigen allocates memory itself.
      if (blocking.mc() * blocking.kc() <= left_size_ && blocking.kc() * blocking.nc() <= right_size_) {
        S* left = buffer_.data() + part * (left_size_ + right_size_);
        blocking.use(left, left + left_size_);
      }
      for (Eigen::Index first = part * width; first < c.cols(); first += parts * width)
        f(blocking, first, std::min(width, c.cols() - first));
    };
    if (parts == 1) return run(0);
    descent::detail::run_parts(parts, run);
  }

  /// Computes the rows from `row` on of a panel of c = c + factor a b.
  template <class A, class B, class C>
  static void add_panel(Blocking& blocking, C& c, S factor, const A& a, const B& b, Eigen::Index row,
                        Eigen::Index first, Eigen::Index width) {
    if (row >= c.rows()) return;
    Eigen::internal::general_matrix_matrix_product<Eigen::Index, S, order<A>, false, S, order<B>, false,
                                                   Eigen::ColMajor, 1>::run(c.rows() - row, width, a.cols(),
                                                                            rows_from(a, row),
                                                                            a.outerStride(),
                                                                            columns_from(b, first),
                                                                            b.outerStride(),
                                                                            columns_from(c, first) + row, 1,
                                                                            c.outerStride(), factor, blocking,
                                                                            nullptr);
  }

  Eigen::Array<S, Eigen::Dynamic, 1> buffer_;
  Eigen::Index left_size_ = 0, right_size_ = 0;
  int slots_ = 1;
};

}  // namespace descent::simd::inline DESCENT_BUILD
