// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/adapt/metric.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace descent::detail {

/// Decides whether a loss belongs to a lost training, and whether its parameters should be copied.
class LossWatch {
 public:
  LossWatch(double tolerance, std::int64_t memory, std::int64_t keep_every)
      : tolerance_(tolerance), memory_(memory), keep_every_(keep_every) {}

  bool is_lost(double loss) const {
    return !is_finite(loss) || (seen_ >= few && best_.count > 0 && loss > first_ && loss > limit());
  }

  /// Records a loss of a training that is not lost. Returns true if its parameters should be copied.
  bool take(double loss) {
    if (seen_++ == 0) first_ = loss;
    if (loss <= 0) count_full_windows_only();
    now_.add(loss, memory_);
    const bool counts = !full_windows_only_ || now_.count >= memory_;
    if (counts && (best_.count == 0 || now_.mean < best_.mean)) best_ = now_;
    ++since_kept_;
    if (now_.count > 1 && !(since_kept_ >= keep_every_ && is_near_best(loss))) return false;
    since_kept_ = 0;
    kept_ = now_;
    return true;
  }

  /// Restores the losses before the copied parameters; keeps the best means.
  void roll_back() {
    now_ = kept_;
    since_kept_ = 0;
  }

  template <class F>
  void for_each_state_value(F&& f) {
    f("now", now_);
    f("best", best_);
    f("kept", kept_);
    f("first", first_);
    f("seen", seen_);
    f("since_kept", since_kept_);
    f("full_windows_only", full_windows_only_);
  }
  bool has_valid_state() const {
    return now_.count >= 0 && best_.count >= 0 && kept_.count >= 0 && seen_ >= 0 && since_kept_ >= 0;
  }

 private:
  /// Means over the last losses.
  struct Level {
    double mean = 0, magnitude = 0;
    double half_noise = 0;  // half, so that it cannot overflow
    std::int64_t count = 0;

    template <class F>
    void for_each_state_value(F&& f) {
      f("mean", mean);
      f("magnitude", magnitude);
      f("half_noise", half_noise);
      f("count", count);
    }
    void add(double loss, std::int64_t memory) {
      const auto held = static_cast<double>(std::min(count, memory - 1));
      half_noise = count == 0 ? 0 : with(half_noise, std::abs(0.5 * loss - 0.5 * mean), held);
      magnitude = with(magnitude, std::abs(loss), held);
      mean = with(mean, loss, held);
      ++count;
    }
    static double with(double mean, double value, double held) {
      RunningMean next(mean, held);
      next.add(value);
      return next.mean();
    }
  };

  double limit() const {
    if (!full_windows_only_) return tolerance_ * best_.mean;
    const double scale = std::max({first_ - best_.mean, 2 * best_.half_noise, 0.01 * best_.magnitude});
    return best_.mean + (tolerance_ - 1) * scale;
  }

  /// Losses of both signs have no scale except their noise, which a few of them do not show.
  void count_full_windows_only() {
    if (!full_windows_only_ && best_.count < memory_) best_ = {};
    full_windows_only_ = true;
  }

  /// Whether a loss is above the best mean by no more than noise, and not rising.
  bool is_near_best(double loss) const {
    return best_.count > 0 && now_.mean <= best_.mean + best_.half_noise && loss <= now_.mean;
  }

  static constexpr std::int64_t few = 4;  // a first loss may be small by chance

  double tolerance_;
  std::int64_t memory_, keep_every_;
  Level now_, best_, kept_;
  double first_ = 0;
  std::int64_t seen_ = 0, since_kept_ = 0;
  bool full_windows_only_ = false;
};

}  // namespace descent::detail
