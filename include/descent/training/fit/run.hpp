// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/adapt/metric.hpp>
#include <descent/training/fit/finite_checks.hpp>
#include <descent/training/fit/interrupt.hpp>
#include <descent/training/fit/options.hpp>
#include <descent/training/fit/saver.hpp>
#include <descent/training/fit/windows.hpp>
#include <descent/training/observe/update_observer.hpp>
#include <descent/training/problem/dataset.hpp>
#include <descent/training/problem/model.hpp>
#include <descent/training/problem/samples.hpp>
#include <descent/training/support/evaluation_visit.hpp>
#include <descent/training/support/norms.hpp>
#include <descent/training/support/objective_step.hpp>
#include <descent/training/support/optimizer_for.hpp>
#include <descent/training/support/parameter_copy.hpp>
#include <descent/training/support/stopwatch.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace descent::detail {

/// One training by `fit`. Keeps one copy of the parameters: with early stopping those of the best epoch, else
/// those after the last epoch without a fault; with an evaluation point, of that point.
template <class Model, class Data, class O>
class Training {
  using Tree = TreeOf<Model>;

 public:
  Training(Model& model, Data& data, O& optimizer, const FitOptions<Model>& options)
      : model_(model),
        parameters_(tree_of(model)),
        optimizer_(optimizer),
        options_(options),
        samples_(static_cast<std::int64_t>(data.size())),
        batches_(samples_, options.batches()),
        read_(data, options.batch_size),
        gradient_(zeros_like(std::as_const(parameters_))),
        kept_(parameters_),
        stopping_{.patience = options.patience.value_or(1),
                  .min_change = options.min_change,
                  .higher_is_better = options.higher_is_better,
                  .not_finite = NotFiniteMetric::ignore},
        progress_(options.progress, options.progress_output, options.epochs),
        windows_(options.accumulate),
        window_loss_(model, windows_.accumulates()),
        first_epoch_(windows_.epochs(attempts(), batches_.count())) {
    kept_.store(parameters_);
    if (options.on_update) observer_.emplace(parameters_);
    if (options.stop_on_interrupt) interrupt_.emplace();
    if (options.checkpoint.is_on()) prepare_saving();
    result_.history.reserve(static_cast<std::size_t>(std::min<std::int64_t>(options.epochs, 1000)));
  }

  FitResult run() {
    std::optional<FitStatus> status;
    while (!status) status = run_next();
    result_.status = *status;
    if (status != FitStatus::not_finite) save();
    leave_parameters();
    result_.seconds = stopwatch_.seconds();
    result_.best_epoch = stopping_.state.best_observation;
    result_.best_metric = stopping_.state.best;
    progress_.end(result_);
    return std::move(result_);
  }

 private:
  /// Runs the next epoch, unless training ends here. A training may be resumed at its end.
  std::optional<FitStatus> run_next() {
    if (options_.stops_early() && stopping_.should_stop()) return FitStatus::early_stopped;
    if (result_.epochs >= options_.epochs) return FitStatus::finished;
    return run_epoch();
  }

  /// Runs an epoch; returns the status if training ends with it.
  std::optional<FitStatus> run_epoch() {
    EpochReport epoch{.epoch = result_.epochs + 1};
    std::optional<FitStatus> status = take_steps(epoch);
    epoch.complete = step_.batch == batches_.count() && status != FitStatus::not_finite;
    if (epoch.complete && !ends_finite(epoch)) {
      status = FitStatus::not_finite;
      epoch.complete = false;
    }
    const bool stop = report(epoch);
    if (status) return status;
    if (options_.stops_early() && stopping_.should_stop()) return FitStatus::early_stopped;
    if (stop) return FitStatus::stopped;
    if (saver_ && saver_->is_due_after_epoch(result_.epochs, result_.steps, stopwatch_.seconds())) save();
    return {};
  }

  /// Whether parameters and state are finite, and a step was taken.
  bool ends_finite(const EpochReport& epoch) {
    if (options_.when_not_finite == WhenNotFinite::propagate) return true;
    if (options_.when_not_finite == WhenNotFinite::skip && epoch.step == steps_before_epoch_) return false;
    const bool finite = stands_finite();
    if (!finite && options_.when_not_finite == WhenNotFinite::fail) fail_after_epoch(epoch.epoch);
    return finite;
  }

  bool stands_finite() { return all_finite(parameters_) && is_state_finite(optimizer_); }

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

  /// The number of steps attempted, including those that a rule refused or `skip` left out.
  std::int64_t attempts() const { return optimizer_.steps() + optimizer_.skipped_steps(); }

  /// Takes the steps of an epoch, until it ends or is stopped.
  std::optional<FitStatus> take_steps(EpochReport& epoch) {
    begin_epoch(epoch.epoch);
    while (step_.batch < step_.batches) {
      const bool finite = take_step();
      epoch.step = result_.steps;
      epoch.training_loss = step_.mean_loss = mean_.mean();
      epoch.learning_rate = step_.learning_rate;
      if (!finite) return FitStatus::not_finite;
      progress_.step(step_);
      const bool stop = observer_ && options_.on_update(observer_->report());
      if (options_.on_step(step_) || stop) return FitStatus::stopped;
      if (interrupt_ && interrupt_->is_requested()) return FitStatus::interrupted;
      if (options_.max_seconds && step_.seconds >= *options_.max_seconds) return FitStatus::max_seconds;
      const bool ends_epoch =
          step_.batch == step_.batches;  // then `run_epoch` saves, after the epoch is counted
      if (saver_ && !ends_epoch && saver_->is_due_after_step(result_.steps, step_.seconds)) save();
    }
    return {};
  }

