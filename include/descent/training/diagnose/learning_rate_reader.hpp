// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/diagnose/learning_rate_report.hpp>
#include <descent/training/diagnose/range_test_noise.hpp>
#include <descent/training/diagnose/smoothing.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

namespace descent::detail {

/// Reads a curve whose points are equally spaced in log(rate).
class CurveReader {
 public:
  /// `width`: the width of the smoothing in steps; `flat`: the number of steps at learning rates too low to
  /// matter.
  CurveReader(LearningRateReport& report, double width, std::size_t flat, bool broken_off)
      : report_(report),
        width_(width),
        broken_off_(broken_off),
        size_(report.curve.size()),
        noise_(1, std::max<std::size_t>(2, std::min(flat, size_ / 3))) {}

  /// Returns whether trials at constant rates could show more: not if the loss was lost or only rose.
  bool read() {
    if (size_ < 10) return explain_loss_of_loss();
    for (const LearningRatePoint& point : report_.curve) noise_.observe(point.loss);
    report_.noise = std::sqrt(noise_.flat_square());
    smooth_as_noise_demands();
    if (!fell()) return read_without_fall();
    find_minimum();
    find_steepest();
    find_divergence();
    suggest();
    return true;
  }

 private:
  double loss(std::size_t k) const { return report_.curve[k].loss; }
  double rate(std::size_t k) const { return report_.curve[k].learning_rate; }

  bool explain_loss_of_loss() {
    report_.reason =
        "the loss was lost within " + std::to_string(size_) +
        " steps: start from a lower rate (lowest), and look for a mistake in the loss or its gradient";
    return false;
  }

  /// A wider curve is less exact in the learning rate, but detects a fall in more noise.
  void smooth_as_noise_demands() {
    for (const double factor : {1.0, 2.0, 4.0}) {
      smooth(factor * width_);
      if (drop_ > 12 * error_) break;
    }
    for (std::size_t k = 0; k < size_; ++k) report_.curve[k].smoothed = curve_.values[k];
  }

  void smooth(double width) {
    const double cap = highest_loss_of_interest();
    std::vector<double> losses;
    for (std::size_t k = 0; k < size_; ++k) losses.push_back(std::min(loss(k), cap));
    curve_ = smooth_curve(losses, width);
    const auto lowest = std::min_element(curve_.values.begin(), curve_.values.end());
    lowest_ = static_cast<std::size_t>(lowest - curve_.values.begin());
    drop_ = noise_.start() - *lowest;
    const auto back = static_cast<std::size_t>(2 * width) + 5;
    const double flat = noise_.flat_square(),
                 near = std::max(noise_.square(lowest_ > back ? lowest_ - back : 0, lowest_), flat / 4);
    error_ = std::sqrt(flat / static_cast<double>(noise_.flat()) +
                       near / (2 * std::sqrt(std::numbers::pi) * width));
  }

  /// A loss that explodes must not bend the curve before it.
  double highest_loss_of_interest() const {
    double lowest = noise_.start();
    for (std::size_t first = 0; first + 10 <= size_; ++first) {
      double mean = 0;  // not a running sum: an explosion would leave rounding errors in it
      for (std::size_t k = first; k < first + 10; ++k) mean += loss(k) / 10;
      lowest = std::min(lowest, mean);
    }
    return noise_.start() + std::max(4 * report_.noise, noise_.start() - lowest);
  }

  /// Whether the fall exceeds what noise and rounding leave of a smooth curve. It is the lowest of some 40
  /// independent values, hence 4.5 standard errors.
  bool fell() const {
    return lowest_ > 0 && drop_ > 4.5 * error_ && drop_ > 1e-12 * std::abs(noise_.start());
  }

  // ---- A curve that does not fall. ----

