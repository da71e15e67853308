// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/diagnose/learning_rate_reader.hpp>
#include <descent/training/diagnose/learning_rate_report.hpp>
#include <descent/training/diagnose/range_test_noise.hpp>
#include <descent/training/diagnose/rate_trials.hpp>
#include <descent/training/diagnose/trial_reader.hpp>
#include <descent/training/problem/dataset.hpp>
#include <descent/training/problem/mini_batches.hpp>
#include <descent/training/problem/model.hpp>
#include <descent/training/problem/model_copy.hpp>
#include <descent/training/support/norms.hpp>
#include <descent/training/support/optimizer_for.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace descent {

/// Options of the learning-rate range test.
///
/// The gradient is evaluated at most `steps` + 1 + `trials` * `trial_steps` times, 4081 by default; mostly four
/// trials suffice, 2161 evaluations. `LearningRateReport::evaluations` counts them.
struct FindLearningRateOptions {
  double lowest = 1e-7;      ///< learning rate of the first step, greater than 0
  double highest = 10;       ///< learning rate of the last step, greater than 0, more than `lowest`
  std::int64_t steps = 240;  ///< in [10, 1e6], 30 for each factor of ten; the learning rate grows by the same
                             ///< factor at each
  std::int64_t batch_size = 32;  ///< At least 1. Use that of the training to come, because the batch size
                                 ///< affects the noise of the steps.
  std::uint64_t seed = 0;        ///< chooses the order of the samples
  /// The width of the smoothing in factors of ten of the learning rate, a standard deviation; greater than 0.
  /// A noisy loss is smoothed with two or four times this width.
  double smoothing = 0.125;
  /// The test stops if the loss (a trailing mean of about ten steps) first falls and then rises above its
  /// start by this fraction of the fall and by six standard errors of the noise; greater than 0.
  double divergence = 0.75;
  /// Short trainings after the sweep, at most so many, in [0, 100]; all from the same start, at constant rates
  /// around the one that the curve suggests. 0: the curve alone.
  std::int64_t trials = 8;
  std::int64_t trial_steps = 480;  ///< steps of a trial, in [20, 1e6]; longer trials give a better suggestion
  /// The steps of the training to come, at least 1. The best constant rate of a long training is lower than
  /// that of a short one if the noise of the batches limits it. No trial is longer.
  std::int64_t horizon = 1000;

  /// Errors: std::invalid_argument for an option out of its range.
  void check(const Check& check) const {
    check("lowest", lowest, legal::positive);
    check("highest", highest, legal::positive);
    check.that(lowest < highest, "lowest must be less than highest");
    check("steps", static_cast<double>(steps), legal::between(10, 1e6));
    MiniBatchOptions{.batch_size = batch_size}.check(check);
    check("smoothing", smoothing, legal::positive);
    check("divergence", divergence, legal::positive);
    check("trials", static_cast<double>(trials), legal::between(0, 100));
    check("trial_steps", static_cast<double>(trial_steps), legal::between(20, 1e6));
    check("horizon", static_cast<double>(horizon), legal::at_least(1));
  }

  double rate_of(std::int64_t step) const {
    return lowest * std::pow(highest / lowest, static_cast<double>(step) / static_cast<double>(steps - 1));
  }
  /// The width of the smoothing in steps; at least one.
  double width() const {
    return std::max(1.0, smoothing * static_cast<double>(steps - 1) / std::log10(highest / lowest));
  }
  /// The number of steps at learning rates that should be too low to matter.
  std::size_t flat_steps() const { return static_cast<std::size_t>(steps / 4); }
};

namespace detail {

/// Trains a model that may be destroyed, at a learning rate that is chosen at each step.
template <class Model, class Data, class O>
class RateRun {
 public:
  RateRun(Model& model, Data& data, O& optimizer, const FindLearningRateOptions& options)
      : model_(model),
        optimizer_(optimizer),
        batches_(static_cast<std::int64_t>(data.size()),
                 {.batch_size = options.batch_size, .seed = options.seed}),
        read_(data, options.batch_size),
        gradient_(zeros_like(std::as_const(tree_of(model)))) {}

  /// Calls `observe(loss, finite)` for each batch: its loss before the step, and whether the loss and the
  /// gradient are finite. It returns the rate of the step; 0 ends the run.
  template <class F>
  void run(F&& observe) {
    for (std::int64_t epoch = 0;; ++epoch) {
      batches_.start_epoch(epoch);
      for (const auto samples : batches_) {
        decltype(auto) batch = read_(samples);
        const double loss = batch_loss(model_, batch, gradient_);
        const double rate = observe(loss, is_finite(loss) && all_finite(gradient_));
        if (!(rate > 0)) return;
        scale_to(rate);
        optimizer_.step(tree_of(model_), gradient_, loss);
      }
    }
  }

  /// The rule's own rate of the next step, which the test scales.
  double own_rate() {
    optimizer_.set_learning_rate_factor(1);
    return optimizer_.learning_rate();
  }

 private:
  void scale_to(double rate) {
    const double own = own_rate();
    if (!(own > 0))
      fail_invalid_argument("find_learning_rate: the rule's own rate is " + text_of(own) + " at step " +
                            std::to_string(optimizer_.steps()) +
                            "; the test scales it, so that it must be greater than 0");
    optimizer_.set_learning_rate_factor(rate / own);
  }

  Model& model_;
  O& optimizer_;
  MiniBatches batches_;
  BatchReader<Data> read_;
  ModelGradient<Model> gradient_;
};

/// A range test and its trials. Each starts with a copy of the model and of the optimizer.
template <class Model, class Data, class R>
class RateSearch {
 public:
  RateSearch(Model& model, Data& data, const R& rule, const FindLearningRateOptions& options)
      : model_(model), data_(data), rule_(rule), options_(options) {}

