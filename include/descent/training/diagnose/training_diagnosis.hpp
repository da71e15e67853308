// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/diagnose/block_findings.hpp>
#include <descent/training/diagnose/finding.hpp>
#include <descent/training/diagnose/rate_findings.hpp>
#include <descent/training/diagnose/run_trace.hpp>
#include <descent/training/diagnose/update_window.hpp>
#include <descent/training/diagnose/validation_trace.hpp>
#include <descent/training/observe/fit_reports.hpp>
#include <descent/training/observe/update_report.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace descent {

/// Diagnoses a training as an experienced eye would: states in plain words what is wrong, with the evidence.
///
///   TrainingDiagnosis diagnosis;
///   fit(network, data, rule, {.validation = test,
///                             .on_epoch = [&](const EpochReport& epoch) { diagnosis.observe(epoch); },
///                             .on_update = [&](const UpdateReport& update) { diagnosis.observe(update); }});
///   std::puts(to_string(diagnosis.findings()).c_str());
///     // the learning rate is likely too high: the loss rose from 2.46 to 3.21, and a step was 210 % of ...
///
/// Reports only clear findings, from 20 steps on. A finding contains the step at which it began (`began`)
/// and, if the learning rate is the cause, one to try: below the highest of the run if that is too high,
/// above it if it is too low. It never advises to lower the learning rate while the loss is near its start
/// and updates are tiny. The verdicts:
///
/// * rate_too_high: the loss is significantly above its lowest value; or it has been far above the first and
///   is no better; or it has stopped falling, or blocks have died, and updates are or were long relative to
///   the parameters; or successive gradients point in opposite directions.
/// * rate_too_low: updates are short relative to the parameters, and the loss is near its start or still
///   falls as fast as before. If parameters start at 0: they still move straight away from it.
/// * wrong_sign: the loss has only risen, in short steps along gradients that agree.
/// * exploding_gradient: not finite, and the rule did not skip the step; or ten times as long as at first
///   within the last 100 steps, and the loss has not recovered.
/// * dead_block: a block whose gradient has been exactly 0 in each of the last 50 steps.
/// * dead_units: at least a quarter of the units has had no gradient in each of the last 200 steps.
/// * noise_too_large: the loss has stopped falling, and successive gradients have nothing in common.
/// * only_class_frequencies: the loss stays at the entropy of the classes. The last block must be a bias with
///   an element for each class; call `observe_class_counts` if they are not equally frequent.
/// * stalled: the loss has stopped falling (a t-test on the second half of the run), for another reason.
/// * inputs_not_normalised: the gradient of the first weights is 30 times as long as that of their bias
///   explains; or `observe_inputs` found it.
/// * always_clipped: ClipByGlobalNorm has shortened the gradient in each of the last 200 steps.
/// * overfitting: validation significantly rises while training falls.
/// * validation_gap: it does not rise, but has been three times as high as training for five epochs.
///
/// If no learning rate is good, try rules that need none: first Prodigy, then MoMo.
///
/// Losses must be at least 0. Memory: a few kilobytes, however long the run. A plain value.
class TrainingDiagnosis {
 public:
  /// Call after each step.
  void observe(const UpdateReport& update) {
    if (!is_finite(update.loss) || !update.finite_gradient()) {
      if (update.skipped()) return;  // the rule has handled it
      not_finite_ = true;
      not_finite_step_ = update.step;
      return;
    }
    run_.add(update);
    if (long_gradient_step_ < 0 && update.gradient_norm > 10 * run_.first_gradient)
      long_gradient_step_ = update.step;
    silent_.add(update);
    units_.add(update);
    inputs_.add(update);
    clipping_.add(update);
    if (!guess_.known && !update.blocks.empty()) guess_classes(update.blocks.back());
  }

  /// Call after each epoch, if there is a validation loss: lower is better.
  void observe(const EpochReport& epoch) { epochs_.add(epoch); }

  /// Call before training, to judge the inputs themselves: a matrix, one sample per column.
  template <class Inputs>
  void observe_inputs(const Inputs& inputs) {
    inputs_.measure(inputs);
  }

  /// Call before training, if classes are not about equally frequent, with the number of samples of each.
  void observe_class_counts(const std::vector<std::int64_t>& counts) {
    guess_ = {.classes = static_cast<std::int64_t>(counts.size()), .known = true};
    double sum = 0;
    for (const std::int64_t count : counts) sum += static_cast<double>(count);
    for (const std::int64_t count : counts)
      if (count > 0)
        guess_.entropy -= static_cast<double>(count) / sum * std::log(static_cast<double>(count) / sum);
  }

