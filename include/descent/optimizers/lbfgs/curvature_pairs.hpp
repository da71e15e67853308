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

/// What L-BFGS knows of the curvature: the last steps s with the changes y of the gradient along them, and the
/// last step whose change is not yet known, since it takes the gradient of the point where it led.
/// The product with the inverse of the Hessian is Liu & Nocedal's recursion of two loops.
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

  /// What there is beside the vectors.
  struct Cursor {
    std::int64_t first = 0, count = 0;
    double scale = 1;
    double known_scale = 0;  // the last, also after the pairs were forgotten; 0: none yet
    bool awaits = false;     // the gradient after the last step
  };
  const Cursor& cursor() const { return at_; }
  /// Goes back to an earlier one since which at most one step was observed and none was added.
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
  /// Without touching the vectors.
  void forget() { at_ = {.known_scale = at_.known_scale}; }

  /// Takes in the gradient where the last step led. Drops the pair if y.s is not above `least_curvature`, or, unless
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

  /// Remembers length * direction, taken where the gradient was this one.
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

  /// f(name, vector) for all there is, the oldest pair first; slots that are not in use come last. Where f writes,
  /// `refresh` must follow.
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
  /// f(name, value) for everything except the vectors; call it after they were listed.
  template <class F>
  void for_each_number(F&& f) {
    f("count", at_.count);
    f("scale", at_.scale);
    f("known_scale", at_.known_scale);
    f("awaits", at_.awaits);
  }
  void refresh() {
    const std::int64_t count = std::min(at_.count, history());  // what a file says of it may be wrong
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
  /// Turns the ring so that it begins with column 0.
  void sort() {
    for (Matrix* matrix : {&steps_, &changes_}) {
      reverse(*matrix, 0, at_.first);
      reverse(*matrix, at_.first, columns());
      reverse(*matrix, 0, columns());
    }
    at_.first = 0;
  }

  Matrix steps_, changes_;  // a ring of columns: the pairs, and the step that waits
  Vector last_gradient_;
  std::vector<double> weights_, products_;  // of the first loop; y.s of each column
  Cursor at_;
};

}  // namespace descent::detail
