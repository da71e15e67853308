// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace descent {

/// Computes an exponential moving average of the parameters, for evaluating the model.
///
///   average_0 = the parameters before the first step, or 0 with from_zero
///   average = d average + (1 - d) p   after step `start` (counted from 0) and every `every` steps from there,
///   with d = decay, except d = 0 for the first `copies` times unless from_zero;
///   with warmup_power, the k-th update after these has
///   d = max(min_decay, min(decay, 1 - (1 + k / warmup_gamma)^-warmup_power))
///
/// Place it last: `AdamW{...} | Ema{.decay = 0.999}`; optimizer.evaluation_point(model) returns the average.
/// The rule does not change the parameters.
/// Memory: 1 value a parameter, and d^n. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Polyak & Juditsky 1992; Tarvainen & Valpola 2017, arXiv:1703.01780 (for networks); the warm-up
/// as in timm.
/// Differs from: torch.optim.swa_utils, Optax and timm, which average outside of the optimizer (like_torch,
/// like_optax and like_timm).
struct Ema {
  Schedule decay = 0.999;        ///< in [0, 1]
  std::int64_t start = 0;        ///< first step that updates the average, counted from 0; not negative
  std::int64_t every = 1;        ///< steps between two updates, at least 1
  bool from_zero = false;        ///< the average starts at 0, as in Optax
  bool bias_correction = false;  ///< returns average / (1 - d^n) after n updates, for an average from 0
  std::int64_t copies = 1;       ///< updates that copy the parameters, at least 1
  double warmup_power = 0;       ///< other than 0, d warms up as above; not negative
  double warmup_gamma = 1;       ///< greater than 0
  double min_decay = 0;          ///< smallest d of the warm-up, in [0, 1]

  /// torch.optim.swa_utils.get_ema_multi_avg_fn.
  static Ema like_torch(double decay = 0.999) { return {.decay = decay}; }
  /// optax.ema.
  static Ema like_optax(double decay, bool debias = true) {
    return {.decay = decay, .from_zero = true, .bias_correction = debias};
  }
  /// timm.utils.ModelEmaV3, updated after each step with the number of the step.
  static Ema like_timm(double decay = 0.9999, bool use_warmup = false, std::int64_t update_after_step = 0,
                       double warmup_gamma = 1, double warmup_power = 2.0 / 3, double min_decay = 0) {
    return {.decay = decay,
            .copies = update_after_step + 2,
            .warmup_power = use_warmup ? warmup_power : 0,
            .warmup_gamma = warmup_gamma,
            .min_decay = min_decay};
  }

  DESCENT_STATE(average)
  static constexpr RuleTraits traits{.has_evaluation_point = true, .stores_start = true};

  struct RuleState {
    std::int64_t updates = 0;
    double decay_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    if (!updates_at(step)) return;
    rule_state.decay_power *= decay_of(rule_state.updates, step);
    ++rule_state.updates;
  }

  template <class S>
  struct Coefficients {
    S first, origin, updates, weight, correction;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double d = updates_at(step) ? decay_of(rule_state.updates - 1, step) : 1;
    const bool corrects = bias_correction && rule_state.updates > 0 && rule_state.decay_power < 1;
    return {step.is_first() ? 1.0 : 0.0, from_zero ? 0.0 : 1.0, updates_at(step) ? 1.0 : 0.0, 1 - d,
            corrects ? descent::bias_correction(rule_state.decay_power) : 1};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    const V average = select(c.first > V(0), c.origin * p, state.average);
    state.average = select(c.updates > V(0), fma(c.weight, p + u - average, average), average);
    return u;
  }
  template <class V, class C>
  static V evaluation_point(V, const State<V>& state, const C& c) {
    return c.correction * state.average;
  }

  void check(const Check& check) const {
    check("decay", decay, legal::unit_interval);
    check("start", static_cast<double>(start), legal::non_negative);
    check("every", static_cast<double>(every), legal::at_least(1));
    check("copies", static_cast<double>(copies), legal::at_least(1));
    check("warmup_power", warmup_power, legal::non_negative);
    check("warmup_gamma", warmup_gamma, legal::positive);
    check("min_decay", min_decay, legal::unit_interval);
  }

 private:
  bool updates_at(Step step) const { return step.taken() >= start && (step.taken() - start) % every == 0; }
  /// The decay of the next update after `updates` updates.
  double decay_of(std::int64_t updates, Step step) const {
    if (updates < copies && !from_zero) return 0;
    const double most = decay(step.index);
    if (warmup_power == 0) return most;
    const auto k = static_cast<double>(from_zero ? updates + 1 : updates - copies + 1);
    return std::max(min_decay, std::min(most, 1 - std::pow(1 + k / warmup_gamma, -warmup_power)));
  }
};

}  // namespace descent
