// SPDX-License-Identifier: MIT
// Line charts as SVG: panels one below the other, linear and logarithmic axes, a legend, and the name of each
// line at its end. Needs the standard library alone; no script or font is embedded, so any browser shows it.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

enum class Scale { linear, logarithmic };

inline constexpr double automatic = std::numeric_limits<double>::quiet_NaN();

/// Fits the data, unless told where to begin and end.
struct Axis {
  std::string label = {};
  Scale scale = Scale::linear;
  double low = automatic, high = automatic;
};

/// A line through the points (x[k], y[k]); it has a gap wherever a value cannot be drawn.
struct Series {
  std::string name = {};
  std::vector<double> x = {}, y = {};
};

struct Panel {
  std::string title = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
  double height = 240;  // of the plot itself, without title and labels
};

/// Series of the same name look alike in every panel; the legend lists each name once, with its note behind.
struct Chart {
  std::string title = {}, subtitle = {};
  std::vector<Panel> panels = {};
  std::vector<std::pair<std::string, std::string>> notes = {};  // name, note
  double width = 900;
};

namespace detail {

/// Digits after the point as given, or the shortest text that reads back as the same number.
inline std::string text(double value, int digits = -1) {
  char buffer[64];
  const auto end =
      digits < 0 ? std::to_chars(buffer, buffer + sizeof buffer, value)
                 : std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, digits);
  return {buffer, end.ptr};
}

inline std::string escaped(std::string_view raw) {
  std::string result;
  for (const char c : raw) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

/// About how wide a browser draws it: no font is at hand to measure, so a wide one is assumed.
inline double text_width(std::string_view raw, double font_size) {
  const auto letters =
      std::count_if(raw.begin(), raw.end(), [](char c) { return (c & 0xC0) != 0x80; });  // UTF-8
  return 0.6 * font_size * static_cast<double>(letters);
}

// Okabe and Ito's colours, which stay apart for colour-blind readers (their yellow, too pale for a line, left
// out); the dashes tell lines apart without any colour.
inline constexpr const char* colours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                          "#d55e00", "#56b4e9", "#404040"};
inline constexpr const char* dashes[] = {"", "9 3", "2 3", "12 3 2 3", ""};

/// From values to places, and where the ticks go.
class Ruler {
 public:
  /// Shows all values of [low, high]; `tight` where the axis ends at the data, else with some air around it.
  Ruler(Scale scale, double low, double high, double start, double end, bool tight)
      : scale_(scale), start_(start), end_(end), low_(warp(low)), high_(warp(high)) {
    if (!(low_ <= high_)) low_ = 0, high_ = 1;  // nothing to show
    const double air = high_ > low_ ? (tight ? 0.0 : 0.05 * (high_ - low_)) : 0.5;
    low_ -= air, high_ += air;
  }

  bool shows(double value) const { return std::isfinite(warp(value)); }
  double operator()(double value) const {
    return start_ + (end_ - start_) * (warp(value) - low_) / (high_ - low_);
  }

  struct Tick {
    double value;
    bool major;  // has a label and a line across the plot
  };

  std::vector<Tick> ticks(double pixels_per_label) const {
    const double room = std::max(2.0, std::abs(end_ - start_) / pixels_per_label);
    return scale_ == Scale::linear ? linear_ticks(room) : logarithmic_ticks(room);
  }

 private:
  double warp(double value) const {
    if (scale_ == Scale::linear) return value;
    return value > 0 ? std::log10(value) : std::numeric_limits<double>::quiet_NaN();
  }

  bool inside(double warped) const {
    const double slack = 1e-9 * (high_ - low_);
    return warped >= low_ - slack && warped <= high_ + slack;
  }

  /// Multiples of 1, 2 or 5 times a power of ten.
  std::vector<Tick> linear_ticks(double room) const {
    const double least = (high_ - low_) / room;
    const double power = std::pow(10, std::floor(std::log10(least)));
    const double step = power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
    std::vector<Tick> result;
    for (double k = std::ceil(low_ / step - 1e-9); inside(k * step); ++k) result.push_back({k * step, true});
    return result;
  }