  /// The problems, causes before their consequences; empty if there are none.
  std::vector<Finding> findings() const {
    std::vector<Finding> found;
    const auto add = [&](Finding finding) {
      if (!finding.evidence.empty()) found.push_back(std::move(finding));
    };
    add(exploding_gradient());
    const bool exploded = !found.empty();
    if (exploded && run_.losses.count() > 0 && run_.losses.count() < 20)
      add(detail::too_high_at_once(run_, not_finite_ ? not_finite_step_ : -1));
    if (run_.losses.count() >= 20) add_training(add, found);
    const std::size_t before = found.size();
    add(overfitting());
    if (found.size() == before) add(validation_gap());
    return found;
  }

 private:
  /// A last bias has an element for each class; a single element decides between two.
  void guess_classes(const BlockUpdate& last) {
    guess_.classes = last.columns == 1 ? std::max<std::int64_t>(2, last.rows) : 0;
    guess_.entropy = guess_.classes > 0 ? std::log(static_cast<double>(guess_.classes)) : 0;
  }

  template <class Add>
  void add_training(const Add& add, const std::vector<Finding>& found) const {
    const std::size_t before = found.size();
    const Finding dead = detail::dead_block(silent_, run_.last_step());
    add(detail::wrong_sign(run_));
    const bool killed = !dead.evidence.empty() || (units_.share() >= 0.5 && run_.early_ratio() > 0.2);
    if (found.size() == before) add(detail::rate_too_high(run_, killed));
    if (found.size() == before && not_finite_) add(detail::too_high_at_once(run_, not_finite_step_));
    if (found.size() == before) add(detail::rate_too_low(run_));
    const bool explained = found.size() > before;
    add(dead);
    add(units_.finding());
    Finding frequencies = detail::only_class_frequencies(run_, guess_);
    if (!explained && frequencies.evidence.empty()) add(detail::stalled(run_));
    if (!has_low(found)) add(std::move(frequencies));
    add(inputs_.finding(run_.first_step()));
    add(clipping_.finding(run_.window.median(&detail::UpdateWindow::Entry::gradient_norm)));
  }

  static bool has_low(const std::vector<Finding>& found) {
    return std::any_of(found.begin(), found.end(),
                       [](const Finding& finding) { return finding.verdict == Verdict::rate_too_low; });
  }

  Finding exploding_gradient() const {
    Finding finding{.verdict = Verdict::exploding_gradient,
                    .advice = run_.losses.count() >= 20 && run_.crawls()
                                  ? "clip it (ClipByGlobalNorm)"
                                  : "clip it (ClipByGlobalNorm), warm up, or lower the rate"};
    if (not_finite_) {
      finding.evidence =
          detail::formatted("the loss or the gradient was not finite at step %d", {not_finite_step_});
      finding.began = not_finite_step_;
    } else if (run_.window.size() >= 2 && run_.first_gradient > 0 &&
               run_.window.longest() > 10 * run_.first_gradient &&
               run_.losses.now().mean > 0.5 * run_.first_loss) {
      finding.evidence =
          detail::formatted("its norm reached %.3g within the last %d steps, and was %.3g at first",
                            {run_.window.longest(), run_.window.size(), run_.first_gradient});
      finding.began = long_gradient_step_;
    }
    return finding;
  }

  Finding overfitting() const {
    Finding finding{.verdict = Verdict::overfitting};
    const auto parting = epochs_.parting();
    if (!parting) return finding;
    finding.evidence = detail::formatted(
        "validation rose from %.3g to %.3g while training fell from %.3g to %.3g, in %d epochs",
        {parting->best, parting->now, parting->training_then, parting->training_now,
         parting->epochs_since_best});
    finding.advice = "stop early (patience), raise weight_decay, or get more data";
    finding.began = epochs_.last_step(parting->epochs_since_best);
    return finding;
  }

  Finding validation_gap() const {
    Finding finding{.verdict = Verdict::validation_gap};
    const auto gap = epochs_.gap();
    if (!gap) return finding;
    finding.evidence = detail::formatted(
        "since epoch %d it has been at least three times as high: it is %.3g, and that "
        "of training %.3g",
        {gap->since, gap->validation, gap->training});
    finding.advice =
        "get more data, raise weight_decay, or take a smaller model; compare how both sets are prepared";
    finding.began = epochs_.step_of(gap->since - 1);
    return finding;
  }

  detail::RunTrace run_;
  detail::SilentBlocks silent_;
  detail::DeadUnits units_;
  detail::InputSize inputs_;
  detail::Clipping clipping_;
  detail::ValidationTrace epochs_;
  std::int64_t long_gradient_step_ = -1, not_finite_step_ = 0;
  detail::ClassGuess guess_;
  bool not_finite_ = false;
};

}  // namespace descent
