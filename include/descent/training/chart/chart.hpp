// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

/// Charts as data, which `to_svg` (training/chart/svg_chart.hpp) draws. Not in descent.hpp.
namespace descent::svg {

enum class Scale { linear, logarithmic };

/// A limit of an axis that fits the data.
inline constexpr double automatic = std::numeric_limits<double>::quiet_NaN();

/// An axis fits the data unless its limits are set. A logarithmic axis omits values of 0 and less.
struct Axis {
  std::string label = {};
  Scale scale = Scale::linear;
  double low = automatic, high = automatic;
};

/// The appearance of the points of a series.
enum class Style {
  line,
  dots,
  /// A line with a dot at each point that is far enough from the previous dot.
  line_and_dots
};

/// The points (x[k], y[k]); a line has a gap at each value that cannot be drawn, such as NaN.
///
/// Series of the same name look the same in every panel. A series without a name is in no legend, and is
/// drawn below the others: contours, a band, a reference. `colour` is any SVG colour ("#0072b2"; default:
/// each name gets its own), `opacity` is in [0, 1], `width` is the width of the line in pixels.
struct Series {
  std::string name = {};
  std::vector<double> x = {}, y = {};
  Style style = Style::line;
  std::string colour = {};
  double width = 2, opacity = 1;
};

/// A vertical line at x across the whole plot, with a text next to it.
struct Mark {
  double x = 0;
  std::string label = {};
};

/// A point to emphasise, with a text next to it: above its height, or below if a line would cross the text.
struct Place {
  double x = 0, y = 0;
  std::string label = {};
  bool below = false;
};

/// One plot with its axes. `height` is the height of the plot in pixels, without title and labels.
/// `label_ends` writes the name of each series at its end; `ticks = false` omits the numbers.
struct Panel {
  std::string title = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
  double height = 240;
  std::vector<Mark> marks = {};
  std::vector<Place> places = {};
  bool label_ends = true;
  bool ticks = true;
};

/// Panels in rows of `columns`, below a title, a subtitle (in as many lines as it needs) and a legend that
/// lists each name once, followed by its note; `legend = false` omits it.
struct Chart {
  std::string title = {}, subtitle = {};
  std::vector<Panel> panels = {};
  std::vector<std::pair<std::string, std::string>> notes = {};  // name, note
  double width = 900;
  std::size_t columns = 1;
  bool legend = true;
};

}  // namespace descent::svg
