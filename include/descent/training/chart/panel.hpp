// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/training/chart/canvas.hpp>
#include <descent/training/chart/chart.hpp>
#include <descent/training/chart/ruler.hpp>
#include <descent/training/chart/text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace descent::svg::detail {

inline constexpr double margin = 16, label_size = 12;

/// The space around each plot for the numbers of its axis and the names of its series.
struct Margins {
  double left = 12, right = 0;
};

/// One panel: grid, axes, series, marks, labels.
class PanelDrawing {
 public:
  PanelDrawing(Canvas& canvas, const Names& names, const Panel& panel, const Margins& margins)
      : canvas_(canvas), names_(names), panel_(panel), margins_(margins) {}

  /// The height of its title and of the texts of its marks, above the plot.
  static double headroom(const Panel& panel) {
    return (panel.title.empty() ? 20 : 46) + (panel.marks.empty() ? 0 : 16);
  }

  /// Draws it between these two edges and below y; returns its lower end.
  double draw(double left_edge, double right_edge, double y, double headroom) {
    left_ = left_edge + margins_.left;
    right_ = right_edge - margins_.right;
    top_ = y + headroom;
    bottom_ = top_ + panel_.height;
    if (!panel_.title.empty())
      canvas_.text_at(left_edge, y + 32, "font-size=\"14\" font-weight=\"600\"", escaped(panel_.title));
    const Ruler across = horizontal_ruler(panel_, left_, right_), up = vertical_ruler(panel_, bottom_, top_);
    grid(across, up);
    axis_labels(left_edge);
    canvas_.begin_clip(left_, top_, right_ - left_, bottom_ - top_);
    for (const Series& series : panel_.series)
      if (series.name.empty()) curve(series, across, up);
    for (const Series& series : panel_.series)
      if (!series.name.empty()) ends_.push_back(curve(series, across, up));
    canvas_.end_clip();
    marks(across);
    places(across, up);
    if (panel_.label_ends && margins_.right > 0) end_labels();
    return bottom_ + (panel_.x.label.empty() ? 30 : 48);
  }

 private:
  void grid(const Ruler& across, const Ruler& up) {
    const auto rows = up.ticks(34), columns = across.ticks(70);
    const Labels row_label(rows), column_label(columns);
    for (const auto& [value, major] : panel_.ticks ? rows : std::vector<Ruler::Tick>()) {
      const double y = up(value);
      if (major) canvas_.line(left_, y, right_, y, "stroke=\"#e4e4e4\"");
      canvas_.line(left_ - (major ? 6 : 3), y, left_, y, "stroke=\"#888\"");
      if (major) canvas_.text_at(left_ - 10, y + 4, "text-anchor=\"end\" font-size=\"12\"", row_label(value));
    }
    for (const auto& [value, major] : panel_.ticks ? columns : std::vector<Ruler::Tick>()) {
      const double x = across(value);
      if (major) canvas_.line(x, top_, x, bottom_, "stroke=\"#f0f0f0\"");
      canvas_.line(x, bottom_, x, bottom_ + (major ? 6 : 3), "stroke=\"#888\"");
      if (major)
        canvas_.text_at(x, bottom_ + 20, "text-anchor=\"middle\" font-size=\"12\"", column_label(value));
    }
    canvas_.line(left_, top_, left_, bottom_, "stroke=\"#888\"");
    canvas_.line(left_, bottom_, right_, bottom_, "stroke=\"#888\"");
  }

  void axis_labels(double left_edge) {
    if (!panel_.x.label.empty())
      canvas_.text_at((left_ + right_) / 2, bottom_ + 40, "text-anchor=\"middle\"", escaped(panel_.x.label));
    if (panel_.y.label.empty()) return;
    const double x = left_edge + 10, y = (top_ + bottom_) / 2;
    canvas_.text_at(x, y,
                    "text-anchor=\"middle\" transform=\"rotate(-90 " + text(x, 1) + " " + text(y, 1) + ")\"",
                    escaped(panel_.y.label));
  }

  struct Position {
    double x, y;
  };

  /// Draws one series; returns its last point, in pixels.
  Position curve(const Series& series, const Ruler& across, const Ruler& up) {
    const std::string title = series.name.empty() ? "" : "<title>" + escaped(series.name) + "</title>";
    Position last{automatic, automatic};
    if (series.style != Style::dots) {
      const std::string path = path_of(series, across, up, last);
      if (!path.empty())
        canvas_.add("<path d=\"" + path + "\" " + names_.stroke(series) + ">" + title + "</path>\n");
    }
    if (series.style != Style::line) dots(series, across, up, last);
    return last;
  }

