// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace descent {

/// A step of a range test: its rate, and the loss of the batch after it.
struct LearningRatePoint {
  double learning_rate = 0;
  double loss = 0;
  /// The loss on a smooth curve through those of all steps; those far above the start count as just above it.
  double smoothed = 0;
};

/// What `find_learning_rate` found. A rate that was not found is NaN.
struct LearningRateReport {
  /// The constant rate to use: the geometric mean of `nearly_minimum` and `tenth_of_minimum`, or, if the loss was flat
  /// until it diverged, a twentieth of `divergence`.
  double suggestion = std::numeric_limits<double>::quiet_NaN();
  /// The highest rate of a schedule that falls to 0, such as `CosineDecay` or `OneCycle`.
  double peak = std::numeric_limits<double>::quiet_NaN();
  /// The range in which the best constant rate lies, as far as the curve tells.
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  /// Why this one, or why none, in a sentence.
  std::string reason = {};
  /// Why the suggestion is uncertain; empty if it is not.
  std::string warning = {};
  /// Where the loss fell fastest (against the logarithm of the rate).
  double steepest = std::numeric_limits<double>::quiet_NaN();
  /// Where nine tenths of the fall were done.
  double nearly_minimum = std::numeric_limits<double>::quiet_NaN();
  /// Where the loss was lowest, and a tenth of that rate.
  double minimum = std::numeric_limits<double>::quiet_NaN();
  double tenth_of_minimum = std::numeric_limits<double>::quiet_NaN();
  /// Where the loss had climbed back by half of what it had fallen; of a loss that did not fall, where it rose.
  double divergence = std::numeric_limits<double>::quiet_NaN();
  /// The rate of the step after which the loss or its gradient was infinite or not a number.
  double not_finite = std::numeric_limits<double>::quiet_NaN();
  /// The standard deviation of the loss from batch to batch at the lowest rates.
  double noise = std::numeric_limits<double>::quiet_NaN();
  /// In the order of the rates; ends where the test was broken off.
  std::vector<LearningRatePoint> curve = {};

  /// Whether there is a suggestion.
  bool found() const { return is_finite(suggestion); }
  explicit operator bool() const { return found(); }
};

namespace detail {
inline std::string rate_text(double rate) { return formatted("%.2g", {rate}); }
}  // namespace detail

/// The suggestion with its reason, then what else was found.
///
///   suggested learning rate: 0.0035
///     because: a third of the rate between those at which nine tenths of the fall ...
///     a constant rate lies between 0.0011 and 0.01; the peak of a schedule that falls to 0 at 0.012
///     loss 2.4 at first, 0.31 at its lowest, in 220 steps from 1e-07 to 3
inline std::string to_string(const LearningRateReport& report) {
  std::string text = report.found()
                         ? "suggested learning rate: " + detail::rate_text(report.suggestion) + "\n"
                         : "no learning rate can be suggested\n";
  text += detail::wrapped("  because: " + report.reason, 4) + "\n";
  if (!report.warning.empty()) text += detail::wrapped("  uncertain: " + report.warning, 4) + "\n";
  if (!report.found()) return text;
  if (is_finite(report.peak))
    text += "  a constant rate lies between " + detail::rate_text(report.low) + " and " +
            detail::rate_text(report.high) + "; the peak of a schedule that falls to 0 at " +
            detail::rate_text(report.peak) + "\n";
  double lowest = report.curve.front().smoothed;
  for (const LearningRatePoint& point : report.curve) lowest = std::min(lowest, point.smoothed);
  return text + detail::formatted("  loss %.3g at first, %.3g at its lowest, in %d steps from %.1g to %.1g\n",
                                  {report.curve.front().smoothed, lowest, report.curve.size(),
                                   report.curve.front().learning_rate, report.curve.back().learning_rate});
}

}  // namespace descent
