// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>

#include <string>

namespace descent {

/// What an object that listens to a metric does if the metric is infinite or NaN. Such a metric never counts
/// as an observation without improvement.
enum class NotFiniteMetric {
  /// An error: throws std::invalid_argument and does not count it.
  refuse,
  /// Ignores the metric.
  ignore
};

namespace detail {

/// Returns false if the metric is to be ignored.
inline bool takes_metric(const Check& check, double metric, NotFiniteMetric choice) {
  if (is_finite(metric)) return true;
  if (choice == NotFiniteMetric::refuse) [[unlikely]]
    check.fail("the metric is " + text_of(metric) +
               ", must be finite (or set not_finite = NotFiniteMetric::ignore)");
  return false;
}

/// Whether a metric beats the best one by both thresholds. The first metric always does: a best metric of NaN
/// means none.
struct Improvement {
  double relative = 0, absolute = 0;
  bool higher_is_better = false;
  /// The relative threshold is a fraction of the best metric with its sign: if that is negative, a worse
  /// metric is an improvement.
  bool keeps_sign = false;

  bool operator()(double metric, double best) const {
    if (is_nan(best)) return true;
    const double share = best < 0 && !keeps_sign ? -relative : relative;
    return higher_is_better ? metric > best * (1 + share) + absolute : metric < best * (1 - share) - absolute;
  }
};

/// A running mean of numbers, each with a weight greater than 0. The mean of finite numbers is finite; the
/// mean of equal numbers is exact; an infinite number makes it infinite, NaN makes it NaN.
class RunningMean {
 public:
  RunningMean() = default;
  RunningMean(double mean, double weight) : mean_(mean), weight_(weight) {}

  void add(double value, double weight = 1) {
    weight_ += weight;
    if (!is_finite(value) || !is_finite(mean_)) {
      mean_ += value;
      return;
    }
    // In halves: the difference of two numbers near the largest one would overflow.
    const double half_change = (0.5 * value - 0.5 * mean_) * (weight / weight_);
    mean_ = (mean_ + half_change) + half_change;
  }
  double mean() const { return mean_; }

  template <class F>
  void for_each_state_value(F&& f) {
    f("mean", mean_);
    f("weight", weight_);
  }

 private:
  double mean_ = 0, weight_ = 0;
};

}  // namespace detail
}  // namespace descent
