// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/schedule.hpp>
#include <descent/training/adapt/early_stopping.hpp>
#include <descent/training/fit/checkpoint.hpp>
#include <descent/training/fit/validation.hpp>
#include <descent/training/fit/when_not_finite.hpp>
#include <descent/training/observe/callback.hpp>
#include <descent/training/observe/fit_reports.hpp>
#include <descent/training/observe/progress.hpp>
#include <descent/training/observe/update_report.hpp>
#include <descent/training/problem/mini_batches.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace descent {

/// How `fit` trains a model of type Model.
template <class Model>
struct FitOptions {
  std::int64_t epochs = 10;      ///< passes over the data in this call, not negative
  std::int64_t batch_size = 32;  ///< at least 1; above the number of samples: one batch of all
  /// The number of batches whose mean gradient makes a step, at least 1; a schedule of the steps.
  /// `batch_size` 32 and `accumulate` 4 step as a batch size of 128 would, in the memory of 32. The last step
  /// of an epoch takes the remaining batches. `on_step` is called for each step, not for each batch.
  Schedule accumulate = 1.0;
  std::uint64_t seed = 0;             ///< chooses the order of the samples
  Validation<Model> validation = {};  ///< a data set or a metric, measured after each epoch; see Validation
  /// More data sets or metrics to measure after each epoch, by name, reported in `EpochReport::metrics`; they
  /// affect nothing: `{{"accuracy", [&](const Network& n) { return accuracy(n); }}}`.
  std::vector<NamedValidation<Model>> metrics = {};
  /// Stops after this number of consecutive epochs without improvement of the validation (or, without
  /// validation, of the training loss) and restores the parameters of the best epoch; at least 1; by default
  /// neither. An epoch whose validation is not finite does not count.
  std::optional<std::int64_t> patience = {};
  double min_change = 0;          ///< a smaller change is not an improvement, not negative
  bool higher_is_better = false;  ///< for validation metrics such as accuracy
  bool restore_best = true;       ///< with `patience`, ends with the parameters of the best epoch (in Keras:
                                  ///< false)
  /// Whether `fit` validates a rule's evaluation point (Ema, Swa, Asgd, schedule-free rules, Lookahead), uses
  /// it for early stopping and leaves it in the model at the end. Then changes of the parameters by
  /// `on_epoch` are undone. To continue with the same `Optimizer` in a later call, set it to false, or
  /// continue from `stepped_parameters`.
  bool use_evaluation_point = true;
  /// A tree from `zeros_like`, which receives the parameters after the last step: their final values if there
  /// is neither an evaluation point nor early stopping.
  detail::ModelGradient<Model>* stepped_parameters = nullptr;
  bool shuffle = true;                     ///< each epoch takes the samples in a different order
  bool keep_partial_batch = true;          ///< the remaining samples form a smaller last batch
  std::optional<double> max_seconds = {};  ///< Tested after each step; not negative. The time of this call,
                                           ///< also if it resumes an earlier one.
  FitCheckpoint checkpoint = {};  ///< When and where to save the state of the training: `{.path = "run",
                                  ///< .every_epochs = 1, .keep = 3}`.
  /// Whether to continue from the newest complete checkpoint, also in the middle of an epoch, with the same
  /// order of samples: the end has the same bytes as that of a run that was never stopped. `epochs` includes
  /// those before. Starts a new training if there is no file; it is an error if no file is complete.
  bool resume = false;
  /// Whether, on Ctrl-C (SIGINT) or SIGTERM, `fit` finishes the step, saves a checkpoint and returns
  /// FitStatus::interrupted; a second signal of the same kind ends the program.
  bool stop_on_interrupt = false;
  /// The reaction to a loss or a gradient that is not finite.
  WhenNotFinite when_not_finite = WhenNotFinite::stop;
  Callback<StepReport> on_step = {};    ///< called after each step; true stops
  Callback<EpochReport> on_epoch = {};  ///< called after each epoch, also an incomplete one; true stops
  /// Called after each step with its effects on the parameters, block by block, before `on_step`; true stops.
  /// Costs a copy of the parameters and one of the gradient, and five passes over them per step; nothing if
  /// it is not set.
  Callback<UpdateReport> on_update = {};
  /// What to show; automatic: a bar if the standard error is a terminal, a line for each epoch if there is a
  /// `progress_output`, else nothing.
  Progress progress = Progress::automatic;
  ProgressOutput progress_output = {};  ///< where to show it; by default the standard error

  /// Errors: std::invalid_argument "descent: fit: batch_size is 0, must be at least 1 and finite".
  void check(const Check& check) const {
    check("epochs", static_cast<double>(epochs), legal::at_least(0));
    batches().check(check);
    check("accumulate", accumulate, legal::at_least(1));
    for (const auto& metric : metrics)
      check.that(!metric.name.empty() && metric.measure,
                 "each of metrics needs a name and something to measure");
    if (patience) check("patience", static_cast<double>(*patience), legal::at_least(1));
    check("min_change", min_change, legal::non_negative);
    check.that(!higher_is_better || validation, "higher_is_better is set, but there is no validation metric");
    if (max_seconds) check("max_seconds", *max_seconds, legal::non_negative);
    checkpoint.check(check);
    check.that(!resume || checkpoint.is_on(), "resume is set, but checkpoint has no path");
  }

  MiniBatchOptions batches() const {
    return {
        .batch_size = batch_size, .seed = seed, .shuffle = shuffle, .keep_partial_batch = keep_partial_batch};
  }

  /// Whether training may end before all epochs if it does not improve.
  bool stops_early() const { return patience.has_value(); }
};

}  // namespace descent
