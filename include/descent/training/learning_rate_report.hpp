// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/formatted_text.hpp>
#include <descent/training/smoothing.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace descent {

/// A step of a range test: its rate, and the loss of the batch after it.
struct LearningRatePoint {
  double learning_rate = 0;
  double loss = 0;
  /// The loss on a smooth curve through those of all steps.
  double smoothed = 0;
};

/// What `find_learning_rate` found. A rate that was not found is NaN.
struct LearningRateReport {
  /// The rate to use: the geometric mean of `steepest` and `tenth_of_minimum`.
  double suggestion = std::numeric_limits<double>::quiet_NaN();
  /// Why this one, or why none, in a sentence.
  std::string reason = {};
  /// Where the loss fell fastest (against the logarithm of the rate).
  double steepest = std::numeric_limits<double>::quiet_NaN();
  /// Where the loss was lowest, and a tenth of that rate.
  double minimum = std::numeric_limits<double>::quiet_NaN();
  double tenth_of_minimum = std::numeric_limits<double>::quiet_NaN();
  /// Where the loss had climbed back by half of what it had fallen.
  double divergence = std::numeric_limits<double>::quiet_NaN();
  /// In the order of the rates; ends where the test was broken off.
  std::vector<LearningRatePoint> curve = {};

  /// Whether there is a suggestion.
  bool found() const { return is_finite(suggestion); }
  explicit operator bool() const { return found(); }
};

namespace detail {

inline std::string rate_text(double rate) { return formatted("%.2g", {rate}); }

/// Reads a curve whose points lie at equal distances of log(rate). `width` is that of the smoothing, in steps.
class CurveReader {
 public:
  CurveReader(LearningRateReport& report, double width, bool broken_off)
      : report_(report), width_(width), broken_off_(broken_off) {}

  void read() {
    if (report_.curve.size() < 5)
      return explain("the loss was lost within " + std::to_string(report_.curve.size()) +
                     " steps: start from a lower rate (lowest), and look for a mistake in the loss or its "
                     "gradient");
    smooth();
    find_minimum();
    if (!fell()) return explain(why_it_did_not_fall());
    find_steepest();
    find_divergence();
    suggest();
  }

 private:
  void smooth() {
    std::vector<double> losses;
    for (const LearningRatePoint& point : report_.curve) losses.push_back(point.loss);
    curve_ = smooth_curve(losses, width_);
    for (std::size_t k = 0; k < losses.size(); ++k) report_.curve[k].smoothed = curve_.values[k];
  }

  void find_minimum() {
    lowest_ = static_cast<std::size_t>(std::min_element(curve_.values.begin(), curve_.values.end()) -
                                       curve_.values.begin());
    const std::size_t early = std::max<std::size_t>(1, curve_.values.size() / 10);
    for (std::size_t k = 0; k < early; ++k) start_ += curve_.values[k] / static_cast<double>(early);
    drop_ = start_ - curve_.values[lowest_];
  }

  /// Whether the fall is more than what noise leaves of a smooth curve.
  bool fell() const { return lowest_ > 0 && drop_ > 3 * noise_until_minimum() / std::sqrt(width_); }

  /// By the median, which the explosion at the end of a test does not move.
  double noise_until_minimum() const {
    std::vector<double> distances;
    for (std::size_t k = 0; k <= lowest_; ++k)
      distances.push_back(std::abs(report_.curve[k].loss - curve_.values[k]));
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    return 1.4826 * *middle;  // as a standard deviation, were it normal
  }

  std::string why_it_did_not_fall() const {
    if (broken_off_) return "the loss only rose: start from a lower rate (lowest)";
    return "the loss did not fall at any rate: raise highest, take more steps, or look for a mistake in the "
           "gradient";
  }

  /// Where there is next to no fall yet a steep slope is noise.
  void find_steepest() {
    std::size_t steepest = lowest_;
    for (std::size_t k = 0; k <= lowest_; ++k) {
      const bool falling = start_ - curve_.values[k] > 0.05 * drop_;
      if (falling && curve_.slopes[k] < curve_.slopes[steepest]) steepest = k;
    }
    report_.steepest = report_.curve[steepest].learning_rate;
    report_.minimum = report_.curve[lowest_].learning_rate;
    report_.tenth_of_minimum = report_.minimum / 10;
  }

  void find_divergence() {
    for (std::size_t k = lowest_; k < curve_.values.size(); ++k) {
      if (curve_.values[k] - curve_.values[lowest_] < 0.5 * drop_) continue;
      report_.divergence = report_.curve[k].learning_rate;
      return;
    }
    if (broken_off_) report_.divergence = report_.curve.back().learning_rate;
  }

  void suggest() {
    report_.suggestion = std::sqrt(report_.steepest * report_.tenth_of_minimum);
    explain("between a tenth of the rate with the lowest loss (" + rate_text(report_.tenth_of_minimum) +
            ") and the rate at which the loss fell fastest (" + rate_text(report_.steepest) + "); " +
            (is_finite(report_.divergence)
                 ? "at " + rate_text(report_.divergence) + " the loss had climbed back by half of its fall"
                 : "the loss did not climb back up to " + rate_text(report_.curve.back().learning_rate) +
                       ", the highest rate tried: raise highest to be sure"));
  }

  void explain(std::string reason) { report_.reason = std::move(reason); }

  LearningRateReport& report_;
  double width_;
  bool broken_off_;
  SmoothCurve curve_;
  std::size_t lowest_ = 0;
  double start_ = 0, drop_ = 0;
};

}  // namespace detail

/// The suggestion with its reason, then what else was found.
///
///   suggested learning rate: 0.0019
///     because: between a tenth of the rate with the lowest loss (0.0017) and ...
///     loss 2.4 at first, 0.31 at its lowest
inline std::string to_string(const LearningRateReport& report) {
  std::string text = report.found()
                         ? "suggested learning rate: " + detail::rate_text(report.suggestion) + "\n"
                         : "no learning rate can be suggested\n";
  text += detail::wrapped("  because: " + report.reason, 4) + "\n";
  if (!report.found()) return text;
  double lowest = report.curve.front().smoothed;
  for (const LearningRatePoint& point : report.curve) lowest = std::min(lowest, point.smoothed);
  return text + detail::formatted("  loss %.3g at first, %.3g at its lowest, in %d steps from %.1g to %.1g\n",
                                  {report.curve.front().smoothed, lowest, report.curve.size(),
                                   report.curve.front().learning_rate, report.curve.back().learning_rate});
}

}  // namespace descent