  /// Powers of ten, every second or third where they are many, 2 and 5 between them where they are few.
  std::vector<Tick> logarithmic_ticks(double room) const {
    const double decades = high_ - low_;
    const double stride = std::max(1.0, std::ceil(decades / room));
    const bool finer = 3 * decades <= room;
    std::vector<Tick> result;
    for (double exponent = std::floor(low_); exponent <= high_; ++exponent) {
      for (int digit = 1; digit <= 9; ++digit) {
        const bool major =
            digit == 1 ? std::fmod(exponent, stride) == 0 : finer && (digit == 2 || digit == 5);
        if ((digit == 1 || stride == 1) && inside(exponent + std::log10(digit)))
          result.push_back({digit * std::pow(10, exponent), major});
      }
    }
    return result;
  }

  Scale scale_;
  double start_, end_, low_, high_;
};

inline double exponent_of(double value) {
  return value == 0 ? 0 : std::floor(std::log10(std::abs(value)) + 1e-9);
}

/// 0.001, 0.5, 20, 1500
inline std::string plain_label(double value) {
  if (value == 0) return "0";  // also -0
  std::string label = text(value, std::max(0, 3 - static_cast<int>(exponent_of(value))));
  if (label.find('.') != std::string::npos) {
    label.erase(label.find_last_not_of('0') + 1);
    if (label.back() == '.') label.pop_back();
  }
  return label;
}

/// 10⁻⁵, 2·10⁻⁵; the minus sign is the long one, as wide as a digit.
inline std::string power_label(double value) {
  if (value == 0) return "0";
  const double exponent = exponent_of(value), factor = value / std::pow(10, exponent);
  return (std::abs(factor - 1) < 1e-6 ? "" : plain_label(factor) + "·") +
         "10<tspan dy=\"-5\" font-size=\"10\">" + (exponent < 0 ? "−" : "") + text(std::abs(exponent), 0) +
         "</tspan>";
}

/// One form for all labels of an axis: plain numbers while they are short.
struct Labels {
  explicit Labels(const std::vector<Ruler::Tick>& ticks) {
    for (const auto& [value, major] : ticks) {
      if (!major) continue;
      plain = plain && exponent_of(value) >= -4 && exponent_of(value) < 6;
      widest = std::max(widest, static_cast<double>(plain_label(value).size()));
    }
    if (!plain) widest = 4;
  }
  std::string operator()(double value) const { return plain ? plain_label(value) : power_label(value); }

  bool plain = true;
  double widest = 0;  // in letters
};