  void dots(const Series& series, const Ruler& across, const Ruler& up, Position& last) {
    const double radius = 1.5 + series.width;
    const double distance = series.style == Style::dots ? 0 : 2 * radius;
    Position drawn{-1e9, -1e9};
    for (std::size_t k = 0; k < points(series); ++k) {
      if (!across.contains(series.x[k]) || !up.contains(series.y[k])) continue;
      last = {across(series.x[k]), up(series.y[k])};
      if (std::hypot(last.x - drawn.x, last.y - drawn.y) < distance) continue;
      drawn = last;
      canvas_.dot(last.x, last.y, radius, names_.fill(series));
    }
  }

  static std::size_t points(const Series& series) { return std::min(series.x.size(), series.y.size()); }

  /// Omits points nearer than a third of a pixel to the previous one.
  static std::string path_of(const Series& series, const Ruler& across, const Ruler& up, Position& last) {
    std::string path;
    bool drawing = false;
    for (std::size_t k = 0; k < points(series); ++k) {
      if (!across.shows(series.x[k]) || !up.shows(series.y[k])) {
        drawing = false;
        continue;
      }
      // Far outside the plot SVG's numbers overflow in some viewers; the clamped line keeps its direction.
      const auto bounded = [](double pixels) { return std::max(-1e5, std::min(1e5, pixels)); };
      const Position next{bounded(across(series.x[k])), bounded(up(series.y[k]))};
      if (drawing && k + 1 < points(series) && std::hypot(next.x - last.x, next.y - last.y) < 0.33) continue;
      last = next;
      path.append(drawing ? "L" : "M").append(text(next.x, 1)).append(" ").append(text(next.y, 1));
      drawing = true;
    }
    return path;
  }

  /// Vertical lines; each text is above the plot, on the side with enough space.
  void marks(const Ruler& across) {
    for (const Mark& mark : panel_.marks) {
      if (!across.contains(mark.x)) continue;
      const double x = across(mark.x), width = text_width(mark.label, label_size);
      canvas_.line(x, top_ - 4, x, bottom_, "stroke=\"#333\" stroke-dasharray=\"4 3\"");
      const std::string anchor = x + width / 2 > right_ ? "end" : x - width / 2 < left_ ? "start" : "middle";
      canvas_.text_at(x, top_ - 8, "text-anchor=\"" + anchor + "\" font-size=\"12\"", escaped(mark.label));
    }
  }

  void places(const Ruler& across, const Ruler& up) {
    for (const Place& place : panel_.places) {
      if (!across.contains(place.x) || !up.contains(place.y)) continue;
      const double x = across(place.x), y = up(place.y);
      canvas_.dot(x, y, 4.5, "fill=\"white\" stroke=\"#222\" stroke-width=\"2\"");
      const bool flip = x + 10 + text_width(place.label, label_size) > right_;
      // A white rim keeps the text readable on top of lines.
      canvas_.text_at(x + (flip ? -9 : 9), y + (place.below ? 17 : -7),
                      std::string("text-anchor=\"") + (flip ? "end" : "start") +
                          "\" font-size=\"12\" paint-order=\"stroke\" stroke=\"white\" stroke-width=\"3\"",
                      escaped(place.label));
    }
  }

  /// The name of each line at its end, with a thin leader if it had to move away.
  void end_labels() {
    std::vector<double> heights;
    for (const Position& end : ends_)
      if (std::isfinite(end.y)) heights.push_back(std::max(top_, std::min(bottom_, end.y)));
    const std::vector<double> at = heights;
    spread(heights, label_size + 4, top_ + 4, bottom_ - 4);
    std::size_t next = 0, k = 0;
    for (const Series& series : panel_.series) {
      if (series.name.empty()) continue;
      const Position end = ends_[k++];
      if (!std::isfinite(end.y)) continue;
      const std::string colour = names_.fill(series).substr(5);  // after "fill="
      canvas_.line(right_ + 3, at[next], right_ + 19, heights[next], "stroke=" + colour);
      canvas_.text_at(right_ + 23, heights[next] + 4, "font-size=\"12\"", escaped(series.name));
      ++next;
    }
  }

  Canvas& canvas_;
  const Names& names_;
  const Panel& panel_;
  Margins margins_;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
  std::vector<Position> ends_;
};

}  // namespace descent::svg::detail
