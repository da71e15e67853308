// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/diagnose/trial_losses.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

namespace descent::detail {

/// Searches the best learning rate by short trainings from the same start, with the same batches, at rates
/// half a factor of ten apart.
class RateTrials {
 public:
  /// Rates stay within [lowest, highest]; at most `most` trials.
  RateTrials(double start, double lowest, double highest, std::int64_t most)
      : start_(std::clamp(start, lowest, highest)), lowest_(lowest), highest_(highest), most_(most) {}

  /// `run(rate)` returns the TrialLosses at this rate. Climbs down from the start, `stride` half decades at a
  /// time, until both neighbours of the best rate are worse.
  template <class F>
  void search(F&& run, int stride = 1) {
    for (const int place : {middle(), middle() + stride, middle() - stride}) try_place(run, place);
    while (!is_full()) {
      const int best = middle();
      if (try_place(run, best - stride)) continue;
      if (is_lost() || !try_place(run, best + stride)) return;
    }
  }

  /// Whether no trial ended with a finite loss.
  bool is_lost() const { return trials_.empty() || best().diverged; }
  /// Whether the best trial is better than both neighbours, which were tried.
  bool is_bracketed() const { return trials_.count(middle() - 1) != 0 && trials_.count(middle() + 1) != 0; }
  /// The smaller distance from the best trial to its neighbours, in standard errors.
  double lead() const {
    double smallest = std::numeric_limits<double>::infinity();
    for (const int side : {-1, 1})
      if (const auto found = trials_.find(middle() + side); found != trials_.end())
        smallest = std::min(smallest, errors_above(found->second, best()));
    return smallest;
  }
  /// The distance from the best trial to that at the lowest rate, in standard errors.
  double lead_over_lowest() const { return errors_above(trials_.begin()->second, best()); }

  const TrialLosses& best() const { return trials_.at(middle()); }
  double best_rate() const { return rate_of(middle()); }
  /// The rate of the lowest point of a parabola through the best trial and its neighbours.
  double best_between() const {
    const auto below = trials_.find(middle() - 1), above = trials_.find(middle() + 1);
    if (below == trials_.end() || above == trials_.end()) return best_rate();
    const double low = below->second.score() - best().score(), high = above->second.score() - best().score();
    if (!is_finite(low) || !is_finite(high) || !(low + high > 0)) return best_rate();
    return std::clamp(best_rate() * std::pow(10, 0.25 * (low - high) / (low + high)), lowest_, highest_);
  }

  /// Calls f(rate, losses) for all trials, from the lowest rate to the highest.
  template <class F>
  void for_each(F&& f) const {
    for (const auto& [place, trial] : trials_) f(rate_of(place), trial);
  }

 private:
  double rate_of(int place) const { return start_ * std::pow(10, 0.5 * place); }
  bool is_full() const { return static_cast<std::int64_t>(trials_.size()) >= most_; }

  /// The best place; without a trial, that of the start. Among trials that diverged the lowest.
  int middle() const {
    int best = 0;
    double lowest = std::numeric_limits<double>::infinity();
    if (!trials_.empty()) best = trials_.begin()->first;
    for (const auto& [place, trial] : trials_)
      if (trial.score() < lowest) best = place, lowest = trial.score();
    return best;
  }

  template <class F>
  bool try_place(F& run, int place) {
    const double rate = rate_of(place);
    if (is_full() || trials_.count(place) != 0 || !(rate >= lowest_ && rate <= highest_)) return false;
    trials_.emplace(place, run(rate));
    return true;
  }

  double start_, lowest_, highest_;
  std::int64_t most_;
  std::map<int, TrialLosses> trials_;
};

}  // namespace descent::detail