/// Moves labels apart until none overlaps: each keeps its order and stays as near as it can to where it was.
inline void spread(std::vector<double>& places, double distance, double low, double high) {
  std::vector<std::size_t> order(places.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return places[a] < places[b]; });
  // Labels that touch form a group around the mean of what they label; groups that touch become one.
  struct Group {
    double centre, count;
  };
  std::vector<Group> groups;
  for (const std::size_t k : order) {
    groups.push_back({places[k], 1});
    auto fit_in = [&](Group& group) {
      const double half = distance * (group.count - 1) / 2;
      group.centre = std::max(low + half, std::min(high - half, group.centre));
    };
    fit_in(groups.back());
    while (groups.size() > 1) {
      Group &upper = groups[groups.size() - 2], &lower = groups.back();
      if (lower.centre - upper.centre >= distance * (upper.count + lower.count) / 2) break;
      upper = {(upper.centre * upper.count + lower.centre * lower.count) / (upper.count + lower.count),
               upper.count + lower.count};
      groups.pop_back();
      fit_in(groups.back());
    }
  }
  std::size_t next = 0;
  for (const Group& group : groups)
    for (double k = 0; k < group.count; ++k)
      places[order[next++]] = group.centre + distance * (k - (group.count - 1) / 2);
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {
    for (const Panel& panel : chart.panels) {
      for (const Series& series : panel.series) {
        if (std::find(names_.begin(), names_.end(), series.name) == names_.end())
          names_.push_back(series.name);
        label_width_ = std::max(label_width_, text_width(series.name, label_size));
      }
      const double letters =
          Labels(ruler(panel, &Series::y, panel.y, panel.height, 0, false).ticks(34)).widest;
      left_ = std::max(left_, margin + 36 + 0.6 * label_size * letters);
    }
  }

  std::string svg() {
    double y = margin;
    if (!chart_.title.empty())
      text_at(margin, y += 22, "font-size=\"20\" font-weight=\"600\"", escaped(chart_.title));
    if (!chart_.subtitle.empty()) text_at(margin, y += 22, "fill=\"#555\"", escaped(chart_.subtitle));
    y = legend(y + 30);
    for (const Panel& panel : chart_.panels) y = draw(panel, y);
    const std::string width = text(chart_.width, 0), height = text(y, 0);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
           "\" viewBox=\"0 0 " + width + " " + height +
           "\" role=\"img\" font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" "
           "font-size=\"13\" fill=\"#222\">\n<title>" +
           escaped(chart_.title) + "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
           body_ + "</svg>\n";
  }

 private:
  static constexpr double margin = 16, label_size = 12, legend_row = 22, gutter = 22;

  void text_at(double x, double y, const std::string& attributes, const std::string& content) {
    body_ +=
        "<text x=\"" + text(x, 1) + "\" y=\"" + text(y, 1) + "\" " + attributes + ">" + content + "</text>\n";
  }

  void line(double x1, double y1, double x2, double y2, const std::string& attributes) {
    body_ += "<path d=\"M" + text(x1, 1) + " " + text(y1, 1) + "L" + text(x2, 1) + " " + text(y2, 1) + "\" " +
             attributes + "/>\n";
  }

  std::size_t index_of(const std::string& name) const {
    return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
  }
  std::string colour(const std::string& name) const { return colours[index_of(name) % std::size(colours)]; }
  std::string stroke(const std::string& name) const {
    const std::string dash = dashes[index_of(name) % std::size(dashes)];
    return "fill=\"none\" stroke=\"" + colour(name) + "\" stroke-width=\"2\" stroke-linejoin=\"round\"" +
           (dash.empty() ? "" : " stroke-dasharray=\"" + dash + "\"");
  }

  std::string note_of(const std::string& name) const {
    for (const auto& [noted, words] : chart_.notes)
      if (noted == name) return words;
    return {};
  }

  /// In columns of equal width; one row, or several where the names are too long for it.
  double legend(double y) {
    if (names_.size() < 2) return y - legend_row / 2;
    double width = 0;
    for (const std::string& name : names_)
      width = std::max(width, 34 + text_width(name, 15) + text_width(note_of(name), 13) + gutter);
    double x = margin;
    for (const std::string& name : names_) {
      const std::string note = note_of(name);
      if (x > margin && x + width - gutter > chart_.width - margin) x = margin, y += legend_row;
      line(x, y - 4, x + 28, y - 4, stroke(name));
      text_at(x + 34, y, "",
              "<tspan font-weight=\"600\">" + escaped(name) + "</tspan>" +
                  (note.empty() ? "" : " <tspan fill=\"#555\">" + escaped(note) + "</tspan>"));
      x += width;
    }
    return y + 4;
  }

  double draw(const Panel& panel, double y) {
    const double left = left_, right = chart_.width - margin - (names_.size() < 2 ? 0 : label_width_ + 26);
    const double top = y + (panel.title.empty() ? 20 : 46), bottom = top + panel.height;
    if (!panel.title.empty())
      text_at(margin, top - 14, "font-size=\"14\" font-weight=\"600\"", escaped(panel.title));

    const Ruler across = ruler(panel, &Series::x, panel.x, left, right, true);
    const Ruler up = ruler(panel, &Series::y, panel.y, bottom, top, false);
    grid(panel, across, up, left, right, top, bottom);

    std::vector<double> ends;
    for (const Series& series : panel.series) ends.push_back(curve(series, across, up));
    labels(panel, ends, right, top, bottom);
    return bottom + 48;
  }

  /// Fits what the series hold along one axis, each scale leaving out what it cannot show.
  static Ruler ruler(const Panel& panel, std::vector<double> Series::*values, const Axis& axis, double start,
                     double end, bool tight) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Series& series : panel.series) {
      for (const double value : series.*values) {
        if (!std::isfinite(value) || (axis.scale == Scale::logarithmic && value <= 0)) continue;
        low = std::min(low, value), high = std::max(high, value);
      }
    }
    if (!std::isnan(axis.low)) low = axis.low;
    if (!std::isnan(axis.high)) high = axis.high;
    return {axis.scale, low, high, start, end, tight};
  }

  void grid(const Panel& panel, const Ruler& across, const Ruler& up, double left, double right, double top,
            double bottom) {
    const auto rows = up.ticks(34), columns = across.ticks(70);
    const Labels row_label(rows), column_label(columns);
    for (const auto& [value, major] : rows) {
      const double y = up(value);
      if (major) line(left, y, right, y, "stroke=\"#e4e4e4\"");
      line(left - (major ? 6 : 3), y, left, y, "stroke=\"#888\"");
      if (major) text_at(left - 10, y + 4, "text-anchor=\"end\" font-size=\"12\"", row_label(value));
    }
    for (const auto& [value, major] : columns) {
      const double x = across(value);
      if (major) line(x, top, x, bottom, "stroke=\"#f0f0f0\"");
      line(x, bottom, x, bottom + (major ? 6 : 3), "stroke=\"#888\"");
      if (major) text_at(x, bottom + 20, "text-anchor=\"middle\" font-size=\"12\"", column_label(value));
    }
    line(left, top, left, bottom, "stroke=\"#888\"");
    line(left, bottom, right, bottom, "stroke=\"#888\"");
    text_at((left + right) / 2, bottom + 40, "text-anchor=\"middle\"", escaped(panel.x.label));
    const std::string place = text((top + bottom) / 2, 1);
    text_at(margin + 10, (top + bottom) / 2,
            "text-anchor=\"middle\" transform=\"rotate(-90 " + text(margin + 10, 1) + " " + place + ")\"",
            escaped(panel.y.label));
  }

  /// Leaves out points nearer than a third of a pixel to the one before. Returns where the line ends.
  double curve(const Series& series, const Ruler& across, const Ruler& up) {
    std::string path;
    bool drawing = false;
    double x = 0, y = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t k = 0; k < std::min(series.x.size(), series.y.size()); ++k) {
      if (!across.shows(series.x[k]) || !up.shows(series.y[k])) {
        drawing = false;
        continue;
      }
      const double next_x = across(series.x[k]), next_y = up(series.y[k]);
      if (drawing && k + 1 < series.x.size() && std::hypot(next_x - x, next_y - y) < 0.33) continue;
      x = next_x, y = next_y;
      path.append(drawing ? "L" : "M").append(text(x, 1)).append(" ").append(text(y, 1));
      drawing = true;
    }
    if (!path.empty())
      body_ += "<path d=\"" + path + "\" " + stroke(series.name) + "><title>" + escaped(series.name) +
               "</title></path>\n";
    return y;
  }

  /// The name of each line at its end, with a thin leader where it had to move away.
  void labels(const Panel& panel, const std::vector<double>& ends, double right, double top, double bottom) {
    if (names_.size() < 2) return;
    std::vector<double> places;
    for (const double end : ends)
      if (std::isfinite(end)) places.push_back(end);
    spread(places, label_size + 4, top + 4, bottom - 4);
    std::size_t next = 0;
    for (std::size_t k = 0; k < ends.size(); ++k) {
      if (!std::isfinite(ends[k])) continue;
      const std::string& name = panel.series[k].name;
      const double y = places[next++];
      line(right + 3, ends[k], right + 19, y, "stroke=\"" + colour(name) + "\"");
      text_at(right + 23, y + 4, "font-size=\"12\"", escaped(name));
    }
  }

  const Chart& chart_;
  std::vector<std::string> names_;
  double label_width_ = 0, left_ = 0;  // the same in all panels, so that they align
  std::string body_;
};

}  // namespace detail

inline std::string to_svg(const Chart& chart) { return detail::Drawing(chart).svg(); }

/// Errors: std::runtime_error where the file cannot be written.
inline void write_svg(const std::string& path, const Chart& chart) {
  std::ofstream file(path, std::ios::binary);
  file << to_svg(chart);
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

}  // namespace support
