// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/optimizers/lbfgs/flat_vector.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace descent::detail {

/// The curvature pairs of L-BFGS: the last steps s and the changes y of the gradient along them, and the
/// newest step, whose change is still missing because it needs the gradient at the new point.
/// Multiplies by the inverse Hessian with Liu & Nocedal's two-loop recursion.
template <class S>
class CurvaturePairs {
 public:
  using Vector = FlatVector<S>;

  CurvaturePairs() = default;
  CurvaturePairs(Eigen::Index size, std::int64_t history)
      : steps_(Matrix::Zero(size, history + 1)),
        changes_(Matrix::Zero(size, history + 1)),
        last_gradient_(Vector::Zero(size)),
        weights_(static_cast<std::size_t>(history)),
        products_(static_cast<std::size_t>(history + 1)) {}

  bool has_room() const { return columns() > 0; }
  std::int64_t history() const { return columns() - 1; }

  /// All state except the vectors.
  struct Cursor {
    std::int64_t first = 0, count = 0;
    double scale = 1;
    double known_scale = 0;  // the last scale, kept by forget(); 0 before the first pair
    bool awaits = false;     // the gradient after the last step is missing
  };
  const Cursor& cursor() const { return at_; }
  /// Returns to an earlier cursor. Requires that since then at most one step was observed and none was added.
  void restore(const Cursor& cursor) {
    at_ = cursor;
    if (at_.awaits) changes_.col(column(at_.count)).setZero();
  }

  void clear() {
    steps_.setZero();
    changes_.setZero();
    last_gradient_.setZero();
    at_ = {};
  }
  /// Drops the pairs without changing the vectors.
  void forget() { at_ = {.known_scale = at_.known_scale}; }

  /// Takes the gradient after the last step. Drops the pair if y.s is not above `least_curvature`, or, unless
  /// that is `absolute`, not above `least_curvature` |y| |s|.
  void observe(const Vector& gradient, double least_curvature, bool absolute) {
    if (!std::exchange(at_.awaits, false)) return;
    const Eigen::Index next = column(at_.count);
    changes_.col(next) = gradient - last_gradient_;
    const double product = dot(changes_.col(next), steps_.col(next));
    const double squares = dot(changes_.col(next), changes_.col(next));
    const double size =
        absolute ? 1 : std::sqrt(squares) * std::sqrt(dot(steps_.col(next), steps_.col(next)));
    if (!(product > least_curvature * size)) return;
    products_[static_cast<std::size_t>(next)] = product;
    at_.scale = product / squares;
    at_.known_scale = at_.scale;
    if (at_.count < history()) {
      ++at_.count;
    } else {
      at_.first = (at_.first + 1) % columns();
    }
  }

  /// Stores the step length * direction from a point with this gradient.
  void add_step(double length, const Vector& direction, const Vector& gradient) {
    const Eigen::Index next = column(at_.count);
    steps_.col(next) = static_cast<S>(length) * direction;
    changes_.col(next).setZero();
    last_gradient_ = gradient;
    at_.awaits = true;
  }

  /// direction = -H gradient
  void multiply(const Vector& gradient, Vector& direction) {
    direction = -gradient;
    for (std::int64_t k = at_.count - 1; k >= 0; --k) {
      const Eigen::Index c = column(k);
      double& weight = weights_[static_cast<std::size_t>(k)];
      weight = dot(steps_.col(c), direction) / product(c);
      direction -= static_cast<S>(weight) * changes_.col(c);
    }
    direction *= static_cast<S>(at_.scale);
    for (std::int64_t k = 0; k < at_.count; ++k) {
      const Eigen::Index c = column(k);
      const double correction = dot(changes_.col(c), direction) / product(c);
      direction += static_cast<S>(weights_[static_cast<std::size_t>(k)] - correction) * steps_.col(c);
    }
  }

  /// Calls f(name, vector) for all vectors, the oldest pair first, unused slots last. If f writes, call
  /// `refresh` afterwards.
  template <class F>
  void for_each_vector(F&& f) {
    sort();
    refresh();  // f may throw
    for (Eigen::Index c = 0; c < columns(); ++c)
      f("old_stps" + index_name(static_cast<std::size_t>(c)), steps_.col(c));
    for (Eigen::Index c = 0; c + 1 < columns(); ++c)
      f("old_dirs" + index_name(static_cast<std::size_t>(c)), changes_.col(c));
    f(std::string("prev_flat_grad"), last_gradient_.col(0));
  }
  /// Calls f(name, value) for everything except the vectors; call it after for_each_vector.
  template <class F>
  void for_each_number(F&& f) {
    f("count", at_.count);
    f("scale", at_.scale);
    f("known_scale", at_.known_scale);
    f("awaits", at_.awaits);
  }
  void refresh() {
    const std::int64_t count = std::min(at_.count, history());  // a count read from a file may be wrong
    for (Eigen::Index c = 0; c < count; ++c)
      products_[static_cast<std::size_t>(c)] = dot(changes_.col(c), steps_.col(c));
  }

 private:
  using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;

  std::int64_t columns() const { return steps_.cols(); }
  Eigen::Index column(std::int64_t k) const { return (at_.first + k) % columns(); }
  double product(Eigen::Index c) const { return products_[static_cast<std::size_t>(c)]; }

  static void reverse(Matrix& matrix, Eigen::Index begin, Eigen::Index end) {
    for (; begin < --end; ++begin) matrix.col(begin).swap(matrix.col(end));
  }
  /// Rotates the ring so that it begins with column 0.
  void sort() {
    for (Matrix* matrix : {&steps_, &changes_}) {
      reverse(*matrix, 0, at_.first);
      reverse(*matrix, at_.first, columns());
      reverse(*matrix, 0, columns());
    }
    at_.first = 0;
  }

  Matrix steps_, changes_;  // a ring of columns: the pairs, and the newest step
  Vector last_gradient_;
  std::vector<double> weights_, products_;  // of the first loop; y.s of each column
  Cursor at_;
};

}  // namespace descent::detail
