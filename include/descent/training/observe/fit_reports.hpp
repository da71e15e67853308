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
  /// The validation metric did not improve for `patience` epochs.
  early_stopped,
  /// A callback stopped it.
  stopped,
  /// `max_seconds` have passed.
  max_seconds,
  /// A loss or a gradient is infinite or NaN, or parameters or state are after an epoch.
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

/// The argument of `on_step`, after each step.
struct StepReport {
  /// The epoch in this call of `fit`, counted from 1.
  std::int64_t epoch = 0;
  /// The last batch, counted from 1, and the number of batches in the epoch. If `fit` accumulates, a step
  /// takes several batches.
  std::int64_t batch = 0, batches = 0;
  /// Steps taken in this call of `fit`.
  std::int64_t step = 0;
  /// The loss of the batch before the step; for several batches the mean over their samples.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The mean loss of this epoch's samples so far, each before its step.
  double mean_loss = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate of the step; NaN for a rule without one.
  double learning_rate = std::numeric_limits<double>::quiet_NaN();
  double seconds = 0;
};

/// A metric of `FitOptions::metrics` after an epoch.
struct MeasuredMetric {
  std::string name = {};
  double value = std::numeric_limits<double>::quiet_NaN();
};

/// The argument of `on_epoch`, after each epoch; an entry of the history.
struct EpochReport {
  /// The epoch in this call of `fit`, counted from 1.
  std::int64_t epoch = 0;
  /// Steps taken in this call of `fit`.
  std::int64_t step = 0;
  /// The mean loss of the epoch's samples, each before its step, as in Keras.
  double training_loss = std::numeric_limits<double>::quiet_NaN();
  /// The validation loss or metric after the epoch; NaN without validation or after an incomplete epoch.
  double validation = std::numeric_limits<double>::quiet_NaN();
  /// The other metrics, in the order of the options; empty after an incomplete epoch.
  std::vector<MeasuredMetric> metrics = {};
  /// The learning rate of the epoch's last step; NaN for a rule without one.
  double learning_rate = std::numeric_limits<double>::quiet_NaN();
  /// Since training began, including validation.
  double seconds = 0;
  /// False if training ended in the middle of this epoch.
  bool complete = true;
};

/// The result of a training.
struct FitResult {
  FitStatus status = FitStatus::finished;
  /// Complete epochs.
  std::int64_t epochs = 0;
  std::int64_t steps = 0;
  /// Steps that WhenNotFinite::skip skipped.
  std::int64_t skipped_steps = 0;
  double seconds = 0;
  /// The epoch with the best validation metric (or, without validation, training loss); 0 if there is none.
  std::int64_t best_epoch = 0;
  /// That metric.
  double best_metric = std::numeric_limits<double>::quiet_NaN();
  /// An entry for each epoch, including one that ended early.
  std::vector<EpochReport> history = {};
};

/// "epoch 3/10: loss 0.0123, validation 0.0456, rate 0.001, 1.2 s"; omits values that are NaN.
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
