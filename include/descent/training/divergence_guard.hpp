// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/norms.hpp>
#include <descent/training/parameter_copy.hpp>

#include <cstdint>
#include <type_traits>

namespace descent {

/// When a `DivergenceGuard` takes a training for lost, and what it does.
///
/// * `cut`: what the rate is multiplied by at a roll-back, in (0, 1) (default 0.5).
/// * `tolerance`: a training is lost where a loss is above the first one and above this times the mean of about
///   the last `memory` ones; greater than 1 (default 10). It always is where a loss or a gradient is not finite.
/// * `memory`: at least 1 (default 20).
/// * `keep_every`: good parameters are kept every so many steps, at least 1 (default 10).
/// * `maximum_rollbacks`: at least 0 (default 10); see `gave_up`.
struct DivergenceGuardOptions {
  double cut = 0.5;
  double tolerance = 10;
  std::int64_t memory = 20;
  std::int64_t keep_every = 10;
  std::int64_t maximum_rollbacks = 10;

  void check(const Check& check) const {
    check("cut", cut, Interval{.low = 0, .high = 1});
    check("tolerance", tolerance, Interval{.low = 1});
    check("memory", static_cast<double>(memory), legal::at_least(1));
    check("keep_every", static_cast<double>(keep_every), legal::at_least(1));
    check("maximum_rollbacks", static_cast<double>(maximum_rollbacks), legal::at_least(0));
  }
};

/// Takes the steps of a training, and when it diverges goes back to the last good parameters with a lower rate.
///
///   DivergenceGuard guard(model, optimizer);
///   for (...) {
///     const double loss = model.loss(batch, gradient);
///     if (!guard.step(optimizer, model, gradient, loss)) std::puts("rolled back");
///     if (guard.gave_up()) break;
///   }
///
/// Keeps copies of the parameters and of the optimizer, which goes back as a whole: state, step number and so
/// the place in its schedules. The rate is cut by the optimizer's learning-rate factor; where other objects
/// set that as well, multiply theirs by `learning_rate_factor()`. Losses are taken to be at least 0.
/// Memory: one optimizer and one copy of the parameters more. Errors: std::invalid_argument for options out of
/// range, and what `optimizer.step` throws.
template <class Parameters, class O>
class DivergenceGuard {
 public:
  DivergenceGuard(const Parameters& parameters, const O& optimizer,
                  const DivergenceGuardOptions& options = {})
      : options_(options), parameters_(parameters), optimizer_(optimizer) {
    options.check(Check("DivergenceGuard"));
    parameters_.store(parameters);
  }

  /// Takes the step, and says true; or goes back, and says false. `loss` and the gradient belong to the
  /// parameters before the step.
  template <class Tree, class Gradient>
  bool step(O& optimizer, Tree&& parameters, const Gradient& gradient, double loss) {
    if (gave_up_) return false;
    if (is_lost(loss) || !detail::all_finite(gradient)) {
      roll_back(optimizer, parameters);
      return false;
    }
    if (losses_ == 0) first_ = loss;
    mean_ += (loss - mean_) / static_cast<double>(losses_ < options_.memory ? losses_ + 1 : options_.memory);
    if (losses_++ % options_.keep_every == 0) {
      parameters_.store(parameters);
      optimizer_ = optimizer;
      kept_mean_ = mean_;
      kept_losses_ = losses_;
    }
    optimizer.step(parameters, gradient, loss);
    return true;
  }

  /// How often it went back.
  std::int64_t rollbacks() const { return rollbacks_; }
  /// True where the training was lost once more after `maximum_rollbacks`. The parameters are good ones; no
  /// more steps are taken.
  bool gave_up() const { return gave_up_; }
  /// The product of all cuts.
  double learning_rate_factor() const { return factor_; }

 private:
  bool is_lost(double loss) const {
    return !is_finite(loss) || (losses_ > 0 && loss > first_ && loss > options_.tolerance * mean_);
  }

  template <class Tree>
  void roll_back(O& optimizer, Tree& parameters) {
    parameters_.restore(parameters);
    const double factor = optimizer.learning_rate_factor();
    optimizer = optimizer_;
    mean_ = kept_mean_;
    losses_ = kept_losses_;
    gave_up_ = rollbacks_ == options_.maximum_rollbacks;
    if (gave_up_) return;
    ++rollbacks_;
    factor_ *= options_.cut;
    optimizer.set_learning_rate_factor(options_.cut * factor);
  }

  DivergenceGuardOptions options_;
  detail::ParameterCopy<Parameters> parameters_;
  O optimizer_;
  double first_ = 0, mean_ = 0, kept_mean_ = 0, factor_ = 1;
  std::int64_t losses_ = 0, kept_losses_ = 0, rollbacks_ = 0;
  bool gave_up_ = false;
};

}  // namespace descent
