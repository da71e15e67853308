// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/training/chart/canvas.hpp>
#include <descent/training/chart/chart.hpp>
#include <descent/training/chart/panel.hpp>
#include <descent/training/chart/text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace descent::svg {
namespace detail {

/// A whole chart: title, legend, panels in rows.
class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart), names_(chart), columns_(layout()) {}

  std::string svg() {
    double y = margin;
    if (!chart_.title.empty())
      canvas_.text_at(margin, y += 22, "font-size=\"20\" font-weight=\"600\"", escaped(chart_.title));
    y += chart_.subtitle.empty() ? 0 : 4;
    for (const std::string& line : lines_of(chart_.subtitle, chart_.width - 2 * margin, 13))
      canvas_.text_at(margin, y += 18, "fill=\"#555\"", escaped(line));
    y = legend(y + 30);
    for (std::size_t first = 0; first < chart_.panels.size(); first += columns_.size()) y = row(first, y);
    const std::string width = text(chart_.width, 0), height = text(y, 0);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
           "\" viewBox=\"0 0 " + width + " " + height +
           "\" role=\"img\" font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" "
           "font-size=\"13\" fill=\"#222\">\n<title>" +
           escaped(chart_.title) + "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
           canvas_.body() + "</svg>\n";
  }

 private:
  static constexpr double legend_row = 22, gutter = 22;

  std::vector<Margins> layout() {
    // The same margins in all panels of a column, so that their axes align.
    std::vector<Margins> columns(std::max<std::size_t>(1, chart_.columns));
    for (std::size_t k = 0; k < chart_.panels.size(); ++k) fit(chart_.panels[k], columns[k % columns.size()]);
    return columns;
  }

  void fit(const Panel& panel, Margins& margins) const {
    const double letters = Labels(vertical_ruler(panel, panel.height, 0).ticks(34)).widest;
    const double label = panel.y.label.empty() ? 12 : 36;
    margins.left = std::max(margins.left, label + (panel.ticks ? 0.6 * label_size * letters : 0));
    if (!panel.label_ends || names_.entries().size() < 2) return;
    for (const Series& series : panel.series)
      if (!series.name.empty())
        margins.right = std::max(margins.right, 26 + text_width(series.name, label_size));
  }

  /// In columns of equal width; in several rows if the names are too long for one.
  double legend(double y) {
    if (!chart_.legend || names_.entries().size() < 2) return y - legend_row / 2;
    double width = 0;
    for (const auto& entry : names_.entries())
      width = std::max(width,
                       34 + text_width(entry.name, 15) + text_width(names_.note_of(entry.name), 13) + gutter);
    double x = margin;
    for (const auto& entry : names_.entries()) {
      if (x > margin && x + width - gutter > chart_.width - margin) {
        x = margin;
        y += legend_row;
      }
      legend_entry(entry, x, y);
      x += width;
    }
    return y + 4;
  }

  void legend_entry(const Names::Entry& entry, double x, double y) {
    const Series sample{.name = entry.name};
    if (entry.style != Style::dots) canvas_.line(x, y - 4, x + 28, y - 4, names_.stroke(sample));
    if (entry.style != Style::line) canvas_.dot(x + 14, y - 4, 4, names_.fill(sample));
    const std::string note = names_.note_of(entry.name);
    canvas_.text_at(x + 34, y, "",
                    "<tspan font-weight=\"600\">" + escaped(entry.name) + "</tspan>" +
                        (note.empty() ? "" : " <tspan fill=\"#555\">" + escaped(note) + "</tspan>"));
  }

  /// Draws the panels of one row below y; returns its lower end.
  double row(std::size_t first, double y) {
    const double width = (chart_.width - 2 * margin + gutter) / static_cast<double>(columns_.size()) - gutter;
    const std::size_t last = std::min(first + columns_.size(), chart_.panels.size());
    double bottom = y, headroom = 0;
    for (std::size_t k = first; k < last; ++k)
      headroom = std::max(headroom, PanelDrawing::headroom(chart_.panels[k]));
    for (std::size_t k = first; k < last; ++k) {
      const double left = margin + static_cast<double>(k - first) * (width + gutter);
      PanelDrawing drawing(canvas_, names_, chart_.panels[k], columns_[k - first]);
      bottom = std::max(bottom, drawing.draw(left, left + width, y, headroom));
    }
    return bottom;
  }

  const Chart& chart_;
  Names names_;
  std::vector<Margins> columns_;
  Canvas canvas_;
};

}  // namespace detail

/// The chart as an SVG document without scripts or embedded fonts, so that any browser shows it.
///
///   svg::Chart chart{.title = "Training", .panels = {{.x = {.label = "step"}, .y = {.label = "loss"},
///                                                     .series = {{.name = "Adam", .x = steps, .y = losses}}}}};
///   svg::write_svg("training.svg", chart);
inline std::string to_svg(const Chart& chart) { return detail::Drawing(chart).svg(); }

/// Writes the chart to a file. Errors: std::runtime_error if the file cannot be written.
inline void write_svg(const std::string& path, const Chart& chart) {
  const std::string document = to_svg(chart);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  bool sound = file != nullptr;
  if (sound) {
    sound = std::fwrite(document.data(), 1, document.size(), file) == document.size();
    sound = std::fclose(file) == 0 && sound;
  }
  if (!sound) DESCENT_THROW(std::runtime_error, "descent: write_svg: cannot write '" + path + "'");
}

}  // namespace descent::svg
