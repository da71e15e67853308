// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/dataset.hpp>
#include <descent/training/evaluation_visit.hpp>
#include <descent/training/fit_options.hpp>
#include <descent/training/fit_windows.hpp>
#include <descent/training/metric.hpp>
#include <descent/training/model.hpp>
#include <descent/training/norms.hpp>
#include <descent/training/objective_step.hpp>
#include <descent/training/optimizer_for.hpp>
#include <descent/training/parameter_copy.hpp>
#include <descent/training/samples.hpp>
#include <descent/training/stopwatch.hpp>
#include <descent/training/update_observer.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace descent::detail {

/// One training by `fit`. Keeps one copy of the parameters: with early stopping those of the best epoch, else those
/// after the last epoch without a fault; with an evaluation point those there.
template <class Model, class Data, class O>
class Training {
  using Tree = TreeOf<Model>;

 public:
  Training(Model& model, Data& data, O& optimizer, const FitOptions<Model>& options)
      : model_(model),
        parameters_(tree_of(model)),
        optimizer_(optimizer),
        options_(options),
        batches_(static_cast<std::int64_t>(data.size()), options.batches()),
        read_(data, options.batch_size),
        gradient_(zeros_like(std::as_const(parameters_))),
        kept_(parameters_),
        stopping_{.patience = std::max<std::int64_t>(1, options.patience),
                  .minimum_change = options.minimum_change,
                  .higher_is_better = options.higher_is_better,
                  .not_finite = NotFiniteMetric::ignore},
        progress_(options.progress, options.progress_output, options.epochs),
        windows_(options.accumulate),
        window_loss_(model, windows_.accumulates()),
        first_epoch_(windows_.epochs(attempts(), batches_.count())) {
    kept_.store(parameters_);
    if (options.on_update) observer_.emplace(parameters_);
    result_.history.reserve(static_cast<std::size_t>(std::min<std::int64_t>(options.epochs, 1000)));
  }

  FitResult run() {
    std::optional<FitStatus> status;
    while (!status) status = result_.epochs < options_.epochs ? run_epoch() : FitStatus::finished;
    result_.status = *status;
    leave_parameters();
    result_.seconds = stopwatch_.seconds();
    result_.best_epoch = stopping_.state.best_observation;
    result_.best_metric = stopping_.state.best;
    progress_.end(result_);
    return std::move(result_);
  }

 private:
  /// The status if training ends with this epoch.
  std::optional<FitStatus> run_epoch() {
    EpochReport epoch{.epoch = result_.epochs + 1};
    std::optional<FitStatus> status = take_steps(epoch);
    epoch.complete = step_.batch == batches_.count() && status != FitStatus::not_finite;
    if (epoch.complete && !all_finite(parameters_)) {
      status = FitStatus::not_finite;
      epoch.complete = false;
    }
    const bool stop = report(epoch);
    if (status) return status;
    if (options_.stops_early() && stopping_.should_stop()) return FitStatus::early_stopped;
    if (stop) return FitStatus::stopped;
    return {};
  }

  /// Measures the epoch and reports it; returns whether a callback stops training.
  bool report(EpochReport& epoch) {
    const EvaluationVisit visit(optimizer_, parameters_, epoch.complete && options_.use_evaluation_point);
    if (epoch.complete) {
      ++result_.epochs;
      observe(epoch);
    }
    epoch.seconds = stopwatch_.seconds();
    result_.history.push_back(epoch);
    progress_.epoch(epoch);
    return options_.on_epoch(epoch);
  }

  /// The steps that the optimizer was asked for, those that a rule refused included.
  std::int64_t attempts() const { return optimizer_.steps() + optimizer_.skipped_steps(); }

  /// The steps of an epoch, up to where it is broken off.
  std::optional<FitStatus> take_steps(EpochReport& epoch) {
    batches_.start_epoch(first_epoch_ + result_.epochs);
    step_ = {.epoch = epoch.epoch, .batches = batches_.count(), .step = result_.steps};
    RunningMean mean;
    while (step_.batch < step_.batches) {
      const bool finite = take_step(mean);
      epoch.step = result_.steps;
      epoch.training_loss = step_.mean_loss = mean.mean();
      epoch.learning_rate = step_.learning_rate;
      if (!finite) return FitStatus::not_finite;
      progress_.step(step_);
      const bool stop = observer_ && options_.on_update(observer_->report());
      if (options_.on_step(step_) || stop) return FitStatus::stopped;
      if (options_.max_seconds && step_.seconds >= *options_.max_seconds) return FitStatus::max_seconds;
    }
    return {};
  }

  /// One step along the next batches; false, and no step, if a loss is not finite.
  bool take_step(RunningMean& mean) {
    const BatchWindow window{step_.batch, std::min(step_.batches, step_.batch + windows_.at(attempts()))};
    step_.learning_rate = learning_rate_of(optimizer_);
    step_.loss = window_loss_.evaluate(batches_, read_, window, gradient_, [&](double loss, auto samples) {
      mean.add(loss, static_cast<double>(samples));
      ++step_.batch;
    });
    if (!is_finite(step_.loss)) return false;
    auto loss_nearby = [&](const auto&, auto& gradient) {
      return window_loss_.evaluate(batches_, read_, window, gradient, [](double, auto) {});
    };
    auto step = [&] { step_from_known(optimizer_, parameters_, loss_nearby, step_.loss, gradient_); };
    if (observer_) {
      observer_->observe(optimizer_, parameters_, gradient_, step_.loss, step);
    } else {
      step();
    }
    step_.step = ++result_.steps;
    step_.seconds = stopwatch_.seconds();
    return true;
  }

  /// What the epoch was worth, and whether its parameters are to be kept.
  void observe(EpochReport& epoch) {
    if (options_.validation) epoch.validation = options_.validation(model_, gradient_, options_.batch_size);
    for (const auto& metric : options_.metrics)
      epoch.metrics.push_back({metric.name, metric.measure(model_, gradient_, options_.batch_size)});
    stopping_.observe(options_.validation ? epoch.validation : epoch.training_loss);
    if (!options_.stops_early() || stopping_.is_best()) kept_.store(parameters_);
  }

  /// Leaves the last good parameters after a fault, the best ones after early stopping, else the evaluation point.
  void leave_parameters() {
    const bool has_best =
        options_.stops_early() && options_.restore_best && stopping_.state.best_observation > 0;
    if (options_.stepped_parameters != nullptr) {
      auto copy = [](auto& to, const auto& block) { to = block; };
      walk(copy, *options_.stepped_parameters, std::as_const(parameters_));
    }
    if (result_.status == FitStatus::not_finite || has_best) {
      kept_.restore(parameters_);
    } else {
      EvaluationVisit(optimizer_, parameters_, options_.use_evaluation_point).stay();
    }
  }

  Model& model_;
  Tree& parameters_;
  O& optimizer_;
  const FitOptions<Model>& options_;
  MiniBatches batches_;
  BatchReader<Data> read_;
  ModelGradient<Model> gradient_;
  ParameterCopy<Tree> kept_;
  std::optional<UpdateObserver<Tree>> observer_;
  EarlyStopping stopping_;
  ProgressWriter progress_;
  WindowSizes windows_;
  WindowLoss<Model, ModelGradient<Model>> window_loss_;
  std::int64_t first_epoch_;
  StepReport step_;
  FitResult result_;
  Stopwatch stopwatch_;
};

}  // namespace descent::detail
