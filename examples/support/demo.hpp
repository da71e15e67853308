// SPDX-License-Identifier: MIT
// What the demos of single words share: their main function, sentences on the terminal, the picture, and checks.
#pragma once

#include "svg_chart.hpp"
#include "table.hpp"

#include <descent/core/threads.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace support {

inline constexpr std::size_t columns_of_text = 92;

/// `percent(0.975)` is "97.5 %".
inline std::string percent(double share) { return number(100 * share, 1) + " %"; }

/// `plain(0.05)` is "0.05".
inline std::string plain(double value) { return detail::plain_label(value); }

inline std::vector<double> count_from_zero(std::size_t size) {
  std::vector<double> numbers(size);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  return numbers;
}

/// A line over the epochs of a training; `value` is a field of their reports, or a function of a report.
template <class Reports, class Value>
Series course_of(const Reports& reports, const std::string& name, const std::string& colour, Value value) {
  Series series{.name = name, .colour = colour};
  for (const auto& report : reports) {
    series.x.push_back(static_cast<double>(report.epoch));
    series.y.push_back(std::invoke(value, report));
  }
  return series;
}

/// The text in lines of at most `width` letters, each ended; breaks it only at blanks.
inline std::string wrapped(const std::string& text, std::size_t width = columns_of_text) {
  std::string lines, line;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      lines += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return lines + line + "\n";
}

/// Prints a paragraph, and an empty line after it.
inline void say(const std::string& text) { std::printf("%s\n", wrapped(text).c_str()); }

/// Prints a table, and an empty line after it.
inline void show_table(const std::vector<std::vector<std::string>>& rows) {
  print_table(rows);
  std::printf("\n");
}

/// What a demo claims to show. A claim that does not hold is printed to the standard error.
class Claims {
 public:
  explicit Claims(std::string demo) : demo_(std::move(demo)) {}

  void expect(bool holds, const std::string& claim) {
    if (!holds) std::fprintf(stderr, "%s: this did not hold: %s\n", demo_.c_str(), claim.c_str());
    all_hold_ = all_hold_ && holds;
  }
  bool all_hold() const { return all_hold_; }

 private:
  std::string demo_;
  bool all_hold_ = true;
};

/// A picture with one column of panels, narrow enough for a telephone.
inline Chart narrow_chart(const std::string& title, const std::string& subtitle) {
  return {.title = title, .subtitle = subtitle, .width = 600, .legend = false};
}

/// Writes the picture and prints its place.
inline void save_picture(const std::string& path, const Chart& chart) {
  write_svg(path, chart);
  const std::string place = std::filesystem::absolute(path).lexically_normal().string();
  std::printf("The picture is in %s; open it in a web browser.\n", place.c_str());
}

/// The main function of a demo: `show(path, claims)` does the work. Returns 0 if all claims hold.
template <class F>
int run_demo(int argc, char** argv, const std::string& name, F&& show) {
  // The products and the steps are small: on a busy machine, threads would wait for each other.
  Eigen::setNbThreads(1);
  descent::set_threads(1);
  Claims claims(name);
  try {
    show(argc > 1 ? std::string(argv[1]) : name + ".svg", claims);
    return claims.all_hold() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return 1;
  }
}

}  // namespace support
