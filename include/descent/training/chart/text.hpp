// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Numbers and texts of charts as SVG text.

namespace descent::svg::detail {

/// A number with `digits` digits after the point, or the shortest text that reads back as the same number.
inline std::string text(double value, int digits = -1) {
  char buffer[400];  // the largest double has 309 digits before the point
  const auto end =
      digits < 0 ? std::to_chars(buffer, buffer + sizeof buffer, value)
                 : std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, digits);
  return {buffer, end.ptr};
}

inline std::string escaped(std::string_view raw) {
  std::string result;
  for (const char c : raw) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// The approximate width in a browser: assumes a wide font, because none is available to measure.
inline double text_width(std::string_view raw, double font_size) {
  const auto letters =
      std::count_if(raw.begin(), raw.end(), [](char c) { return (c & 0xC0) != 0x80; });  // UTF-8
  return 0.6 * font_size * static_cast<double>(letters);
}

/// Breaks a text at its blanks into lines that fit `width` pixels; a longer word has a line of its own. Letters
/// of running text are narrower on average than `text_width` assumes for a short label.
inline std::vector<std::string> lines_of(std::string_view raw, double width, double font_size) {
  constexpr double share_of_label = 0.9;
  std::vector<std::string> lines;
  while (!raw.empty()) {
    const std::string word(raw.substr(0, raw.find(' ')));
    raw.remove_prefix(std::min(raw.size(), word.size() + 1));
    if (word.empty()) continue;
    if (!lines.empty() && share_of_label * text_width(lines.back() + " " + word, font_size) <= width) {
      lines.back() += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

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

}  // namespace descent::svg::detail
