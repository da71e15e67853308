// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/dataset.hpp>
#include <descent/training/fit_options.hpp>
#include <descent/training/model.hpp>
#include <descent/training/norms.hpp>
#include <descent/training/optimizer_for.hpp>
#include <descent/training/parameter_copy.hpp>
#include <descent/training/samples.hpp>
#include <descent/training/stopwatch.hpp>
#include <descent/training/update_observer.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace descent {
namespace detail {

/// One training. Keeps one copy of the parameters: those of the best epoch where early stopping is on,
/// else those after the last epoch without a fault.
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
        first_epoch_(optimizer.steps() / std::max<std::int64_t>(1, batches_.count())) {
    kept_.store(parameters_);
    if (options.on_update) observer_.emplace(parameters_);
    result_.history.reserve(static_cast<std::size_t>(std::min<std::int64_t>(options.epochs, 1000)));
  }

  FitResult run() {
    std::optional<FitStatus> status;
    while (!status) status = result_.epochs < options_.epochs ? run_epoch() : FitStatus::finished;
    result_.status = *status;
    restore();
    result_.seconds = stopwatch_.seconds();
    result_.best_epoch = stopping_.state.best_observation;
    result_.best_metric = stopping_.state.best;
    progress_.end(result_);
    return std::move(result_);
  }

 private:
  /// The status where training ends with this epoch.
  std::optional<FitStatus> run_epoch() {
    EpochReport epoch{.epoch = result_.epochs + 1};
    std::optional<FitStatus> status = take_steps(epoch);
    epoch.complete = step_.batch == batches_.count() && status != FitStatus::not_finite;
    if (epoch.complete && !all_finite(parameters_)) {
      status = FitStatus::not_finite;
      epoch.complete = false;
    }
    if (epoch.complete) {
      ++result_.epochs;
      observe(epoch);
    }
    epoch.seconds = stopwatch_.seconds();
    result_.history.push_back(epoch);
    progress_.epoch(epoch);
    const bool stop = options_.on_epoch(epoch);
    if (status) return status;
    if (options_.stops_early() && stopping_.should_stop()) return FitStatus::early_stopped;
    if (stop) return FitStatus::stopped;
    return {};
  }

  /// The steps of an epoch, up to where it is broken off.
  std::optional<FitStatus> take_steps(EpochReport& epoch) {
    batches_.start_epoch(first_epoch_ + result_.epochs);
    step_ = {.epoch = epoch.epoch, .batches = batches_.count(), .step = result_.steps};
    double sum = 0, samples_done = 0;
    for (const auto samples : batches_) {
      const bool finite = take_step(samples);
      sum += step_.loss * static_cast<double>(samples.size());
      samples_done += static_cast<double>(samples.size());
      epoch.step = result_.steps;
      epoch.training_loss = sum / samples_done;
      epoch.learning_rate = step_.learning_rate;
      if (!finite) return FitStatus::not_finite;
      progress_.step(step_);
      const bool stop = observer_ && options_.on_update(observer_->report());
      if (options_.on_step(step_) || stop) return FitStatus::stopped;
      if (options_.max_seconds && step_.seconds >= *options_.max_seconds) return FitStatus::max_seconds;
    }
    return {};
  }

  /// One step; false, and no step, where the loss is not finite.
  bool take_step(std::span<const Eigen::Index> samples) {
    decltype(auto) batch = read_(samples);
    step_.loss = batch_loss(model_, batch, gradient_);
    step_.learning_rate = learning_rate_of(optimizer_);
    ++step_.batch;
    if (!is_finite(step_.loss)) return false;
    if (observer_) {
      observer_->step(optimizer_, parameters_, gradient_, step_.loss);
    } else {
      optimizer_.step(parameters_, gradient_, step_.loss);
    }
    step_.step = ++result_.steps;
    step_.seconds = stopwatch_.seconds();
    return true;
  }

  /// What the epoch was worth, and whether its parameters are to be kept.
  void observe(EpochReport& epoch) {
    if (options_.validation) epoch.validation = options_.validation(model_, gradient_, options_.batch_size);
    stopping_.observe(options_.validation ? epoch.validation : epoch.training_loss);
    if (!options_.stops_early() || stopping_.is_best()) kept_.store(parameters_);
  }

