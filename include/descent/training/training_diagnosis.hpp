// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/finding.hpp>
#include <descent/training/fit_reports.hpp>
#include <descent/training/formatted_text.hpp>
#include <descent/training/loss_trace.hpp>
#include <descent/training/slope_test.hpp>
#include <descent/training/update_report.hpp>
#include <descent/training/update_window.hpp>
#include <descent/training/validation_trace.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace descent {

/// Looks at a training as an experienced eye would, and says in plain words what is wrong, with the evidence.
///
///   TrainingDiagnosis diagnosis;
///   fit(network, data, rule, {.validation = test,
///                             .on_epoch = [&](const EpochReport& epoch) { diagnosis.observe(epoch); },
///                             .on_update = [&](const UpdateReport& update) { diagnosis.observe(update); }});
///   std::puts(to_string(diagnosis.findings()).c_str());
///     // the learning rate is likely too high: the loss rose from 2.46 to 3.21, and a step was 210 % of ...
///
/// It speaks only where the numbers are clear, from 20 steps on, and is silent otherwise; each verdict:
///
/// * rate_too_high: steps are or were long beside the parameters, and the loss is surely above the lowest it
///   has had, or has been far above the first and is no better than that; or it has stopped falling while
///   steps are long or successive gradients point in opposite directions.
/// * rate_too_low: updates below 1/5000 of the parameters, successive gradients that agree, and a loss that
///   has lost less than half of what it was at first.
/// * exploding_gradient: not finite, and the rule has not skipped the step; or ten times as long as at first
///   within the last 100 steps, and the loss has not recovered.
/// * dead_block: a block whose gradient has been exactly 0 in each of the last 50 steps.
/// * noise_too_large: the loss has stopped falling, and successive gradients have nothing in common.
/// * stalled: the loss has stopped falling (a t-test on the second half of the run), for another reason.
/// * overfitting: validation surely rises while training falls.
///
/// The losses are taken to be at least 0. Memory: a few kilobytes, however long the run. A plain value.
class TrainingDiagnosis {
 public:
  /// After each step.
  void observe(const UpdateReport& update) {
    if (!is_finite(update.loss) || !update.finite_gradient()) {
      if (update.skipped()) return;  // the rule has seen to it
      not_finite_ = true;
      not_finite_step_ = update.step;
      return;
    }
    if (losses_.count() == 0) {
      first_loss_ = update.loss;
      first_gradient_ = update.gradient_norm;
      first_parameters_ = update.parameter_norm;
    }
    if (early_.size() < 5)
      early_.push_back(
          {first_parameters_ > 0 ? update.update_norm / first_parameters_ : 0, update.learning_rate});
    worst_loss_ = std::max(worst_loss_, update.loss);
    if (update.update_ratio() > peak_ratio_) {
      peak_ratio_ = update.update_ratio();
      peak_step_ = update.step;
    }
    losses_.add(update.loss);
    window_.add(update);
    silent_.add(update);
  }

  /// After each epoch, where there is a validation loss: lower is better.
  void observe(const EpochReport& epoch) { epochs_.add(epoch); }

  /// What is wrong, the causes before their consequences; empty where nothing is conspicuous.
  std::vector<Finding> findings() const {
    std::vector<Finding> found;
    const auto add = [&](Finding finding) {
      if (!finding.evidence.empty()) found.push_back(std::move(finding));
    };
    add(exploding_gradient());
    if (losses_.count() >= 20) {
      const std::size_t before = found.size();
      add(rate_too_high());
      if (found.size() == before) add(rate_too_low());
      const bool explained = found.size() > before;
      add(dead_block());
      if (!explained) add(stalled());
    }
    add(overfitting());
    return found;
  }

 private:
  static std::string text(const char* format, double a, double b = 0, double c = 0, double d = 0) {
    return detail::formatted(format, {a, b, c, d});
  }

  /// 1, 2, 3 or 5 times a power of ten.
  static double round_rate(double rate) {
    const double power = std::pow(10, std::floor(std::log10(rate)));
    const double digit = rate / power;
    return power * (digit < 1.5 ? 1 : digit < 2.5 ? 2 : digit < 4 ? 3 : digit < 7.5 ? 5 : 10);
  }

