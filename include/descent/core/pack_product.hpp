// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <algorithm>

namespace descent::simd {

/// Matrix products in memory that is kept from call to call.
///
/// Eigen's own operator allocates the buffers of a larger product, and would do so at each step. The
/// kernels are Eigen's; they run on the calling thread. Results are column-major.
template <class S>
class Product {
 public:
  /// Allocates for products up to this size; more than one size may be prepared.
  void prepare(Eigen::Index rows, Eigen::Index columns, Eigen::Index depth) {
    const Blocking blocking(rows, columns, depth);
    reserve(left_, blocking.mc() * blocking.kc());
    reserve(right_, blocking.kc() * std::max(blocking.nc(), columns));
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
    if (c.size() == 0 || a.cols() == 0) return;
    Blocking blocking = blocking_for(c.rows(), c.cols(), a.cols());
    Eigen::internal::general_matrix_matrix_product<Eigen::Index, S, order<A>, false, S, order<B>, false,
                                                   Eigen::ColMajor, 1>::run(c.rows(), c.cols(), a.cols(),
                                                                            a.data(), a.outerStride(),
                                                                            b.data(), b.outerStride(),
                                                                            c.data(), 1, c.outerStride(),
                                                                            factor, blocking, nullptr);
  }

  /// The lower triangle of c = c + factor a b, where the product is known to be symmetric: half the work.
  template <class A, class B, class C>
  void add_to_lower(C&& c, S factor, const A& a, const B& b) {
    if (c.size() == 0 || a.cols() == 0) return;
    Blocking blocking = blocking_for(c.rows(), c.cols(), a.cols());
    Eigen::internal::general_matrix_matrix_triangular_product<
        Eigen::Index, S, order<A>, false, S, order<B>, false, Eigen::ColMajor, 1,
        Eigen::Lower>::run(c.rows(), a.cols(), a.data(), a.outerStride(), b.data(), b.outerStride(), c.data(),
                           1, c.outerStride(), factor, blocking);
  }

 private:
  using Buffer = Eigen::Array<S, Eigen::Dynamic, 1>;

  template <class Matrix>
  static constexpr int order = static_cast<bool>(Matrix::IsRowMajor) ? Eigen::RowMajor : Eigen::ColMajor;

  /// How Eigen cuts a product into pieces that fit the caches; the buffers are ours.
  class Blocking : public Eigen::internal::level3_blocking<S, S> {
   public:
    Blocking(Eigen::Index rows, Eigen::Index columns, Eigen::Index depth) {
      this->m_mc = rows;
      this->m_nc = columns;
      this->m_kc = depth;
      Eigen::internal::computeProductBlockingSizes<S, S>(this->m_kc, this->m_mc, this->m_nc);
    }
    void use(S* left, S* right) {
      this->m_blockA = left;
      this->m_blockB = right;
    }
  };

  Blocking blocking_for(Eigen::Index rows, Eigen::Index columns, Eigen::Index depth) {
    Blocking blocking(rows, columns, depth);
    // Products that were not prepared for: Eigen finds memory itself.
    const bool fits = blocking.mc() * blocking.kc() <= left_.size() &&
                      blocking.kc() * std::max(blocking.nc(), columns) <= right_.size();
    if (fits) blocking.use(left_.data(), right_.data());
    return blocking;
  }

  static void reserve(Buffer& buffer, Eigen::Index size) {
    if (buffer.size() < size) buffer.resize(size);
  }

  Buffer left_, right_;
};

}  // namespace descent::simd
