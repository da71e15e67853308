// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/diagnose/loss_trace.hpp>
#include <descent/training/diagnose/update_window.hpp>
#include <descent/training/observe/update_report.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace descent::detail {

/// A summary of a run's steps: some of the first, the last 100, and the course of the losses.
class RunTrace {
 public:
  void add(const UpdateReport& update) {
    if (losses.count() == 0) {
      first_loss = update.loss;
      first_gradient = update.gradient_norm;
      first_parameters_ = update.parameter_norm;
      first_step_ = update.step;
    }
    if (early_.size() < 5)
      early_.push_back(
          {first_parameters_ > 0 ? update.update_norm / first_parameters_ : 0, update.learning_rate});
    last_step_ = update.step;
    worst_loss = std::max(worst_loss, update.loss);
    steps_above_start += update.loss > 1.5 * first_loss ? 1 : 0;
    if (update.update_ratio() > peak_ratio) {
      peak_ratio = update.update_ratio();
      peak_step = update.step;
    }
    if (!(update.learning_rate <= highest_rate_)) highest_rate_ = update.learning_rate;
    distance_ = update.parameter_norm;
    straight_distance_ = path_;
    path_ += update.update_norm;
    losses.add(update.loss);
    window.add(update);
  }

  LossTrace losses;
  UpdateWindow window{100};
  double first_loss = 0, first_gradient = 0, worst_loss = 0, peak_ratio = 0;
  std::int64_t peak_step = 0, steps_above_start = 0;

  bool from_zero() const { return first_parameters_ == 0; }
  /// For a run that starts at 0: the distance from the start divided by the length of the path; 1 if all
  /// updates have the same direction.
  double straightness() const { return straight_distance_ > 0 ? distance_ / straight_distance_ : 0; }
  /// The median length of an update relative to the parameters.
  double ratio() const { return window.median(&UpdateWindow::Entry::update_ratio); }
  /// The median of the first five update lengths, relative to the initial parameters; 0 if those are 0.
  double early_ratio() const { return median_early_step().ratio; }

  /// Whether successive gradients agree more than noise would.
  bool gradients_agree() const {
    const auto signal = window.signal();
    return signal.share > 0 && signal.errors > 2.5;
  }
  /// Whether a run from 0 still moves away from it, along gradients that agree and are not much shorter than
  /// at first.
  bool walks_straight() const {
    const auto signal = window.signal();
    return from_zero() && straightness() > 0.5 && signal.share > 0.05 && signal.errors > 2.5 &&
           window.median(&UpdateWindow::Entry::gradient_norm) > 0.3 * first_gradient;
  }
  /// Whether the run has hardly left its start, so that lowering the learning rate would not help.
  bool crawls() const {
    if (!(losses.now().mean > 0.8 * first_loss)) return false;
    if (from_zero()) return walks_straight();
    return worst_loss < 3 * first_loss && std::max(ratio(), peak_ratio / 50) < 5e-4 && peak_ratio < 0.01;
  }
  /// The fraction of the fall, in logarithms, that came after the middle of the run; 0 if the loss has not
  /// fallen.
  double late_fall() const {
    const std::size_t half = losses.bins() / 2;
    const double middle = losses.estimate(half - half / 4, half + half / 4 + 1).mean, now = losses.now().mean;
    return now > 0 && now < first_loss ? std::log(middle / now) / std::log(first_loss / now) : 0;
  }

  /// The step of the loss with this index.
  std::int64_t step_at(std::int64_t index) const {
    const std::int64_t others = losses.count() - 1;
    if (others <= 0) return first_step_;
    return first_step_ + static_cast<std::int64_t>(static_cast<double>(last_step_ - first_step_) *
                                                   static_cast<double>(index) / static_cast<double>(others));
  }
  std::int64_t step_of_bin(std::size_t bin) const { return step_at(losses.values_before(bin)); }
  std::int64_t first_step() const { return first_step_; }
  std::int64_t last_step() const { return last_step_; }

  /// A learning rate below the highest of the run, from a step whose length matched its learning rate. The
  /// steps of Sgd grow only after the first, and those of RmsProp are too long at first.
  double lower_rate() const {
    const EarlyStep first = early_.front(), median = median_early_step();
    const bool take_first = first.ratio * median.learning_rate < median.ratio * first.learning_rate;
    const EarlyStep& step = take_first ? first : median;
    const double usual = rate_for(step.ratio, step.learning_rate);
    return rounded(std::min(is_finite(usual) ? usual : highest_rate_ / 10, highest_rate_ / 3));
  }
  /// A learning rate above the highest of the run.
  double higher_rate() const {
    const double usual = from_zero() ? std::numeric_limits<double>::quiet_NaN()
                                     : rate_for(ratio(), window.latest().learning_rate);
    return rounded(std::max(is_finite(usual) ? usual : 10 * highest_rate_, 3 * highest_rate_));
  }

 private:
  /// One of the first steps; its length is relative to the initial parameters, since later ones may have
  /// exploded.
  struct EarlyStep {
    double ratio, learning_rate;
  };
  EarlyStep median_early_step() const {
    std::vector<EarlyStep> steps = early_;
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end(),
                     [](const EarlyStep& a, const EarlyStep& b) { return a.ratio < b.ratio; });
    return *middle;
  }

  /// The learning rate for steps of 0.3 % of the parameters, if `rate` gives steps of `ratio`; else NaN.
  static double rate_for(double ratio, double rate) {
    constexpr double usual = 3e-3;
    const double wanted = rate * usual / ratio;
    return is_finite(wanted) && wanted > 0 ? wanted : std::numeric_limits<double>::quiet_NaN();
  }
  /// 1, 2, 3 or 5 times a power of ten; NaN if the rule has no learning rate.
  static double rounded(double rate) {
    if (!is_finite(rate) || !(rate > 0)) return std::numeric_limits<double>::quiet_NaN();
    const double power = std::pow(10, std::floor(std::log10(rate)));
    const double digit = rate / power;
    return power * (digit < 1.5 ? 1 : digit < 2.5 ? 2 : digit < 4 ? 3 : digit < 7.5 ? 5 : 10);
  }

  std::vector<EarlyStep> early_;
  double first_parameters_ = 0, distance_ = 0, straight_distance_ = 0, path_ = 0;
  double highest_rate_ = std::numeric_limits<double>::quiet_NaN();
  std::int64_t first_step_ = 0, last_step_ = 0;
};

}  // namespace descent::detail