  bool read_without_fall() {
    std::size_t end = noise_.count_before_rise();
    if (is_finite(report_.not_finite)) end = std::min(end, size_ - 1);
    if (end <= noise_.flat() && end < size_) {
      report_.reason = "the loss only rose: start from a lower rate (lowest)";
      return false;
    }
    if (end < size_) {
      suggest_from_divergence(rate(end));
    } else {
      report_.reason =
          "the loss did not fall at any rate by more than the noise of its batches (a standard deviation "
          "of " +
          formatted("%.2g", {report_.noise}) +
          "): take larger batches, more steps, raise highest, or look for a mistake in the gradient";
    }
    return true;
  }

  void suggest_from_divergence(double divergence) {
    report_.divergence = divergence;
    report_.suggestion = divergence / 20;
    report_.peak = divergence / 7;
    report_.low = divergence / 200;
    report_.high = divergence / 4;
    report_.reason =
        "the loss was flat until it diverged at " + rate_text(divergence) +
        (is_finite(report_.not_finite) ? ", infinite or NaN at " + rate_text(report_.not_finite) : "") +
        ": try a twentieth, " + rate_text(report_.suggestion);
    report_.warning =
        "the noise hides any fall: if this rate does not train, take larger batches, or check the gradient";
  }

  // ---- A curve that falls. ----

  void find_minimum() {
    std::size_t k = lowest_;
    while (k > 0 && noise_.start() - curve_.values[k - 1] >= 0.9 * drop_) --k;
    report_.nearly_minimum = rate(k);
    report_.minimum = rate(lowest_);
    report_.tenth_of_minimum = report_.minimum / 10;
  }

  /// A steep slope before the fall is noise.
  void find_steepest() {
    std::size_t steepest = lowest_;
    for (std::size_t k = 0; k <= lowest_; ++k) {
      const bool falling = noise_.start() - curve_.values[k] > std::max(0.05 * drop_, 3 * error_);
      if (falling && curve_.slopes[k] < curve_.slopes[steepest]) steepest = k;
    }
    report_.steepest = rate(steepest);
  }

  void find_divergence() {
    for (std::size_t k = lowest_; k < size_; ++k) {
      if (curve_.values[k] - curve_.values[lowest_] < std::max(0.5 * drop_, 3 * error_)) continue;
      report_.divergence = rate(k);
      return;
    }
    if (broken_off_) report_.divergence = rate(size_ - 1);
  }

  /// The factors are those of benchmarks/advice/sweep.cpp: they fit the best learning rates of its tasks.
  void suggest() {
    report_.suggestion = std::sqrt(report_.nearly_minimum * report_.minimum / 10);
    report_.peak = report_.minimum;
    const double end = is_finite(report_.divergence) ? report_.divergence : rate(size_ - 1);
    const auto [low, high] = std::minmax({report_.nearly_minimum / 2.4, report_.minimum / 4, end / 18});
    report_.low = std::min(low, report_.suggestion / 3);
    report_.high = std::max(high, report_.suggestion * 3);
    report_.reason = "a third of the rate between those at which nine tenths of the fall were done (" +
                     rate_text(report_.nearly_minimum) + ") and at which the loss was lowest (" +
                     rate_text(report_.minimum) + "); " + what_ended_it();
    if (high > 10 * low)
      report_.warning =
          "the readings of this curve lie more than a decade apart: try several rates of the range";
    else if (drop_ < 8 * error_)
      report_.warning = "the fall is only some standard errors of the noise: take larger batches to be sure";
  }

  std::string what_ended_it() const {
    if (is_finite(report_.not_finite))
      return "the loss became infinite or NaN at " + rate_text(report_.not_finite);
    if (is_finite(report_.divergence))
      return "at " + rate_text(report_.divergence) + " the loss had climbed back by half of its fall";
    return "the loss did not climb back up to " + rate_text(rate(size_ - 1)) +
           ", the highest rate tried: raise highest to be sure";
  }

  LearningRateReport& report_;
  double width_;
  bool broken_off_;
  std::size_t size_;
  RangeTestNoise noise_;
  SmoothCurve curve_;
  std::size_t lowest_ = 0;
  double drop_ = 0, error_ = 0;
};

}  // namespace descent::detail
