// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/chart/chart.hpp>
#include <descent/training/chart/text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

namespace descent::svg::detail {

// The colours of Okabe and Ito, which colour-blind readers can distinguish (without their yellow, which is
// too pale for a line); the dashes distinguish lines without colour.
inline constexpr const char* colours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                          "#d55e00", "#56b4e9", "#404040"};
inline constexpr const char* dashes[] = {"", "9 3", "2 3", "12 3 2 3", ""};

/// A sequence of SVG elements.
class Canvas {
 public:
  void text_at(double x, double y, const std::string& attributes, const std::string& content) {
    body_ +=
        "<text x=\"" + text(x, 1) + "\" y=\"" + text(y, 1) + "\" " + attributes + ">" + content + "</text>\n";
  }
  void line(double x1, double y1, double x2, double y2, const std::string& attributes) {
    body_ += "<path d=\"M" + text(x1, 1) + " " + text(y1, 1) + "L" + text(x2, 1) + " " + text(y2, 1) + "\" " +
             attributes + "/>\n";
  }
  void dot(double x, double y, double radius, const std::string& attributes) {
    body_ += "<circle cx=\"" + text(x, 1) + "\" cy=\"" + text(y, 1) + "\" r=\"" + text(radius, 1) + "\" " +
             attributes + "/>\n";
  }
  void add(const std::string& element) { body_ += element; }

  /// Clips what is drawn until `end_clip` to this rectangle.
  void begin_clip(double left, double top, double width, double height) {
    const std::string box = text(left, 1) + " " + text(top, 1) + " " + text(width, 1) + " " + text(height, 1);
    body_ += "<svg x=\"" + text(left, 1) + "\" y=\"" + text(top, 1) + "\" width=\"" + text(width, 1) +
             "\" height=\"" + text(height, 1) + "\" viewBox=\"" + box + "\">\n";
  }
  void end_clip() { body_ += "</svg>\n"; }

  const std::string& body() const { return body_; }

 private:
  std::string body_;
};

/// The names of a chart's series, each with its colour and dashes.
class Names {
 public:
  explicit Names(const Chart& chart) : chart_(chart) {
    for (const Panel& panel : chart.panels)
      for (const Series& series : panel.series) add(series);
  }

  struct Entry {
    std::string name, colour, dash;
    Style style;
  };
  const std::vector<Entry>& entries() const { return entries_; }

  /// "fill="none" stroke="#0072b2" ...".
  std::string stroke(const Series& series) const {
    const Entry* entry = find(series.name);
    const std::string colour = !series.colour.empty() ? series.colour
                               : entry != nullptr     ? entry->colour
                                                      : "#c8c8c8";
    std::string attributes = "fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"" + text(series.width) +
                             "\" stroke-linejoin=\"round\"";
    if (entry != nullptr && !entry->dash.empty()) attributes += " stroke-dasharray=\"" + entry->dash + "\"";
    if (series.opacity < 1) attributes += " stroke-opacity=\"" + text(series.opacity) + "\"";
    return attributes;
  }
  std::string fill(const Series& series) const {
    const Entry* entry = find(series.name);
    std::string attributes = "fill=\"" +
                             (!series.colour.empty() ? series.colour
                              : entry != nullptr     ? entry->colour
                                                     : std::string("#c8c8c8")) +
                             "\"";
    if (series.opacity < 1) attributes += " fill-opacity=\"" + text(series.opacity) + "\"";
    return attributes;
  }

  std::string note_of(const std::string& name) const {
    for (const auto& [noted, words] : chart_.notes)
      if (noted == name) return words;
    return {};
  }

 private:
  void add(const Series& series) {
    if (series.name.empty() || find(series.name) != nullptr) return;
    if (series.colour.empty()) {
      entries_.push_back({series.name, colours[automatic_ % std::size(colours)],
                          dashes[automatic_ % std::size(dashes)], series.style});
      ++automatic_;
    } else {
      entries_.push_back({series.name, series.colour, "", series.style});
    }
  }
  const Entry* find(const std::string& name) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.name == name; });
    return name.empty() || found == entries_.end() ? nullptr : &*found;
  }

  const Chart& chart_;
  std::vector<Entry> entries_;
  std::size_t automatic_ = 0;  // names without their own colour
};

}  // namespace descent::svg::detail
