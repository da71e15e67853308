// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/diagnose/learning_rate_reader.hpp>
#include <descent/training/diagnose/learning_rate_report.hpp>
#include <descent/training/diagnose/range_test_noise.hpp>
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

  /// Errors: std::invalid_argument for an option out of its range.
  void check(const Check& check) const {
    check("lowest", lowest, legal::positive);
    check("highest", highest, legal::positive);
    check.that(lowest < highest, "lowest must be less than highest");
    check("steps", static_cast<double>(steps), legal::between(10, 1e6));
    MiniBatchOptions{.batch_size = batch_size}.check(check);
    check("smoothing", smoothing, legal::positive);
    check("divergence", divergence, legal::positive);
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

/// One range test on a model that may be destroyed.
template <class Model, class Data, class O>
class RateSearch {
 public:
  RateSearch(Model& model, Data& data, O& optimizer, const FindLearningRateOptions& options)
      : model_(model),
        optimizer_(optimizer),
        options_(options),
        batches_(static_cast<std::int64_t>(data.size()),
                 {.batch_size = options.batch_size, .seed = options.seed}),
        read_(data, options.batch_size),
        gradient_(zeros_like(std::as_const(tree_of(model)))),
        noise_(options.divergence, options.flat_steps()) {}

  LearningRateReport run() {
    report_.curve.reserve(static_cast<std::size_t>(options_.steps));
    bool goes_on = true;
    for (std::int64_t epoch = 0; goes_on; ++epoch) goes_on = take_epoch(epoch);
    CurveReader(report_, options_.width(), options_.flat_steps(), broken_off_).read();
    return std::move(report_);
  }

 private:
  /// Each batch measures the loss after the previous step, then takes a step; returns false at the end of the
  /// test.
  bool take_epoch(std::int64_t epoch) {
    batches_.start_epoch(epoch);
    for (const auto samples : batches_) {
      decltype(auto) batch = read_(samples);
      const double loss = batch_loss(model_, batch, gradient_);
      const bool finite = is_finite(loss) && all_finite(gradient_);
      broken_off_ = noise_.observe(loss) || !finite;
      if (step_ > 0 && !finite) report_.not_finite = options_.rate_of(step_ - 1);
      if (step_ > 0 && is_finite(loss))
        report_.curve.push_back({.learning_rate = options_.rate_of(step_ - 1), .loss = loss});
      if (broken_off_ || step_ == options_.steps) return false;
      optimizer_.set_learning_rate_factor(1);
      const double own = optimizer_.learning_rate();
      if (!(own > 0))
        fail_invalid_argument("find_learning_rate: the rule's own rate is " + text_of(own) + " at step " +
                              std::to_string(optimizer_.steps()) +
                              "; the test scales it, so that it must be greater than 0");
      optimizer_.set_learning_rate_factor(options_.rate_of(step_) / own);
      optimizer_.step(tree_of(model_), gradient_, loss);
      ++step_;
    }
    return true;
  }

  Model& model_;
  O& optimizer_;
  const FindLearningRateOptions& options_;
  MiniBatches batches_;
  BatchReader<Data> read_;
  ModelGradient<Model> gradient_;
  RangeTestNoise noise_;
  LearningRateReport report_;
  std::int64_t step_ = 0;
  bool broken_off_ = false;
};

template <class R>
inline constexpr bool brings_rate = includes_learning_rate<R>;
template <class Parameters, class R, class Storage>
inline constexpr bool brings_rate<Optimizer<Parameters, R, Storage>> = includes_learning_rate<R>;

}  // namespace detail

/// The learning-rate range test: takes one step at each learning rate, from far too low to far too high, and
/// suggests one.
///
///   const auto found = find_learning_rate(network, Samples{inputs, targets}, AdamW{});
///   std::puts(to_string(found).c_str());
///   if (found) fit(network, data, AdamW{.learning_rate = found.suggestion});
///
/// The loss is first flat, then falls, then rises. `suggestion` is a constant learning rate: a third of the
/// geometric mean of the rate at which nine tenths of the fall are done and the rate of the lowest loss. Use
/// `peak` for a schedule that falls to 0; try the range from `low` to `high` if there is a `warning`. A fall
/// counts only if it exceeds the noise of the batches. `svg::chart_of(found)`
/// (training/chart/learning_rate_chart.hpp) draws the curve.
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
      detail::ModelCopy<std::remove_reference_t<Model>> copy(model);
      auto optimizer = detail::copied_optimizer<detail::TreeOf<Plain>>(detail::tree_of(copy.model()), rule);
      return detail::RateSearch(copy.model(), data, optimizer, options).run();
    }
  }
  return {};
}

}  // namespace descent
