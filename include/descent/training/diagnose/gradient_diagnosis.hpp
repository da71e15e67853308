// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/errors.hpp>
#include <descent/training/diagnose/gradient_report.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

// Judges a block by pairs of derivatives, one written by the user and one measured.

namespace descent::detail {

/// One element of a gradient, from the objective and from differences.
struct ComparedElement {
  Eigen::Index row = 0, column = 0;
  double analytic = 0, numeric = 0;
  double uncertainty = 0;  // of the numeric value

  double error() const { return std::abs(analytic - numeric); }
  double size() const { return std::max(std::abs(analytic), std::abs(numeric)); }
  bool finite() const { return is_finite(analytic) && is_finite(numeric); }
};

using ComparedElements = std::vector<ComparedElement>;

/// The size of a block's derivatives: small ones carry the errors of large ones.
inline double scale_of(const ComparedElements& elements) {
  double scale = 0;
  for (const ComparedElement& element : elements)
    if (element.finite()) scale = std::max(scale, element.size());
  return scale;
}

/// The error of an element relative to the tolerated one: above 1 it is wrong.
inline double excess_of(const ComparedElement& element, double tolerance, double scale) {
  constexpr double share_of_scale = 1e-3, wrong_for_sure = 1e300;
  if (!element.finite()) return wrong_for_sure;
  if (element.error() == 0) return 0;
  const double allowed = tolerance * std::max(element.size(), share_of_scale * scale) + element.uncertainty;
  return element.error() / std::max(allowed, 1e-300);
}

/// The distance of the analytic values from `factor` times the numeric ones, relative to their norm.
inline double misfit(const ComparedElements& elements, double factor) {
  double difference = 0, size = 0;
  for (const ComparedElement& element : elements) {
    const double d = element.analytic - factor * element.numeric;
    difference += d * d;
    size += element.analytic * element.analytic;
  }
  return std::sqrt(difference / size);
}

/// Whether the values agree after exchanging rows and columns; needs all elements of a square block.
inline bool looks_transposed(const ComparedElements& elements, Eigen::Index rows, Eigen::Index columns,
                             double tolerance) {
  if (rows != columns || rows < 2 || elements.size() != static_cast<std::size_t>(rows * columns))
    return false;
  double difference = 0, size = 0;
  for (const ComparedElement& element : elements) {
    const ComparedElement& mirrored = elements[static_cast<std::size_t>(element.row * rows + element.column)];
    const double d = element.analytic - mirrored.numeric;
    difference += d * d;
    size += element.analytic * element.analytic;
  }
  return std::sqrt(difference / size) < tolerance;
}

/// The factor by which the analytic values are too large, by least squares.
inline double factor_of(const ComparedElements& elements) {
  double products = 0, squares = 0;
  for (const ComparedElement& element : elements) {
    products += element.analytic * element.numeric;
    squares += element.numeric * element.numeric;
  }
  return products / squares;
}

/// A factor for messages, rounded to four digits.
inline std::string short_text(double factor) { return formatted("%.4g", {factor}); }

/// The likely mistake in a wrong block, or an empty text. One or two elements always fit some factor, so that
/// only common factors count there.
inline std::string diagnose(const ComparedElements& elements, Eigen::Index rows, Eigen::Index columns,
                            double tolerance) {
  const double close = std::max(10 * tolerance, 1e-3);
  bool written = false, measured = false;
  for (const ComparedElement& element : elements) {
    if (!element.finite()) return "is not finite";
    written = written || element.analytic != 0;
    measured = measured || element.numeric != 0;
  }
  if (!written) return "is never written: all its elements are 0";
  if (!measured) return "should be 0: the loss does not depend on it";
  if (looks_transposed(elements, rows, columns, close)) return "looks transposed";
  const double factor = factor_of(elements);
  if (misfit(elements, factor) > close || std::abs(factor - 1) <= close) return "";
  if (std::abs(factor + 1) <= close) return "looks negated";
  const bool common = std::abs(std::abs(factor) - 2) <= close || std::abs(std::abs(factor) - 0.5) <= close;
  return elements.size() > 2 || common ? "looks scaled by " + short_text(factor) : "";
}

/// The verdict on a block; elements in column-major order.
inline BlockGradientReport judge_block(const std::string& path, const ComparedElements& elements,
                                       Eigen::Index rows, Eigen::Index columns, double tolerance) {
  BlockGradientReport report{.path = path, .rows = rows, .columns = columns};
  const double scale = scale_of(elements);
  double worst = -1;
  for (const ComparedElement& element : elements) {
    const double excess = excess_of(element, tolerance, scale);
    ++report.compared;
    if (excess > 1) ++report.wrong;
    report.max_absolute_error = std::max(report.max_absolute_error, element.error());
    if (element.size() > 0)
      report.max_relative_error = std::max(report.max_relative_error, element.error() / element.size());
    if (excess <= worst) continue;
    worst = excess;
    report.row = element.row;
    report.column = element.column;
    report.analytic = element.analytic;
    report.numeric = element.numeric;
  }
  if (!report.ok()) report.hint = diagnose(elements, rows, columns, tolerance);
  return report;
}

}  // namespace descent::detail
