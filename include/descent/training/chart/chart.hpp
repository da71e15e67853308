// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

/// Charts as data: what `to_svg` (training/chart/svg_chart.hpp) draws. Not in descent.hpp.
namespace descent::svg {

enum class Scale { linear, logarithmic };

/// For a limit of an axis: fits the data.
inline constexpr double automatic = std::numeric_limits<double>::quiet_NaN();

/// An axis fits the data, unless told where to begin and end. A logarithmic one leaves out values of 0 and
/// less.
struct Axis {
  std::string label = {};
  Scale scale = Scale::linear;
  double low = automatic, high = automatic;
};

/// How the points of a series are shown.
enum class Style {
  line,
  dots,
  /// A line with a dot at each point that is apart from the dot before.
  line_and_dots
};

/// The points (x[k], y[k]); a line has a gap wherever a value cannot be drawn, such as NaN.
///
/// Series of the same name look alike in every panel. One without a name is in no legend, and is drawn
/// below the others: contours, a band, a reference. `colour` is any of SVG's ("#0072b2"; default: each name
/// gets one of its own), `opacity` is in [0, 1], `width` is that of the line in pixels.
struct Series {
  std::string name = {};
  std::vector<double> x = {}, y = {};
  Style style = Style::line;
  std::string colour = {};
  double width = 2, opacity = 1;
};

/// A vertical line at x from the bottom to the top, with words beside it.
struct Mark {
  double x = 0;
  std::string label = {};
};

/// A single place worth pointing out, with words beside it.
struct Place {
  double x = 0, y = 0;
  std::string label = {};
};

/// One plot with its axes. `height` is that of the plot itself, without title and labels, in pixels.
/// `label_ends` writes the name of each series at its end; `ticks` false leaves out the numbers.
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

/// Panels in rows of `columns`, below a title and a legend that lists each name once, with its note behind;
/// `legend` false leaves it out.
struct Chart {
  std::string title = {}, subtitle = {};
  std::vector<Panel> panels = {};
  std::vector<std::pair<std::string, std::string>> notes = {};  // name, note
  double width = 900;
  std::size_t columns = 1;
  bool legend = true;
};

}  // namespace descent::svg