  /// Starts at the first batch, or after those that were done before the training was resumed.
  void begin_epoch(std::int64_t epoch) {
    batches_.start_epoch(first_epoch_ + result_.epochs);
    step_ = {.epoch = epoch, .batch = begin_batch_, .batches = batches_.count(), .step = result_.steps};
    if (begin_batch_ == 0) {
      mean_ = {};
      steps_before_epoch_ = result_.steps;
    }
    begin_batch_ = 0;
  }

  /// Takes one step along the next batches; returns false, without a step, if training must end because a
  /// number is not finite.
  bool take_step() {
    const BatchWindow window{step_.batch, std::min(step_.batches, step_.batch + windows_.at(attempts()))};
    const RunningMean mean_before = mean_;
    step_.learning_rate = learning_rate_of(optimizer_);
    step_.loss = window_loss_.evaluate(batches_, read_, window, gradient_, [&](double loss, auto samples) {
      mean_.add(loss, static_cast<double>(samples));
      ++step_.batch;
    });
    if (options_.when_not_finite != WhenNotFinite::propagate &&
        !is_step_finite(optimizer_, step_.loss, gradient_)) {
      if (options_.when_not_finite == WhenNotFinite::fail) fail_step(step_.loss, gradient_, result_.steps);
      if (options_.when_not_finite == WhenNotFinite::stop) return false;
      skip_step(window, mean_before);
      return true;
    }
    update_parameters(window);
    step_.step = ++result_.steps;
    step_.seconds = stopwatch_.seconds();
    return true;
  }

  /// Continues after a window without a step.
  void skip_step(const BatchWindow& window, const RunningMean& mean_before) {
    mean_ = mean_before;
    step_.batch = window.last;
    ++result_.skipped_steps;
    if constexpr (requires { optimizer_.skip_step(); })
      optimizer_.skip_step();  // the next fit counts epochs by it
    step_.seconds = stopwatch_.seconds();
  }

  void update_parameters(const BatchWindow& window) {
    auto loss_nearby = [&](const auto&, auto& gradient) {
      return window_loss_.evaluate(batches_, read_, window, gradient, [](double, auto) {});
    };
    auto step = [&] { step_from_known(optimizer_, parameters_, loss_nearby, step_.loss, gradient_); };
    if (observer_) {
      observer_->observe(optimizer_, parameters_, gradient_, step_.loss, step);
    } else {
      step();
    }
  }

  void prepare_saving() {
    saver_.emplace(options_.checkpoint, optimizer_, parameters_, kept_);
    FitPosition& position = saver_->position;
    position.order = {samples_, options_.batch_size, options_.seed, options_.shuffle,
                      options_.keep_partial_batch};
    position.judgement = {bool(options_.validation), options_.higher_is_better, options_.stops_early()};
    position.expect(batches_.count(), options_.metrics.size());
    if (!options_.resume) return saver_->refuse_newer_than(attempts());
    if (saver_->resume()) go_on();
  }
  /// Continues from the loaded position.
  void go_on() {
    const FitPosition& position = saver_->position;
    std::vector<std::string> names;
    for (const auto& metric : options_.metrics) names.push_back(metric.name);
    result_.history = position.history.reports(names);
    result_.epochs = position.epochs;
    result_.steps = position.steps;
    result_.skipped_steps = position.skipped_steps;
    begin_batch_ = step_.batch = position.batch;
    step_.batches = batches_.count();
    steps_before_epoch_ = position.steps_before_epoch;
    first_epoch_ = position.first_epoch;
    mean_ = position.mean;
    stopping_.state = position.stopping.state;
  }
  /// Saves, unless a number is not finite: then the previous file is worth more.
  void save() {
    if (!saver_ || (options_.when_not_finite != WhenNotFinite::propagate && !stands_finite())) return;
    FitPosition& position = saver_->position;
    position.epochs = result_.epochs;
    position.steps = result_.steps;
    position.skipped_steps = result_.skipped_steps;
    position.batch = step_.batch == step_.batches ? 0 : step_.batch;
    position.steps_before_epoch = steps_before_epoch_;
    position.first_epoch = first_epoch_;
    position.mean = mean_;
    position.stopping = stopping_;
    position.history.take(result_.history);
    saver_->save(attempts(), result_.steps, stopwatch_.seconds());
  }

  /// Judges the epoch, and decides whether to copy its parameters.
  void observe(EpochReport& epoch) {
    if (options_.validation) epoch.validation = options_.validation(model_, gradient_, options_.batch_size);
    for (const auto& metric : options_.metrics)
      epoch.metrics.push_back({metric.name, metric.measure(model_, gradient_, options_.batch_size)});
    stopping_.observe(options_.validation ? epoch.validation : epoch.training_loss);
    if (!options_.stops_early() || stopping_.is_best()) kept_.store(parameters_);
  }

  /// Ends with the last good parameters after a fault, the best ones after early stopping, else the
  /// evaluation point.
  void leave_parameters() {
    const bool has_best =
        options_.stops_early() && options_.restore_best && stopping_.state.best_observation > 0;
    if (options_.stepped_parameters != nullptr) {
      walk([](auto& to, const auto& block) { to = block; }, *options_.stepped_parameters,
           std::as_const(parameters_));
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
  std::int64_t samples_;
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
  std::int64_t begin_batch_ = 0;  // of the next epoch, some of whose batches may be done
  std::int64_t steps_before_epoch_ = 0;
  RunningMean mean_;  // of the losses of the epoch
  StepReport step_;
  FitResult result_;
  std::optional<FitSaver<O, Tree>> saver_;
  std::optional<StopOnInterrupt> interrupt_;
  Stopwatch stopwatch_;
};

}  // namespace descent::detail