  /// The rate that makes steps of 3 in 1000 of the parameters, where `rate` made steps of `ratio`.
  static double rate_for(double ratio, double rate) {
    constexpr double usual = 3e-3;
    const double wanted = rate * usual / ratio;
    return is_finite(wanted) && wanted > 0 ? round_rate(wanted) : std::numeric_limits<double>::quiet_NaN();
  }
  static std::string try_rate(double rate, const char* otherwise) {
    return is_finite(rate) ? text("try a rate of %.0e", rate) : otherwise;
  }

  /// One of the first steps, beside the parameters as they were before anything could explode.
  struct EarlyStep {
    double ratio, learning_rate;
  };
  EarlyStep median_early_step() const {
    std::vector<EarlyStep> steps = early_;
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end(),
                     [](const EarlyStep& a, const EarlyStep& b) { return a.ratio < b.ratio; });
    return *middle;
  }
  /// By a step that was as long as its rate: those of Sgd grow only after the first, those of RmsProp are too
  /// long at first.
  double lower_rate() const {
    const EarlyStep first = early_.front(), median = median_early_step();
    const bool take_first = first.ratio * median.learning_rate < median.ratio * first.learning_rate;
    const EarlyStep& step = take_first ? first : median;
    return rate_for(step.ratio, step.learning_rate);
  }

  Finding rate_too_high() const {
    const detail::MeanEstimate now = losses_.now(), best = losses_.best();
    const double noise = std::hypot(now.error, best.error);
    const bool rose = now.mean - best.mean > 0.1 * std::max(0.0, first_loss_ - best.mean) + 3 * noise;
    const bool gained_nothing = first_loss_ - now.mean < 0.1 * std::abs(first_loss_);
    const double ratio =
        std::max(median_early_step().ratio, window_.median(&detail::UpdateWindow::Entry::update_ratio));
    Finding finding{.verdict = Verdict::rate_too_high};
    if (rose && ratio > 0.01) {
      finding.evidence = text("the loss rose from %.3g to %.3g", std::min(best.mean, first_loss_), now.mean);
    } else if (gained_nothing && worst_loss_ > 1.5 * first_loss_ && std::max(ratio, peak_ratio_) > 0.1) {
      finding.evidence =
          text("the loss was %.3g at first, reached %.3g and is %.3g", first_loss_, worst_loss_, now.mean);
    } else {
      return finding;
    }
    finding.evidence += peak_ratio_ > 3 * ratio
                            ? text(", and step %.0f was %.3g %% of the parameters",
                                   static_cast<double>(peak_step_), 100 * peak_ratio_)
                            : text(", and updates are %.2g %% of the parameters", 100 * ratio);
    finding.suggested_rate = lower_rate();
    finding.advice = try_rate(finding.suggested_rate, "lower it");
    return finding;
  }

  Finding rate_too_low() const {
    Finding finding{.verdict = Verdict::rate_too_low};
    const double ratio = window_.median(&detail::UpdateWindow::Entry::update_ratio);
    const double gradient = window_.median(&detail::UpdateWindow::Entry::gradient_norm);
    const auto signal = window_.signal();
    const bool tiny = std::max(ratio, peak_ratio_ / 50) < 2e-4;
    const bool agree = signal.share > 0 && signal.errors > 2.5;
    const double now = losses_.now().mean;
    const bool early = now > 0.5 * first_loss_ && gradient > 0.1 * first_gradient_;
    const bool still_rising = window_.latest().learning_rate > 1.01 * window_.oldest().learning_rate;
    if (window_.size() < 50 || !tiny || !agree || !early || still_rising) return finding;
    finding.evidence = text(
        "updates are %.1g %% of the parameters, successive gradients agree (%.2g of "
        "their square is no noise), and the loss has come from %.3g to %.3g only",
        100 * ratio, signal.share, first_loss_, now);
    finding.suggested_rate = rate_for(ratio, window_.latest().learning_rate);
    finding.advice = try_rate(finding.suggested_rate, "raise it");
    return finding;
  }

  Finding exploding_gradient() const {
    Finding finding{.verdict = Verdict::exploding_gradient,
                    .advice = "clip it (ClipByGlobalNorm), warm up, or lower the rate"};
    if (not_finite_) {
      finding.evidence =
          text("the loss or the gradient was not finite at step %.0f", static_cast<double>(not_finite_step_));
    } else if (window_.size() >= 2 && first_gradient_ > 0 && window_.longest() > 10 * first_gradient_ &&
               losses_.now().mean > 0.5 * first_loss_) {
      finding.evidence = text("its norm reached %.3g within the last %.0f steps, and was %.3g at first",
                              window_.longest(), static_cast<double>(window_.size()), first_gradient_);
    }
    return finding;
  }

  Finding dead_block() const {
    Finding finding{.verdict = Verdict::dead_block};
    constexpr std::int64_t steps = 50;
    const std::vector<std::string> paths = silent_.for_at_least(steps);
    if (paths.empty()) return finding;
    constexpr std::size_t named = 3;
    for (std::size_t k = 0; k < std::min(paths.size(), named); ++k)
      finding.evidence += (k == 0 ? "'" : ", '") + paths[k] + "'";
    if (paths.size() > named)
      finding.evidence += " and of " + std::to_string(paths.size() - named) + " more blocks";
    finding.evidence = "the gradient of " + finding.evidence + " was exactly 0 in each of the last " +
                       std::to_string(steps) + " steps";
    finding.advice =
        "look for units that are never active (a rate too high can do that), or for a gradient that is not "
        "written";
    return finding;
  }

  /// Of logarithms, since losses fall by factors, and a spike must not hide a fall.
  SlopeTest recent_trend() const {
    std::vector<double> half = losses_.means(losses_.bins() / 2, losses_.bins());
    const bool all_positive = std::all_of(half.begin(), half.end(), [](double loss) { return loss > 0; });
    if (all_positive)
      for (double& loss : half) loss = std::log(loss);
    return slope_test(half);
  }

  Finding stalled() const {
    const SlopeTest trend = recent_trend();
    if (losses_.count() < 200 || trend.falling_probability > 0.8) return {};
    const double ratio = window_.median(&detail::UpdateWindow::Entry::update_ratio);
    const double level = losses_.estimate(losses_.bins() / 2, losses_.bins()).mean;
    const std::string flat = text("for %.0f steps the loss has stayed around %.3g",
                                  static_cast<double>(losses_.count()) / 2, level);
    if (ratio > 5e-3 && level > 0.2 * first_loss_)
      return {.verdict = Verdict::rate_too_high,
              .evidence = flat + text(", with updates of %.2g %% of the parameters", 100 * ratio),
              .advice = try_rate(lower_rate(), "lower it"),
              .suggested_rate = lower_rate()};
    if (losses_.count() < 500) return {};
    return stalled_for_long(flat, trend);
  }

  Finding stalled_for_long(const std::string& flat, const SlopeTest& trend) const {
    const auto signal = window_.signal();
    if (signal.share < -0.1 && signal.errors < -2.5)
      return {.verdict = Verdict::rate_too_high,
              .evidence = flat + text(", and each gradient points against the one before (cosine %.2g)",
                                      signal.share),
              .advice = "lower it, best by a schedule or ReduceOnPlateau"};
    if (std::abs(signal.errors) < 2.5 && signal.share < 0.1)
      return {.verdict = Verdict::noise_too_large,
              .evidence = "successive gradients have nothing in common, and " + flat,
              .advice = "take larger batches, or a lower rate (a schedule, ReduceOnPlateau)"};
    return {
        .verdict = Verdict::stalled,
        .evidence = flat + text(" (the chance that it falls is %.2g)", trend.falling_probability),
        .advice = "it has converged, or needs a lower rate (a schedule, ReduceOnPlateau) or another model"};
  }

  Finding overfitting() const {
    Finding finding{.verdict = Verdict::overfitting};
    const auto parting = epochs_.parting();
    if (!parting) return finding;
    finding.evidence = text("validation rose from %.3g to %.3g", parting->best, parting->now) +
                       text(" while training fell from %.3g to %.3g, in %.0f epochs", parting->training_then,
                            parting->training_now, static_cast<double>(parting->epochs_since_best));
    finding.advice = "stop early (patience), raise weight_decay, or get more data";
    return finding;
  }

  detail::LossTrace losses_;
  detail::UpdateWindow window_{100};
  detail::SilentBlocks silent_;
  detail::ValidationTrace epochs_;
  std::vector<EarlyStep> early_;
  double first_loss_ = 0, first_gradient_ = 0, first_parameters_ = 0, peak_ratio_ = 0, worst_loss_ = 0;
  std::int64_t peak_step_ = 0, not_finite_step_ = 0;
  bool not_finite_ = false;
};

}  // namespace descent
