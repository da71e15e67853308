// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace descent::detail {

/// Stores evenly spaced points of a run of unknown length: when full, it drops every second point, and from
/// then on stores only every second one. Allocates only at construction.
template <class Point>
class ThinnedHistory {
 public:
  /// Stores at most `capacity` points (0: none) of `expected`, and the last one.
  ThinnedHistory(std::int64_t capacity, std::int64_t expected)
      : capacity_(static_cast<std::size_t>(capacity)) {
    points_.reserve(capacity == 0 ? 0 : static_cast<std::size_t>(std::min(capacity, expected)) + 2);
  }

  /// Adds a point; its `step` must be one higher than that of the previous point.
  void add(const Point& point) {
    if (capacity_ == 0 || point.step % every_ != 0) return;
    points_.push_back(point);
    if (points_.size() > capacity_) thin();
  }

  /// Returns the points, including the last one of the run.
  std::vector<Point> finish(const Point& last) {
    if (capacity_ != 0 && (points_.empty() || points_.back().step != last.step)) points_.push_back(last);
    return std::move(points_);
  }

 private:
  void thin() {
    every_ *= 2;
    std::erase_if(points_, [this](const Point& point) { return point.step % every_ != 0; });
  }

  std::size_t capacity_;
  std::int64_t every_ = 1;
  std::vector<Point> points_;
};

}  // namespace descent::detail
