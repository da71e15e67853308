// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/adapt/metric.hpp>
#include <descent/training/adapt/slope_test.hpp>
#include <descent/training/observe/fit_reports.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace descent::detail {

/// Losses of training and validation by epoch, and whether they diverge.
class ValidationTrace {
 public:
  void add(const EpochReport& epoch) {
    if (!epoch.complete || !is_finite(epoch.validation) || !is_finite(epoch.training_loss)) return;
    training_.push_back(epoch.training_loss);
    validation_.push_back(epoch.validation);
    steps_.push_back(epoch.step);
  }

  /// The number of steps at the end of an epoch, counted from 0.
  std::int64_t step_of(std::size_t epoch) const { return steps_[epoch]; }
  /// Like above, for the epoch `before` epochs before the last.
  std::int64_t last_step(std::size_t before) const { return steps_[steps_.size() - 1 - before]; }

  struct Parting {
    std::size_t epochs_since_best;
    double best, now, training_then, training_now;
  };

  /// Whether validation has risen since the best epoch, at least five ago: the line through it rises
  /// significantly, its end is a fifth above the best, and training fell by a tenth meanwhile.
  std::optional<Parting> parting() const {
    std::size_t best = 0;
    for (std::size_t k = 0; k < validation_.size(); ++k)
      if (validation_[k] < validation_[best]) best = k;
    if (validation_.size() < best + 6) return {};
    const std::size_t since = validation_.size() - 1 - best;
    const auto rise = slope_test({validation_.data() + best, validation_.size() - best});
    const Parting found{since, validation_[best], mean_of_last(validation_, 3), training_[best],
                        mean_of_last(training_, 3)};
    const bool rises = rise.falling_probability < 0.01 && found.now - found.best > 0.2 * std::abs(found.best);
    const bool falls = found.training_then - found.training_now > 0.1 * std::abs(found.training_then);
    if (!rises || !falls) return {};
    return found;
  }

  struct Gap {
    double training, validation;
    std::size_t since;  // epoch, counted from 1
  };

  /// Whether validation has been at least three times as high as training for the last five epochs, by a
  /// quarter of the first training loss. Only if both started at similar values: a validation metric has a
  /// different scale.
  std::optional<Gap> gap() const {
    if (training_.size() < 6 || !(training_.front() > 0)) return {};
    const double began = validation_.front() / training_.front();
    if (!(began > 0.2 && began < 5)) return {};
    std::size_t since = training_.size();
    while (since > 0 && parted(since - 1)) --since;
    if (since + 5 > training_.size()) return {};
    return Gap{mean_of_last(training_, 3), mean_of_last(validation_, 3), since + 1};
  }

 private:
  bool parted(std::size_t epoch) const {
    const double training = training_[epoch], validation = validation_[epoch];
    return validation > 3 * training && validation - training > 0.25 * training_.front();
  }

  static double mean_of_last(const std::vector<double>& values, std::size_t count) {
    RunningMean mean;
    for (std::size_t k = values.size() - count; k < values.size(); ++k) mean.add(values[k]);
    return mean.mean();
  }

  std::vector<double> training_, validation_;
  std::vector<std::int64_t> steps_;
};

}  // namespace descent::detail
