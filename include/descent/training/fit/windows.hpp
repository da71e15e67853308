// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/schedule.hpp>
#include <descent/training/adapt/metric.hpp>
#include <descent/training/problem/gradient_accumulator.hpp>
#include <descent/training/problem/mini_batches.hpp>
#include <descent/training/problem/model.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

// The windows of batches whose gradients make one step of `fit`.

namespace descent::detail {

/// Consecutive batches of an epoch, from `first` to `last` - 1.
struct BatchWindow {
  std::int64_t first = 0, last = 0;
};

/// The sizes of the windows of a training, by step number.
class WindowSizes {
 public:
  /// Errors: std::invalid_argument if the first size is below 1.
  explicit WindowSizes(const Schedule& accumulate) : accumulate_(accumulate) { at(0); }

  /// The number of batches of a step, counted from 0. Errors: std::invalid_argument if it is below 1.
  std::int64_t at(std::int64_t step) const {
    Check("fit", step)("accumulate", accumulate_, legal::at_least(1));
    return static_cast<std::int64_t>(accumulate_(step));
  }
  bool accumulates() const { return !accumulate_.is_constant() || at(0) > 1; }

  /// The number of whole epochs in this number of steps.
  std::int64_t epochs(std::int64_t steps, std::int64_t batches) const {
    if (batches == 0) return 0;
    if (accumulate_.is_constant()) return steps / ((batches + at(0) - 1) / at(0));
    std::int64_t epochs = 0, done = 0;
    for (std::int64_t step = 0; step < steps; ++step) {
      done += at(step);
      if (done < batches) continue;
      ++epochs;
      done = 0;
    }
    return epochs;
  }

 private:
  const Schedule& accumulate_;
};

/// The loss and the gradient of a window: the means over its batches.
template <class Model, class Gradient>
class WindowLoss {
 public:
  WindowLoss(Model& model, bool accumulates) : model_(model) {
    if (!accumulates) return;
    const auto& tree = tree_of(model);
    sums_.emplace(tree, AccumulationOptions{.every = static_cast<double>(std::numeric_limits<int>::max())});
    scratch_.emplace(zeros_like(tree));
  }

  /// The mean loss of the samples; stops at a loss that is not finite. Calls `each(loss, samples)` for every
  /// batch.
  template <class Read, class F>
  double evaluate(const MiniBatches& batches, Read& read, const BatchWindow& window, Gradient& gradient,
                  F&& each) {
    const bool alone = window.last - window.first == 1;
    if (!alone) sums_->clear();
    RunningMean mean;
    for (std::int64_t k = window.first; k < window.last; ++k) {
      const auto samples = batches[k];
      decltype(auto) batch = read(samples);
      const double loss = batch_loss(model_, batch, alone ? gradient : *scratch_);
      mean.add(loss, static_cast<double>(samples.size()));
      each(loss, samples.size());
      if (!is_finite(loss)) return loss;
      if (!alone) sums_->add(*scratch_);
    }
    if (alone) return mean.mean();
    sums_->finish();
    walk([](auto& block, const auto& value) { block = value; }, gradient, sums_->gradient());
    return mean.mean();
  }

 private:
  Model& model_;
  std::optional<GradientAccumulator<Gradient>> sums_;
  std::optional<Gradient> scratch_;
};

}  // namespace descent::detail
