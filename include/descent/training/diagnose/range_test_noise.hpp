// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace descent::detail {

/// Follows the losses of a range test: their start, their noise, and whether they have diverged.
///
/// The noise is the difference between neighbouring losses, so that a trend does not count. All thresholds
/// are multiples of the noise or of the fall: adding a constant to the loss, or multiplying it, changes
/// nothing.
class RangeTestNoise {
 public:
  /// `share`: a loss above the start by this fraction of the fall has diverged; `flat`: the number of losses,
  /// at least 2, at learning rates too low to matter.
  RangeTestNoise(double share, std::size_t flat) : share_(share), flat_(flat) {}

  /// Returns whether to stop the test.
  bool observe(double loss) {
    if (!is_finite(loss)) return true;
    if (count_ > 0) squares_.push_back(0.5 * (loss - last_) * (loss - last_));
    last_ = loss;
    weight_ = 0.9 * weight_ + 0.1;
    sum_ = 0.9 * sum_ + 0.1 * loss;
    const double mean = sum_ / weight_;
    note_highest();
    if (++count_ <= flat_) {
      start_ += (loss - start_) / static_cast<double>(count_);
      best_ = mean;
      if (count_ == flat_) highest_ = std::max(highest_, flat_square());
      return false;
    }
    return follow(mean);
  }

  /// The mean loss of the flat part.
  double start() const { return start_; }
  /// The mean square of the noise of the flat part, and of the differences between neighbours in [first,
  /// last).
  double flat_square() const { return square(0, std::min(flat_ - 1, squares_.size())); }
  double square(std::size_t first, std::size_t last) const {
    last = std::min(last, squares_.size());
    double sum = 0;
    for (std::size_t k = first; k < last; ++k) sum += squares_[k] / static_cast<double>(last - first);
    return sum;
  }
  std::size_t flat() const { return flat_; }
  /// The number of losses until they rose above the start and stayed there; all of them if they did not.
  std::size_t count_before_rise() const { return before_rise_; }

 private:
  static constexpr std::size_t window = 20, lag = 3;

  /// The noise grows with the learning rate; the last steps do not count, lest an explosion is mistaken for
  /// noise.
  void note_highest() {
    if (squares_.size() < window + lag) return;
    const std::size_t last = squares_.size() - lag;
    const double recent = square(last - window, last);
    if (is_finite(recent)) highest_ = std::max(highest_, recent);
  }

  bool follow(double mean) {
    best_ = std::min(best_, mean);
    const double error = std::sqrt(highest_ * 0.1 / 1.9);  // of a trailing mean with the weights 0.1 * 0.9^k
    const double fall = start_ - best_;
    const bool risen = mean - start_ > 6 * error;
    if (!risen) before_rise_ = count_;
    // Without a fall the test continues: only its end shows whether the loss rose from the start, or at a
    // high learning rate.
    return risen && fall > 4 * error && mean - start_ > share_ * fall;
  }

  double share_;
  std::size_t flat_, count_ = 0, before_rise_ = 0;
  double last_ = 0, weight_ = 0, sum_ = 0, start_ = 0, best_ = 0, highest_ = 0;
  std::vector<double> squares_;
};

}  // namespace descent::detail
