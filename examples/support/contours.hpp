// SPDX-License-Identifier: MIT
// Contour lines of a function of two variables, as series of a chart.
#pragma once

#include <descent/training/chart/chart.hpp>

#include <cmath>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace support {

/// The visible rectangle.
struct Window {
  double left, right, bottom, top;
};

/// The lines on which f has one value, computed on a grid (marching squares); gaps between them are NaN.
template <class F>
class ContourTracer {
 public:
  ContourTracer(F f, const Window& window, std::size_t cells = 200) : window_(window), cells_(cells) {
    for (std::size_t row = 0; row <= cells; ++row)
      for (std::size_t column = 0; column <= cells; ++column) {
        const Point at = corner(row, column);
        values_.push_back(f(at.x, at.y));
      }
  }

  descent::svg::Series line(double level) const {
    std::vector<Segment> segments;
    for (std::size_t row = 0; row < cells_; ++row)
      for (std::size_t column = 0; column < cells_; ++column) cross(row, column, level, segments);
    return join(segments);
  }

 private:
  struct Point {
    double x, y;
    friend bool operator<(const Point& a, const Point& b) {
      return std::pair(a.x, a.y) < std::pair(b.x, b.y);
    }
  };
  struct Segment {
    Point from, to;
    bool used = false;
  };

  Point corner(std::size_t row, std::size_t column) const {
    const double across = static_cast<double>(column) / static_cast<double>(cells_);
    const double up = static_cast<double>(row) / static_cast<double>(cells_);
    return {window_.left + across * (window_.right - window_.left),
            window_.bottom + up * (window_.top - window_.bottom)};
  }
  double value(std::size_t row, std::size_t column) const { return values_[row * (cells_ + 1) + column]; }

  /// The one or two segments in a cell. Neighbouring cells compute a shared point from the same numbers in
  /// the same order, so its bits are the same.
  void cross(std::size_t row, std::size_t column, double level, std::vector<Segment>& segments) const {
    std::vector<Point> points;
    const auto edge = [&](std::size_t row_a, std::size_t column_a, std::size_t row_b, std::size_t column_b) {
      const double a = value(row_a, column_a), b = value(row_b, column_b);
      if ((a < level) == (b < level)) return;
      const Point from = corner(row_a, column_a), to = corner(row_b, column_b);
      const double share = (level - a) / (b - a);
      points.push_back({from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)});
    };
    edge(row, column, row, column + 1);
    edge(row, column, row + 1, column);
    edge(row + 1, column, row + 1, column + 1);
    edge(row, column + 1, row + 1, column + 1);
    if (points.size() == 4) segments.push_back({points[0], points[1]});
    if (points.size() == 4) segments.push_back({points[2], points[3]});
    if (points.size() == 2) segments.push_back({points[0], points[1]});
  }

  /// Joins segments that touch into lines.
  static descent::svg::Series join(std::vector<Segment>& segments) {
    std::multimap<Point, Segment*> ends;
    for (Segment& segment : segments) {
      ends.emplace(segment.from, &segment);
      ends.emplace(segment.to, &segment);
    }
    descent::svg::Series series{.width = 1};
    const auto draw = [&](Point at) {
      series.x.push_back(at.x);
      series.y.push_back(at.y);
    };
    const auto next_at = [&](const Point& at) -> Segment* {
      const auto [first, last] = ends.equal_range(at);
      for (auto found = first; found != last; ++found)
        if (!found->second->used) return found->second;
      return nullptr;
    };
    // First lines that end at the border, so that none of them starts in its middle; then closed ones.
    for (const bool open : {true, false})
      for (Segment& segment : segments)
        for (const Point& start : {segment.from, segment.to}) {
          if (segment.used || (open && ends.count(start) > 1)) continue;
          Point at = start;
          draw(at);
          for (Segment* next = &segment; next != nullptr; next = next_at(at)) {
            next->used = true;
            const bool forward = next->from.x == at.x && next->from.y == at.y;
            draw(at = forward ? next->to : next->from);
          }
          draw({std::nan(""), std::nan("")});
        }
    return series;
  }

  Window window_;
  std::size_t cells_;
  std::vector<double> values_;
};

}  // namespace support
