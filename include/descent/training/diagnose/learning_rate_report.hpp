// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/diagnose/learning_rate_trial.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace descent {

/// The result of `find_learning_rate`. A learning rate that was not found is NaN.
struct LearningRateReport {
  /// The constant learning rate to use: from the trials if there were any, otherwise `reading`.
  double suggestion = std::numeric_limits<double>::quiet_NaN();
  /// The highest learning rate of a schedule that falls to 0, such as `CosineDecay` or `OneCycle`: three times
  /// the suggestion after trials, otherwise `minimum`.
  double peak = std::numeric_limits<double>::quiet_NaN();
  /// The range that likely contains the best constant learning rate: without a warning, a factor of 4 on both
  /// sides after trials.
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  /// The reason for the suggestion, or for its absence, in a sentence.
  std::string reason = {};
  /// The reason why the suggestion is uncertain; empty if it is not.
  std::string warning = {};
  /// What the curve alone suggests: the geometric mean of `nearly_minimum` and `tenth_of_minimum`, or, if the
  /// loss was flat until it diverged, a twentieth of `divergence`.
  double reading = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate at which the loss fell fastest (against the logarithm of the learning rate).
  double steepest = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate at which nine tenths of the fall were done.
  double nearly_minimum = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate of the lowest loss, and a tenth of it.
  double minimum = std::numeric_limits<double>::quiet_NaN();
  double tenth_of_minimum = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate at which the loss had risen again by half of its fall; if it never fell, at which it
  /// rose.
  double divergence = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate of the step after which the loss or its gradient was infinite or NaN.
  double not_finite = std::numeric_limits<double>::quiet_NaN();
  /// The standard deviation of the loss between batches at the lowest learning rates.
  double noise = std::numeric_limits<double>::quiet_NaN();
  /// In the order of the learning rates; ends where the test stopped.
  std::vector<LearningRatePoint> curve = {};
  /// In the order of the learning rates.
  std::vector<LearningRateTrial> trials = {};
  /// The number of gradients that were evaluated.
  std::int64_t evaluations = 0;

  /// Whether there is a suggestion.
  bool found() const { return is_finite(suggestion); }
  explicit operator bool() const { return found(); }
};

namespace detail {
inline std::string rate_text(double rate) { return formatted("%.2g", {rate}); }

/// The trials with their losses, from the lowest rate to the highest.
inline std::string trials_text(const LearningRateReport& report) {
  std::string text;
  for (const LearningRateTrial& trial : report.trials)
    text += (text.empty() ? "trials: loss " : ", ") +
            (is_finite(trial.loss) ? formatted("%.3g", {trial.loss}) : "infinite or NaN") + " at " +
            rate_text(trial.learning_rate);
  return text;
}
}  // namespace detail

/// The suggestion with its reason, then the other readings.
///
///   suggested learning rate: 0.0025
///     because: the best of 4 trials was that at 0.0028; after 480 steps its loss still fell; ...
///     a constant rate lies between 0.00063 and 0.01; the peak of a schedule that falls to 0 at 0.0076
///     loss 2.4 at first, 0.31 at its lowest, in 220 steps from 1e-07 to 3
///     trials: loss 0.11 at 0.0009, 0.031 at 0.0028, 0.042 at 0.009, 0.7 at 0.028
///     2141 gradients were evaluated
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
  text += detail::formatted("  loss %.3g at first, %.3g at its lowest, in %d steps from %.1g to %.1g\n",
                            {report.curve.front().smoothed, lowest, report.curve.size(),
                             report.curve.front().learning_rate, report.curve.back().learning_rate});
  if (report.trials.empty()) return text;
  text += detail::wrapped("  " + detail::trials_text(report), 4) + "\n";
  return text + "  " + std::to_string(report.evaluations) + " gradients were evaluated\n";
}

}  // namespace descent
