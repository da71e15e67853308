// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/adapt/loss_watch.hpp>
#include <descent/training/support/norms.hpp>
#include <descent/training/support/parameter_copy.hpp>

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
      : options_(options),
        parameters_(parameters),
        optimizer_(optimizer),
        watch_(options.tolerance, options.memory, options.keep_every) {
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
