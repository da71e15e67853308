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
  std::string label = {};       ///< the text along the axis
  Scale scale = Scale::linear;  ///< linear or logarithmic
  double low = automatic;       ///< the lowest value to draw
  double high = automatic;      ///< the highest value to draw
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
/// drawn below the others: contours, a band, a reference.
struct Series {
  std::string name = {};       ///< in the legend
  std::vector<double> x = {};  ///< of each point
  std::vector<double> y = {};  ///< of each point, as many as `x`
  Style style = Style::line;   ///< a line, dots, or both
  std::string colour = {};     ///< any SVG colour, such as "#0072b2"; by default each name gets its own
  double width = 2;            ///< of the line, in pixels
  double opacity = 1;          ///< in [0, 1]
};

/// A vertical line at x across the whole plot, with a text next to it.
struct Mark {
  double x = 0;            ///< its place on the axis
  std::string label = {};  ///< the text next to it
};

/// A point to emphasise, with a text next to it: above its height, or below if a line would cross the text.
struct Place {
  double x = 0;            ///< its place on the axis x
  double y = 0;            ///< its place on the axis y
  std::string label = {};  ///< the text next to it
  bool below = false;      ///< writes the text below the point
};

/// One plot with its axes.
struct Panel {
  std::string title = {};           ///< above the plot
  Axis x = {};                      ///< the horizontal axis
  Axis y = {};                      ///< the vertical axis
  std::vector<Series> series = {};  ///< the lines and dots
  double height = 240;              ///< of the plot in pixels, without title and labels
  std::vector<Mark> marks = {};     ///< vertical lines
  std::vector<Place> places = {};   ///< points to emphasise
  bool label_ends = true;           ///< writes the name of each series at its end
  bool ticks = true;                ///< writes numbers along the axes
};

/// Panels in rows, below a title, a subtitle (in as many lines as it needs) and a legend.
struct Chart {
  std::string title = {};          ///< at the top
  std::string subtitle = {};       ///< below the title, smaller
  std::vector<Panel> panels = {};  ///< the plots, row by row
  std::vector<std::pair<std::string, std::string>> notes =
      {};                   ///< {name of a series, its note in the legend}
  double width = 900;       ///< of the whole chart, in pixels
  std::size_t columns = 1;  ///< panels in a row
  bool legend = true;       ///< lists each name of a series once, followed by its note
};

}  // namespace descent::svg
