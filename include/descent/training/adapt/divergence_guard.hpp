// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/adapt/metric.hpp>
#include <descent/training/support/norms.hpp>
#include <descent/training/support/parameter_copy.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace descent {

/// When a `DivergenceGuard` considers a training lost, and its reaction.
///
/// best is the lowest mean of about the last `memory` losses. A training is lost if a loss or a gradient is
/// not finite, or if a loss is above the first one and above
///
///   tolerance best    if all losses so far were greater than 0; from the fifth loss on
///   best + (tolerance - 1) max(first loss - best, noise, |best| / 100)    otherwise; after `memory` losses
///
/// noise is the mean distance of the losses from their mean.
struct DivergenceGuardOptions {
  double cut = 0.5;                 ///< the factor of the learning rate at a roll-back, in (0, 1)
  double tolerance = 10;            ///< see above, greater than 1
  std::int64_t memory = 20;         ///< see above, at least 1
  std::int64_t keep_every = 10;     ///< the fewest steps between two copies of the parameters, at least 1
  std::int64_t max_rollbacks = 10;  ///< not negative; see `gave_up`

  void check(const Check& check) const {
    check("cut", cut, Interval{.low = 0, .high = 1});
    check("tolerance", tolerance, Interval{.low = 1});
    check("memory", static_cast<double>(memory), legal::at_least(1));
    check("keep_every", static_cast<double>(keep_every), legal::at_least(1));
    check("max_rollbacks", static_cast<double>(max_rollbacks), legal::at_least(0));
  }
};

namespace detail {

/// Decides whether a loss belongs to a lost training, and whether its parameters should be copied.
class LossWatch {
 public:
  explicit LossWatch(const DivergenceGuardOptions& options)
      : tolerance_(options.tolerance), memory_(options.memory), keep_every_(options.keep_every) {}

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

}  // namespace detail

/// Takes the steps of a training; if it diverges, restores the last good parameters and lowers the learning
/// rate.
///
///   DivergenceGuard guard(model, optimizer);
///   for (...) {
///     const double loss = model.loss(batch, gradient);
///     if (!guard.step(optimizer, model, gradient, loss)) std::puts("rolled back");
///     if (guard.gave_up()) break;
///   }
///
/// Good parameters are those at the first loss, and later ones if the mean of the last losses is near its
/// lowest value and the loss itself is not above that mean. Keeps copies of them and of the optimizer, and
/// restores all of it: state, step number and so its position in schedules. It lowers the learning rate by
/// the optimizer's learning-rate factor; if other objects set the factor too, multiply theirs by
/// `learning_rate_factor()`. Losses may have any sign.
/// Memory: a second optimizer and a copy of the parameters. Errors: std::invalid_argument for options out of
/// range and for parameters of different shapes, and the errors of `optimizer.step`; the loss has not been
/// recorded then.
template <class Parameters, class O>
class DivergenceGuard {
 public:
  DivergenceGuard(const Parameters& parameters, const O& optimizer,
                  const DivergenceGuardOptions& options = {})
      : options_(options), parameters_(parameters), optimizer_(optimizer), watch_(options) {
    options.check(Check("DivergenceGuard"));
    parameters_.store(parameters);
  }

  /// Takes the step and returns true, or rolls back and returns false. `loss` and the gradient belong to the
  /// parameters before the step.
  template <class Tree, class Gradient>
  bool step(O& optimizer, Tree&& parameters, const Gradient& gradient, double loss) {
    if (gave_up_) return false;
    parameters_.check_shapes("DivergenceGuard", parameters);
    if (watch_.is_lost(loss) || !detail::all_finite(gradient)) {
      roll_back(optimizer, parameters);
      return false;
    }
    detail::LossWatch next = watch_;
    if (next.take(loss)) {
      optimizer_ = optimizer;
      parameters_.store(parameters);
    }
    optimizer.step(parameters, gradient, loss);
    watch_ = next;
    return true;
  }

  const DivergenceGuardOptions& options() const { return options_; }
  /// The number of roll-backs.
  std::int64_t rollbacks() const { return rollbacks_; }
  /// Whether the training was lost again after `max_rollbacks`. The parameters are the last good ones,
  /// the learning rate includes all cuts, and no more steps are taken.
  bool gave_up() const { return gave_up_; }
  /// The product of all cuts.
  double learning_rate_factor() const { return factor_; }

  /// Calls f(name, value) for all values to save, by reference, including the copies of parameters and
  /// optimizer.
  template <class F>
  void for_each_state_value(F&& f) {
    f("learning_rate_factor", factor_);
    f("rollbacks", rollbacks_);
    f("gave_up", gave_up_);
    f("watch", watch_);
    f("parameters", parameters_);
    f("optimizer", optimizer_);
  }
  bool has_valid_state() const { return rollbacks_ >= 0 && factor_ >= 0 && is_finite(factor_); }

 private:
  template <class Tree>
  void roll_back(O& optimizer, Tree& parameters) {
    const double factor = optimizer.learning_rate_factor();
    optimizer = optimizer_;
    parameters_.restore(parameters);
    watch_.roll_back();
    gave_up_ = rollbacks_ == options_.max_rollbacks;
    const double cut = gave_up_ ? 1 : options_.cut;
    optimizer.set_learning_rate_factor(cut * factor);
    factor_ *= cut;
    if (!gave_up_) ++rollbacks_;
  }

  DivergenceGuardOptions options_;
  detail::ParameterCopy<Parameters> parameters_;
  O optimizer_;
  detail::LossWatch watch_;
  double factor_ = 1;
  std::int64_t rollbacks_ = 0;
  bool gave_up_ = false;
};

}  // namespace descent
