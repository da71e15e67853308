// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace descent {

/// Why training ended.
enum class FitStatus {
  /// All epochs were done.
  finished,
  /// The validation metric stopped getting better for `patience` epochs.
  early_stopped,
  /// A callback stopped it.
  stopped,
  /// `max_seconds` are over.
  max_seconds,
  /// A loss or a gradient, or parameters or state after an epoch, are infinite or not numbers.
  not_finite,
  /// Ctrl-C, with `stop_on_interrupt`.
  interrupted
};

/// The status as a phrase: "stopped early: no progress".
constexpr const char* to_string(FitStatus status) {
  switch (status) {
    case FitStatus::finished:
      return "finished all epochs";
    case FitStatus::early_stopped:
      return "stopped early: validation no longer gets better";
    case FitStatus::stopped:
      return "stopped by the callback";
    case FitStatus::max_seconds:
      return "stopped: max_seconds are over";
    case FitStatus::not_finite:
      return "diverged: the loss, its gradient or the parameters are not finite";
    case FitStatus::interrupted:
      return "interrupted";
  }
  return "unknown";
}

/// What `on_step` sees after each step.
struct StepReport {
  /// The epoch in this call of `fit`, counted from 1.
  std::int64_t epoch = 0;
  /// The batch just done, counted from 1, and the number of batches in the epoch. A step takes several if `fit`
  /// accumulates.
  std::int64_t batch = 0, batches = 0;
  /// Steps taken in this call of `fit`.
  std::int64_t step = 0;
  /// The loss of the batch before the step; of several the mean over their samples.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The mean loss of the samples of this epoch so far, each at the time of its step.
  double mean_loss = std::numeric_limits<double>::quiet_NaN();
  /// The rate of the step; NaN for a rule without one.
  double learning_rate = std::numeric_limits<double>::quiet_NaN();
  double seconds = 0;
};

/// A metric of `FitOptions::metrics` after an epoch.
struct MeasuredMetric {
  std::string name = {};
  double value = std::numeric_limits<double>::quiet_NaN();
};

/// What `on_epoch` sees after each epoch, and the history keeps.
struct EpochReport {
  /// The epoch in this call of `fit`, counted from 1.
  std::int64_t epoch = 0;
  /// Steps taken in this call of `fit`.
  std::int64_t step = 0;
  /// The mean over the samples of the epoch, each at the time of its step, as in Keras.
  double training_loss = std::numeric_limits<double>::quiet_NaN();
  /// The validation loss or metric after the epoch; NaN without validation or after a broken epoch.
  double validation = std::numeric_limits<double>::quiet_NaN();
  /// The other metrics, in the order of the options; none after a broken epoch.
  std::vector<MeasuredMetric> metrics = {};
  /// The rate of the epoch's last step; NaN for a rule without one.
  double learning_rate = std::numeric_limits<double>::quiet_NaN();
  /// Since training began, validation included.
  double seconds = 0;
  /// False where training ended in the middle of this epoch.
  bool complete = true;
};

/// What training did.
struct FitResult {
  FitStatus status = FitStatus::finished;
  /// Complete epochs.
  std::int64_t epochs = 0;
  std::int64_t steps = 0;
  /// Steps that were not taken because of WhenNotFinite::skip.
  std::int64_t skipped_steps = 0;
  double seconds = 0;
  /// The epoch with the best validation metric (or training loss, where there is no validation); 0 if none.
  std::int64_t best_epoch = 0;
  /// That metric.
  double best_metric = std::numeric_limits<double>::quiet_NaN();
  /// An entry for each epoch, also for one that was broken off after some steps.
  std::vector<EpochReport> history = {};
};

/// "epoch 3/10: loss 0.0123, validation 0.0456, rate 0.001, 1.2 s"; what is NaN is left out.
inline std::string to_string(const EpochReport& epoch, std::int64_t epochs) {
  std::string line = detail::formatted("epoch %d/%d", {epoch.epoch, epochs});
  auto add = [&](const char* format, double value) { line += detail::formatted(format, {value}); };
  add(": loss %.4g", epoch.training_loss);
  if (!is_nan(epoch.validation)) add(", validation %.4g", epoch.validation);
  for (const MeasuredMetric& metric : epoch.metrics)
    line += detail::formatted(", %s %.4g", {metric.name, metric.value});
  if (!is_nan(epoch.learning_rate)) add(", rate %.3g", epoch.learning_rate);
  add(", %.1f s", epoch.seconds);
  return line;
}

/// "stopped early: validation no longer gets better; best epoch 7 (0.0456) of 12, 1200 steps, 3.4 s".
inline std::string to_string(const FitResult& result) {
  return to_string(result.status) + detail::formatted("; best epoch %d (%.4g) of %d, %d steps, %.3g s",
                                                      {result.best_epoch, result.best_metric, result.epochs,
                                                       result.steps, result.seconds});
}

}  // namespace descent
