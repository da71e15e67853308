// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/diagnose/learning_rate_report.hpp>
#include <descent/training/diagnose/rate_trials.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace descent::detail {

/// Runs the trials of a range test and corrects its report.
///
/// The noise of the batches keeps the loss at a height that grows with the rate. A trial that no longer falls
/// has reached this height; a longer training reaches a lower one at a lower rate. Its best rate falls with
/// about the 0.8th power of the length. If the trial still falls, the best rate hardly depends on the length.
/// The exponents and the ranges are those that fit the tasks of benchmarks/advice/sweep.cpp.
class TrialReader {
 public:
  /// Rates stay within [lowest, highest]; at most `most` trials. `horizon`: the steps of the training to come.
  TrialReader(LearningRateReport& report, double lowest, double highest, std::int64_t most,
              std::int64_t horizon)
      : report_(report),
        blind_(!report.found()),
        horizon_(horizon),
        trials_(blind_ ? std::sqrt(lowest * highest) : report.suggestion, lowest, highest, most) {}

  /// `run(rate)` returns the TrialLosses at this rate.
  template <class F>
  void search(F&& run) {
    if (blind_) trials_.search(run, 2);
    trials_.search(run);
    trials_.for_each([&](double rate, const TrialLosses& trial) {
      report_.trials.push_back({.learning_rate = rate,
                                .loss = trial.score(),
                                .steps = static_cast<std::int64_t>(trial.losses.size())});
      report_.evaluations += report_.trials.back().steps;
    });
    if (trials_.is_lost()) return refuse_all();
    if (trials_.best().losses.size() < 20) return;  // a schedule of the rule ended them
    if (blind_ && !(trials_.lead_over_lowest() > 4.5)) return refuse_noise();
    suggest();
  }

 private:
  std::string count_text() const { return std::to_string(report_.trials.size()) + " trials"; }

  void refuse_all() {
    report_.suggestion = report_.peak = report_.low = report_.high = std::numeric_limits<double>::quiet_NaN();
    report_.warning.clear();
    report_.reason = "the loss became infinite or NaN in all of " + count_text() + ", down to a rate of " +
                     rate_text(report_.trials.front().learning_rate) +
                     ": look for a mistake in the loss or its gradient";
  }

  void refuse_noise() { report_.reason += "; " + count_text() + " did not end lower either"; }

  void suggest() {
    const auto steps = static_cast<double>(trials_.best().losses.size());
    const bool falls = trials_.best().still_falls();
    const double longer = std::max(1.0, static_cast<double>(horizon_) / steps);
    report_.suggestion = trials_.best_between() / std::pow(longer, falls ? 0.25 : 0.83);
    report_.peak = 3 * report_.suggestion;
    explain(falls);
    warn();
    report_.low = report_.suggestion / 4;
    report_.high = report_.suggestion * (report_.warning.empty() ? 4 : 10);
  }

  void explain(bool falls) {
    const std::string curve =
        "the curve alone suggests " + (blind_ ? "none" : rate_text(report_.reading)) + ": " + report_.reason;
    report_.reason = "the best of " + count_text() + " was that at " + rate_text(trials_.best_rate()) +
                     formatted("; after %d steps its loss ", {trials_.best().losses.size()}) +
                     (falls ? "still fell" : "no longer fell") +
                     formatted("; the suggestion is for %d steps; ", {horizon_}) + curve;
  }

  void warn() {
    report_.warning.clear();
    if (!trials_.is_bracketed())
      report_.warning =
          "the best trial has no worse one on both sides: allow more trials, or widen lowest and highest";
    else if (trials_.lead() < 2)
      report_.warning =
          "noise: the best trial is not clearly better than its neighbours; any rate of the range may do";
  }

  LearningRateReport& report_;
  bool blind_;
  std::int64_t horizon_;
  RateTrials trials_;
};

}  // namespace descent::detail