  /// Leaves the last good parameters after a fault, the best ones after early stopping.
  void restore() {
    const bool has_best =
        options_.stops_early() && options_.restore_best && stopping_.state.best_observation > 0;
    if (result_.status == FitStatus::not_finite || has_best) kept_.restore(parameters_);
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
  std::int64_t first_epoch_;
  StepReport step_;
  FitResult result_;
  Stopwatch stopwatch_;
};

/// Compiles where training the model changes something that lasts.
template <class Model>
constexpr bool require_lasting_model() {
  if constexpr (is_model_with_loss<std::remove_cvref_t<Model>>) {
    using Tree = decltype(std::remove_cvref_t<Model>::tree);
    if constexpr (std::is_lvalue_reference_v<Model> || std::is_lvalue_reference_v<Tree>) {
      return require_parameters<Tree&>();
    } else {
      return require_step_parameters<Tree, Tree>();
    }
  } else {
    return require_step_parameters<Model, std::remove_cvref_t<Model>>();
  }
}

[[noreturn]] DESCENT_COLD inline void fail_no_batches(std::int64_t samples, std::int64_t batch_size) {
  if (samples == 0) fail_invalid_argument("fit: the data set is empty");
  fail_invalid_argument("fit: batch_size is " + std::to_string(batch_size) + ", but there are only " +
                        std::to_string(samples) + " samples and partial batches are dropped");
}

}  // namespace detail

/// Trains a model on mini-batches; changes it in place.
///
///   const auto result = fit(model, Samples{inputs, targets}, AdamW{.learning_rate = 1e-3},
///                           {.epochs = 20, .batch_size = 64,
///                            .validation = Samples{test_inputs, test_targets}, .patience = 3});
///   for (const EpochReport& epoch : result.history) std::printf("%g\n", epoch.validation);
///
/// * `model`: a parameter tree with `double loss(batch, gradient) const`, or `with_loss(parameters,
///   function)`; see `BatchModel`.
/// * `data`: a `Dataset`, such as `Samples{inputs, targets}` whose columns are samples.
/// * `rule`: any rule, or an `Optimizer` of yours, which goes on from its state: then the epochs go on
///   as well, so that two calls of n epochs give what one of 2n gives, to the last bit.
/// * `options`: see `FitOptions`.
///
/// A rate that changes by epochs: `per_epoch(schedule, steps_per_epoch(data.size(), batch_size))`.
/// The order of the samples depends on seed and epoch alone, on every platform. The gradient arrives
/// cleared; batches of `Samples` are gathered into a buffer that is reused.
/// A loss that is not finite is a status: no step is taken, and the parameters return to the best epoch
/// (with `patience`), else to the end of the last epoch without a fault, or as they were at first; the
/// optimizer's state does not. An exception of the model, of the data or of a callback passes through
/// between two steps: the parameters are those after the last step taken.
/// Errors: std::invalid_argument for options out of range, an empty data set, and a rule's bad options,
/// before anything changes.
template <class Model, class Data, class R>
FitResult fit(Model&& model, Data&& data, R&& rule,
              const FitOptions<std::remove_cvref_t<Model>>& options = {}) {
  using Plain = std::remove_cvref_t<Model>;
  using Source = std::remove_reference_t<Data>;
  if constexpr (detail::require_lasting_model<Model>() && detail::require_dataset<Source>()) {
    if constexpr (detail::require_batch_model<Plain, detail::BatchOf<Source>>()) {
      options.check(Check("fit"));
      const auto samples = static_cast<std::int64_t>(data.size());
      if (steps_per_epoch(samples, options.batch_size, options.keep_partial_batch) == 0)
        detail::fail_no_batches(samples, options.batch_size);
      auto&& optimizer =
          detail::optimizer_for<detail::TreeOf<Plain>>(detail::tree_of(model), std::forward<R>(rule));
      detail::Training training(model, data, optimizer, options);
      return training.run();
    }
  }
}

}  // namespace descent
