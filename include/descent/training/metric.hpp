// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>

#include <limits>
#include <string>

namespace descent {

/// What objects that listen to a metric do with one that is infinite or not a number. It says nothing of
/// progress, so it is never counted as an observation without any.
enum class NotFiniteMetric {
  /// An error: std::invalid_argument, and nothing has been counted.
  refuse,
  /// Passed over, as if it had not come.
  ignore
};

namespace detail {

/// False where the metric is to be passed over.
inline bool takes_metric(const Check& check, double metric, NotFiniteMetric choice) {
  if (is_finite(metric)) return true;
  if (choice == NotFiniteMetric::refuse) [[unlikely]]
    check.fail("the metric is " + text_of(metric) +
               ", must be finite (or set not_finite = NotFiniteMetric::ignore)");
  return false;
}

/// Whether a metric beats the best one so far by both thresholds; NaN stands for none so far, which PyTorch
/// and Optax write as an infinity, with all that follows where the relative threshold is 1 or more.
struct Improvement {
  double relative = 0, absolute = 0;
  bool higher_is_better = false;

  bool operator()(double metric, double best) const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (higher_is_better) return metric > (is_nan(best) ? -infinity : best) * (1 + relative) + absolute;
    return metric < (is_nan(best) ? infinity : best) * (1 - relative) - absolute;
  }
};

}  // namespace detail
}  // namespace descent