  LearningRateReport find() {
    LearningRateReport report = sweep();
    report.reading = report.suggestion;
    if (worth_trying_ && options_.trials > 0)
      TrialReader(report, options_.lowest, options_.highest, options_.trials, options_.horizon)
          .search([this](double rate) { return trial(rate); });
    return report;
  }

 private:
  template <class F>
  void with_copies(F&& use) {
    ModelCopy<Model> copy(model_);
    auto optimizer = copied_optimizer<TreeOf<std::remove_cvref_t<Model>>>(tree_of(copy.model()), rule_);
    RateRun run(copy.model(), data_, optimizer, options_);
    use(run);
  }

  /// Takes one step at each rate.
  LearningRateReport sweep() {
    LearningRateReport report;
    report.curve.reserve(static_cast<std::size_t>(options_.steps));
    RangeTestNoise noise(options_.divergence, options_.flat_steps());
    bool broken_off = false;
    std::int64_t step = 0;
    with_copies([&](auto& run) {
      run.run([&](double loss, bool finite) {
        ++report.evaluations;
        broken_off = noise.observe(loss) || !finite;
        if (step > 0 && !finite) report.not_finite = options_.rate_of(step - 1);
        if (step > 0 && is_finite(loss))
          report.curve.push_back({.learning_rate = options_.rate_of(step - 1), .loss = loss});
        return broken_off || step == options_.steps ? 0 : options_.rate_of(step++);
      });
    });
    worth_trying_ = CurveReader(report, options_.width(), options_.flat_steps(), broken_off).read();
    return report;
  }

  /// Trains at one rate. A schedule of the rule that reaches 0 ends all trials at the same step.
  TrialLosses trial(double rate) {
    const auto steps = static_cast<std::size_t>(std::min(options_.trial_steps, options_.horizon));
    TrialLosses trial;
    trial.losses.reserve(steps);
    with_copies([&](auto& run) {
      run.run([&](double loss, bool finite) {
        trial.losses.push_back(loss);
        trial.diverged = !finite;
        return !finite || trial.losses.size() == steps || !(run.own_rate() > 0) ? 0 : rate;
      });
    });
    return trial;
  }

  Model& model_;
  Data& data_;
  const R& rule_;
  const FindLearningRateOptions& options_;
  bool worth_trying_ = false;
};

template <class R>
inline constexpr bool brings_rate = includes_learning_rate<R>;
template <class Parameters, class R, class Storage>
inline constexpr bool brings_rate<Optimizer<Parameters, R, Storage>> = includes_learning_rate<R>;

}  // namespace detail

/// The learning-rate range test: takes one step at each learning rate, from far too low to far too high, then
/// trains for a short time at some rates, and suggests one.
///
///   const auto found = find_learning_rate(network, Samples{inputs, targets}, AdamW{}, {.horizon = 5000});
///   std::puts(to_string(found).c_str());
///   if (found) fit(network, data, AdamW{.learning_rate = found.suggestion});
///
/// 1. The sweep. The loss is first flat, then falls, then rises. `reading` is what this curve suggests: a
///    third of the geometric mean of the rate at which nine tenths of the fall are done and the rate of the
///    lowest loss. A fall counts only if it exceeds the noise of the batches.
/// 2. Trials at constant rates half a factor of ten apart, from the same start with the same batches, from
///    `reading` towards lower losses until both neighbours are worse. If the sweep shows no fall, the trials
///    start in the middle of its rates.
/// 3. `suggestion` is the best rate of the trials, or less for a longer training: see `trial_reader.hpp`.
///
/// Use `peak` for a schedule that falls to 0; try the range from `low` to `high` if there is a `warning`.
/// `svg::chart_of(found)` (training/chart/learning_rate_chart.hpp) draws the curve and the trials.
///
/// * `model`, `data`: as for `fit`. The model is copied and does not change; one that refers to its
///   parameters (`with_loss(std::tie(w, b), ...)`) is restored bit for bit.
/// * `rule`: any rule that has a learning rate, or an `Optimizer` in the middle of a training, whose state is
///   copied. Its schedules run; ratios between the learning rates of blocks do not change.
/// * `options`: see `FindLearningRateOptions`.
///
/// A loss that diverges is a result, not an error. Errors: std::invalid_argument for options out of range, an
/// empty data set, or a rule whose own learning rate is 0.
/// Source: Smith 2017, arXiv:1506.01186 (range test). Differs from: fastai and PyTorch Lightning, whose
/// smoothing lags behind, whose loss belongs to the previous learning rate, and whose readings (`steepest`,
/// `tenth_of_minimum`) suggest lower ones.
template <class Model, class Data, class R>
LearningRateReport find_learning_rate(Model&& model, Data&& data, R&& rule,
                                      const FindLearningRateOptions& options = {}) {
  using Plain = std::remove_cvref_t<Model>;
  using Source = std::remove_reference_t<Data>;
  using PlainRule = std::remove_cvref_t<R>;
  static_assert(detail::brings_rate<PlainRule>,
                "descent: find_learning_rate: this rule has no learning rate to find");
  if constexpr (detail::brings_rate<PlainRule> && detail::require_dataset<Source>()) {
    if constexpr (detail::require_batch_model<Plain, detail::BatchOf<Source>>()) {
      options.check(Check("find_learning_rate"));
      if (static_cast<std::int64_t>(data.size()) == 0)
        detail::fail_invalid_argument("find_learning_rate: the data set is empty");
      return detail::RateSearch<std::remove_reference_t<Model>, Source, PlainRule>(model, data, rule, options)
          .find();
    }
  }
  return {};
}

}  // namespace descent
