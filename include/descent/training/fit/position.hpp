// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/training/adapt/early_stopping.hpp>
#include <descent/training/adapt/metric.hpp>
#include <descent/training/observe/fit_reports.hpp>
#include <descent/training/problem/mini_batches.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// The position of a training by `fit`: the contents of a checkpoint besides optimizer and parameters.

namespace descent::detail {

/// The reports of complete epochs as one list for each of their numbers.
struct HistoryColumns {
  std::vector<std::int64_t> epoch, step;
  std::vector<double> training_loss, validation, learning_rate, seconds;
  std::vector<double> metrics;  // of all epochs, concatenated

  void take(const std::vector<EpochReport>& history) {
    *this = {};
    for (const EpochReport& report : history) {
      if (!report.complete) continue;
      epoch.push_back(report.epoch);
      step.push_back(report.step);
      training_loss.push_back(report.training_loss);
      validation.push_back(report.validation);
      learning_rate.push_back(report.learning_rate);
      seconds.push_back(report.seconds);
      for (const MeasuredMetric& metric : report.metrics) metrics.push_back(metric.value);
    }
  }

  /// The reports, with these names of the metrics of an epoch.
  std::vector<EpochReport> reports(const std::vector<std::string>& metric_names) const {
    std::vector<EpochReport> history;
    std::size_t next = 0;
    for (std::size_t k = 0; k < epoch.size(); ++k) {
      EpochReport report{.epoch = epoch[k], .step = step[k], .training_loss = training_loss[k]};
      report.validation = validation[k];
      report.learning_rate = learning_rate[k];
      report.seconds = seconds[k];
      for (const std::string& name : metric_names) report.metrics.push_back({name, metrics[next++]});
      history.push_back(std::move(report));
    }
    return history;
  }

  bool is_valid(std::size_t metrics_of_an_epoch) const {
    const std::size_t rows = epoch.size();
    return step.size() == rows && training_loss.size() == rows && validation.size() == rows &&
           learning_rate.size() == rows && seconds.size() == rows &&
           metrics.size() == rows * metrics_of_an_epoch;
  }

  template <class F>
  void for_each_state_value(F&& f) {
    f("epoch", epoch);
    f("step", step);
    f("training_loss", training_loss);
    f("validation", validation);
    f("learning_rate", learning_rate);
    f("seconds", seconds);
    f("metrics", metrics);
  }
};

/// The order of the samples follows from these: a training can continue only if they are unchanged.
struct SampleOrder {
  std::int64_t samples = 0, batch_size = 0;
  std::uint64_t seed = 0;
  bool shuffle = false, keep_partial_batch = false;

  bool operator==(const SampleOrder&) const = default;

  std::string text() const {
    return joined({std::to_string(samples), " samples, batch_size ", std::to_string(batch_size), ", seed ",
                   std::to_string(seed), shuffle ? ", shuffled" : ", not shuffled",
                   keep_partial_batch ? "" : ", without partial batches"});
  }
  template <class F>
  void for_each_state_value(F&& f) {
    f("samples", samples);
    f("batch_size", batch_size);
    f("seed", seed);
    f("shuffle", shuffle);
    f("keep_partial_batch", keep_partial_batch);
  }
};

/// The criteria of early stopping.
struct Judgement {
  bool validates = false, higher_is_better = false;
  /// Whether the copied parameters are those of the best epoch.
  bool stops_early = false;

  bool operator==(const Judgement&) const = default;

  std::string text() const {
    return joined({validates ? "a validation" : "no validation",
                   higher_is_better ? " of which higher is better" : "",
                   stops_early ? " and patience" : " and no patience"});
  }
  template <class F>
  void for_each_state_value(F&& f) {
    f("validates", validates);
    f("higher_is_better", higher_is_better);
    f("stops_early", stops_early);
  }
};

struct FitPosition {
  std::int64_t epochs = 0, steps = 0;  // complete epochs, and all steps
  std::int64_t batch = 0;              // of the current epoch
  std::int64_t steps_before_epoch = 0;
  std::int64_t first_epoch = 0;  // of this training, among all epochs of the optimizer
  std::int64_t skipped_steps = 0;
  RunningMean mean = {};  // of the losses of the current epoch
  EarlyStopping stopping = {};
  SampleOrder order = {};
  Judgement judgement = {};
  HistoryColumns history = {};

  template <class F>
  void for_each_state_value(F&& f) {
    f("epochs", epochs);
    f("steps", steps);
    f("batch", batch);
    f("steps_before_epoch", steps_before_epoch);
    f("first_epoch", first_epoch);
    f("skipped_steps", skipped_steps);
    f("mean", mean);
    f("stopping", stopping);
    f("order", order);
    f("judgement", judgement);
    f("history", history);
  }

  /// From now on the position must be one of a training with these numbers, and with the current order and
  /// criteria.
  void expect(std::int64_t batches_of_an_epoch, std::size_t metrics_of_an_epoch) {
    expected_order_ = order;
    expected_judgement_ = judgement;
    batches_ = batches_of_an_epoch;
    metrics_ = metrics_of_an_epoch;
  }

  /// The reason why a training cannot continue from here.
  std::string state_fault() const {
    constexpr const char* remedy = "; go on with the same, or load the parameters and begin a new fit";
    if (order != expected_order_)
      return joined(
          {"was saved by a fit of ", order.text(), "; this one has ", expected_order_.text(), remedy});
    if (judgement != expected_judgement_)
      return joined({"was saved by a fit with ", judgement.text(), "; this one has ",
                     expected_judgement_.text(), remedy});
    if (!history.is_valid(metrics_)) return "was saved by a fit with a different number of metrics";
    const bool possible = epochs >= 0 && steps >= 0 && batch >= 0 && batch < batches_ && first_epoch >= 0 &&
                          skipped_steps >= 0 && steps_before_epoch >= 0;
    return possible ? "" : "holds a count of epochs, steps or batches that is not possible";
  }

 private:
  SampleOrder expected_order_ = {};
  Judgement expected_judgement_ = {};
  std::int64_t batches_ = 0;
  std::size_t metrics_ = 0;
};

}  // namespace descent::detail
