// SPDX-License-Identifier: MIT
#pragma once

#include "tables.hpp"

#include <array>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

// The chart: AdamW's time per parameter over the size of the model, for all that were measured.

namespace report {

struct Curve {
  std::string name;
  std::vector<double> ns;  // by size; 0 if it was not measured
};

class Picture {
 public:
  explicit Picture(const Results& results) {
    for (const std::string program : {"peer_eigen", "peer_libtorch"}) {
      for (const Measured& measured : results.all()) {
        if (measured.program == program && measured.rule == "AdamW") add(measured);
      }
    }
  }

  void write(const std::string& path) const {
    std::ofstream out(path);
    out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 420\" font-family=\"sans-serif\" "
           "font-size=\"13\">\n<rect width=\"760\" height=\"420\" fill=\"white\"/>\n"
        << text(60, 26, "AdamW in float: nanoseconds for each parameter (lower is better)", "start", "#222");
    write_axes(out);
    // Labels at the right end, from the lowest curve up, so that they do not cover each other.
    std::vector<const Curve*> order;
    for (const Curve& curve : curves_) order.push_back(&curve);
    std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return last(*a) < last(*b); });
    double below = height_ + 100;
    for (const Curve* curve : order) {
      if (last(*curve) == 0) continue;
      below = std::min(below - 17, y(last(*curve)));
      write_curve(out, *curve, below);
    }
    out << "</svg>\n";
  }

 private:
  static constexpr std::array sizes_ = {"16", "1 000", "16 000", "1 M", "20 M", "100 M"};
  static constexpr double left_ = 60, top_ = 45, width_ = 560, height_ = 325, lowest_ = 0.05, highest_ = 100;

  void add(const Measured& measured) {
    const auto place = std::find(sizes_.begin(), sizes_.end(), measured.shape);
    if (place == sizes_.end()) return;
    const std::string name = measured.is_limit() ? "by hand (limit)" : measured.subject;
    auto curve = std::find_if(curves_.begin(), curves_.end(), [&](const Curve& c) { return c.name == name; });
    if (curve == curves_.end())
      curve = curves_.insert(curves_.end(), {name, std::vector<double>(sizes_.size())});
    double& value = curve->ns[static_cast<std::size_t>(place - sizes_.begin())];
    const double ns = measured.median_ns_per_parameter();
    if (value == 0 || (measured.is_limit() && ns < value)) value = ns;
  }

  static double last(const Curve& curve) {
    for (std::size_t k = curve.ns.size(); k-- > 0;)
      if (curve.ns[k] > 0) return curve.ns[k];
    return 0;
  }
  /// The number of sizes up to the largest one that was measured.
  std::size_t shown() const {
    std::size_t count = 2;
    for (const Curve& curve : curves_)
      for (std::size_t k = count; k < curve.ns.size(); ++k)
        if (curve.ns[k] > 0) count = k + 1;
    return count;
  }
  double x(std::size_t k) const {
    return left_ + width_ * static_cast<double>(k) / static_cast<double>(shown() - 1);
  }
  static double y(double ns) {
    const double share = std::log(ns / lowest_) / std::log(highest_ / lowest_);
    return top_ + height_ * (1 - std::min(1.0, std::max(0.0, share)));
  }
  static std::string text(double at_x, double at_y, const std::string& words, const char* anchor,
                          const char* color) {
    return "<text x=\"" + with_digits(at_x, 1) + "\" y=\"" + with_digits(at_y, 1) + "\" text-anchor=\"" +
           anchor + "\" fill=\"" + color + "\">" + words + "</text>\n";
  }

  void write_axes(std::ostream& out) const {
    for (const double ns : {0.1, 1.0, 10.0, 100.0}) {
      out << "<path d=\"M" << left_ << ' ' << with_digits(y(ns), 1) << "h" << width_
          << "\" stroke=\"#ddd\"/>\n"
          << text(left_ - 8, y(ns) + 4, with_digits(ns, ns < 1 ? 1 : 0), "end", "#555");
    }
    for (std::size_t k = 0; k < shown(); ++k)
      out << text(x(k), top_ + height_ + 20, sizes_[k], "middle", "#555");
    out << text(left_ + width_ / 2, top_ + height_ + 40, "parameters", "middle", "#555");
  }

  static const char* color_of(const std::string& name) {
    if (name == "descent") return "#c2410c";
    if (name == "by hand (limit)") return "#222";
    if (name == "Eigen arrays") return "#2563eb";
    if (name == "a loop") return "#16a34a";
    if (name == "torch::optim") return "#9333ea";
    return "#0891b2";
  }

  void write_curve(std::ostream& out, const Curve& curve, double label_y) const {
    std::string points;
    double end = left_;
    for (std::size_t k = 0; k < curve.ns.size(); ++k) {
      if (curve.ns[k] == 0) continue;
      points += with_digits(x(k), 1) + ',' + with_digits(y(curve.ns[k]), 1) + ' ';
      end = x(k);
    }
    const bool is_limit = curve.name == "by hand (limit)";
    out << "<polyline points=\"" << points << "\" fill=\"none\" stroke=\"" << color_of(curve.name)
        << "\" stroke-width=\"2\"" << (is_limit ? " stroke-dasharray=\"5 4\"" : "") << "/>\n"
        << text(end + 8, label_y + 4, curve.name, "start", color_of(curve.name));
  }

  std::vector<Curve> curves_;
};

}  // namespace report
