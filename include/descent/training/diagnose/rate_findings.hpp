// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/adapt/slope_test.hpp>
#include <descent/training/diagnose/finding.hpp>
#include <descent/training/diagnose/run_trace.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Findings about the learning rate from the losses and the lengths of the steps. A finding without evidence
// counts as none.
namespace descent::detail {

inline std::string try_rate(double rate, const char* otherwise) {
  return is_finite(rate) ? formatted("try a rate of %.0e", {rate}) : otherwise;
}
inline double percent(double share) { return 100 * share; }

/// The longest of the first or the last steps if one stands out, else their median.
inline std::string step_length(const RunTrace& run) {
  const double ratio = std::max(run.early_ratio(), run.ratio());
  if (run.peak_ratio > 3 * ratio)
    return formatted(", and step %d was %.3g %% of the parameters", {run.peak_step, percent(run.peak_ratio)});
  return formatted(run.early_ratio() > run.ratio() ? ", and the first updates were %.2g %% of the parameters"
                                                   : ", and updates are %.2g %% of the parameters",
                   {percent(ratio)});
}

/// Of logarithms, because losses fall by factors, and a spike must not hide a fall.
inline SlopeTest trend_of(const RunTrace& run, std::size_t first_bin) {
  std::vector<double> means = run.losses.means(first_bin, run.losses.bins());
  if (std::all_of(means.begin(), means.end(), [](double loss) { return loss > 0; }))
    for (double& loss : means) loss = std::log(loss);
  return slope_test(means);
}

/// The loss has only risen, along consistent gradients and in short steps: no learning rate helps.
inline Finding wrong_sign(const RunTrace& run) {
  const LossTrace::Mean now = run.losses.now(), best = run.losses.best();
  const double noise = std::hypot(now.error, best.error);
  const auto signal = run.window.signal();
  const bool only_rises = now.mean - run.first_loss > 0.02 * std::abs(run.first_loss) + 3 * noise &&
                          best.mean > run.first_loss - 3 * best.error &&
                          trend_of(run, 0).falling_probability < 1e-6;
  const bool agree = signal.share > 0.1 && signal.errors > 2.5;
  if (!only_rises || !agree || run.early_ratio() > 0.05 || (!run.from_zero() && run.peak_ratio > 1))
    return {};
  return {.verdict = Verdict::wrong_sign,
          .evidence = formatted(
              "the loss has risen from %.3g to %.3g since the start, though updates were short%s and "
              "successive gradients agree",
              {run.first_loss, now.mean,
               run.from_zero() ? std::string()
                               : formatted(" (%.2g %% of the parameters)", {percent(run.early_ratio())})}),
          .advice = "compare the gradient with differences (check_gradient)",
          .began = run.first_step()};
}

/// Whether the loss is above its lowest value: significantly, with long steps; or in a long run that no
/// longer falls, with gradients that are mostly noise.
inline bool rises(const RunTrace& run, double ratio) {
  const LossTrace::Mean now = run.losses.now(), best = run.losses.best();
  const double noise = std::hypot(now.error, best.error), rise = now.mean - best.mean;
  if (ratio > 0.01 && rise > 0.1 * std::max(0.0, run.first_loss - best.mean) + 3 * noise) return true;
  return run.losses.count() >= 200 && rise > 0.4 * best.mean + noise && now.mean > 0.05 * run.first_loss &&
         run.ratio() > 1.5e-3 && run.window.signal().share < 0.35 &&
         trend_of(run, run.losses.bins() / 2).falling_probability < 0.95;
}

/// The evidence in the losses for a learning rate that is too high; empty if there is none.
inline Finding rise(const RunTrace& run, double ratio) {
  Finding finding{.verdict = Verdict::rate_too_high};
  const double now = run.losses.now().mean, best = run.losses.best().mean;
  const bool gained_nothing = run.first_loss - now < 0.1 * std::abs(run.first_loss);
  const bool was_far_above = run.worst_loss > 1.5 * run.first_loss;
  const bool long_steps = run.from_zero() || std::max(ratio, run.peak_ratio) > 0.1;
  const bool stayed_above =
      run.worst_loss > 3 * run.first_loss && 4 * run.steps_above_start > run.losses.count();
  if (rises(run, ratio)) {
    finding.began = run.step_of_bin(run.losses.end_of_best());
    finding.evidence = formatted("the loss rose from %.3g to %.3g since step %d",
                                 {std::min(best, run.first_loss), now, finding.began});
  } else if (was_far_above && long_steps && (gained_nothing || stayed_above)) {
    finding.began = run.first_step();
    finding.evidence = formatted("the loss was %.3g at first, reached %.3g and is %.3g",
                                 {run.first_loss, run.worst_loss, now});
  }
  return finding;
}

/// Whether steps are long relative to the parameters, or were at first, without making the loss low.
inline bool steps_too_long(const RunTrace& run) {
  const double early = run.early_ratio(), now = run.losses.now().mean / run.first_loss;
  if (run.losses.count() < 200) return false;
  const double falling = trend_of(run, run.losses.bins() / 2).falling_probability;
  if (run.from_zero() && now > 0.1 && 20 * run.steps_above_start > run.losses.count()) return true;
  if (now > 0.03 && run.ratio() > 0.2) return true;
  if (now > 0.03 && run.steps_above_start > 0 && (early > 0.8 || (early > 0.2 && now > 0.2))) return true;
  return (early > 0.2 && now > 0.05 && falling < 0.8) || (early > 0.4 && now > 0.02 && falling < 0.9);
}

inline Finding long_steps(const RunTrace& run, bool dead) {
  Finding finding{.verdict = Verdict::rate_too_high, .began = run.first_step()};
  if (dead && run.early_ratio() > 0.05) {
    finding.evidence = "blocks or half of the units get no gradient any more";
  } else if (steps_too_long(run)) {
    finding.evidence = formatted("the loss has come from %.3g to %.3g in %d steps",
                                 {run.first_loss, run.losses.now().mean, run.losses.count()});
  }
  return finding;
}

inline Finding rate_too_high(const RunTrace& run, bool dead) {
  if (run.crawls()) return {};
  const double ratio = std::max(run.early_ratio(), run.ratio());
  Finding finding = rise(run, ratio);
  if (finding.evidence.empty()) finding = long_steps(run, dead);
  if (finding.evidence.empty()) return finding;
  finding.evidence += step_length(run);
  finding.suggested_rate = run.lower_rate();
  finding.advice = try_rate(finding.suggested_rate, "lower it");
  return finding;
}

/// A run that ended after few steps, and whose first steps were long or raised the loss. `step` was not
/// finite; -1 if all were, since `fit` reports no step with a loss that is not finite.
inline Finding too_high_at_once(const RunTrace& run, std::int64_t step) {
  constexpr std::int64_t few = 200;
  const bool long_steps = run.early_ratio() > 0.05, rose = run.worst_loss > 3 * run.first_loss;
  if (run.losses.count() > few || !(step < 0 ? long_steps && rose : long_steps || rose)) return {};
  const double rate = run.lower_rate();
  return {.verdict = Verdict::rate_too_high,
          .evidence =
              formatted("the loss was %.3g at first and reached %.3g", {run.first_loss, run.worst_loss}) +
              (step < 0 ? std::string() : formatted(", step %d was not finite", {step})) + step_length(run),
          .advice = try_rate(rate, "lower it"),
          .suggested_rate = rate,
          .began = run.first_step()};
}

inline std::string low_evidence(const RunTrace& run, double share) {
  const double now = run.losses.now().mean;
  std::string text = run.from_zero()
                         ? formatted("%.2g %% of the way from 0 is straight", {percent(run.straightness())})
                         : formatted("updates are %.1g %% of the parameters", {percent(run.ratio())});
  if (run.gradients_agree())
    text += formatted(", successive gradients agree (%.2g of their square is not noise)", {share});
  return text + ", and " +
         (now < run.first_loss ? formatted("the loss has come from %.3g to %.3g only", {run.first_loss, now})
                               : formatted("the loss is %.3g after %.3g at first", {now, run.first_loss}));
}

/// Whether updates are too short: tiny ones that leave the loss near its start, or short ones while the loss
/// still falls as fast as before.
inline bool too_short(const RunTrace& run) {
  const double gradient = run.window.median(&UpdateWindow::Entry::gradient_norm), ratio = run.ratio();
  const double now = run.losses.now().mean / run.first_loss;
  const bool long_run = run.losses.count() >= 200;
  if (run.from_zero()) return run.walks_straight() && now > (long_run ? 0.1 : 0.5);
  if (std::max(ratio, run.peak_ratio / 50) < 2e-4 && run.gradients_agree() && now > 0.5 &&
      gradient > 0.1 * run.first_gradient)
    return true;
  if (!long_run || !(now > 0.05)) return false;
  const double falling = trend_of(run, run.losses.bins() / 2).falling_probability;
  const bool steady = run.late_fall() > 0.1;
  if (run.peak_ratio < 1.2e-3) return falling > 0.95 && (steady || run.gradients_agree());
  return run.peak_ratio < 6e-3 && ratio < 5e-4 && falling > 0.99 && steady && run.gradients_agree() &&
         run.window.signal().share > 0.3;
}

inline Finding rate_too_low(const RunTrace& run) {
  Finding finding{.verdict = Verdict::rate_too_low};
  const bool still_rising = run.window.latest().learning_rate > 1.01 * run.window.oldest().learning_rate;
  if (run.window.size() < 50 || still_rising || !too_short(run)) return finding;
  finding.evidence = low_evidence(run, run.window.signal().share);
  finding.suggested_rate = run.higher_rate();
  finding.advice = try_rate(finding.suggested_rate, "raise it");
  finding.began = run.first_step();
  return finding;
}

/// A loss that has stopped falling.
struct Plateau {
  double level = 0;
  std::int64_t began = 0, steps = 0;
  SlopeTest trend = {};
  std::string text() const {
    return formatted("for %d steps, since step %d, the loss has stayed around %.3g", {steps, began, level});
  }
};

/// The second half of the run; the plateau starts earlier if earlier losses are as near to its level.
inline Plateau plateau_of(const RunTrace& run) {
  const LossTrace& losses = run.losses;
  std::size_t first = losses.bins() / 2;
  Plateau plateau{.level = losses.estimate(first, losses.bins()).mean, .trend = trend_of(run, first)};
  const auto distance = [&](double mean) { return std::abs(mean - plateau.level); };
  double farthest = 0;
  for (const double mean : losses.means(first, losses.bins())) farthest = std::max(farthest, distance(mean));
  while (first > 0 && distance(losses.means(first - 1, first).front()) <= farthest) --first;
  plateau.began = run.step_of_bin(first);
  plateau.steps = losses.count() - losses.values_before(first);
  return plateau;
}

inline Finding too_high_for_a_fall(const RunTrace& run, std::string evidence) {
  const double rate = run.lower_rate();
  return {.verdict = Verdict::rate_too_high,
          .evidence = std::move(evidence),
          .advice = try_rate(rate, "lower it"),
          .suggested_rate = rate};
}

inline Finding stalled_for_long(const RunTrace& run, const Plateau& flat) {
  const auto signal = run.window.signal();
  if (run.crawls())
    return {
        .verdict = Verdict::stalled,
        .evidence = flat.text() + formatted(", near its start (%.3g), with tiny updates", {run.first_loss}),
        .advice = "raise the rate, unless the model was trained before"};
  if (signal.share < -0.2 && signal.errors < -2.5 && flat.level > 0.05 * run.first_loss)
    return {.verdict = Verdict::rate_too_high,
            .evidence =
                flat.text() +
                formatted(", and each gradient points against the one before (cosine %.2g)", {signal.share}),
            .advice = "lower it, best by a schedule or ReduceOnPlateau"};
  if (std::abs(signal.errors) < 2.5 && signal.share < 0.1)
    return {.verdict = Verdict::noise_too_large,
            .evidence = "successive gradients have nothing in common, and " + flat.text(),
            .advice = "take larger batches, or a lower rate (a schedule, ReduceOnPlateau)"};
  return {.verdict = Verdict::stalled,
          .evidence = flat.text() +
                      formatted(" (the chance that it falls is %.2g)", {flat.trend.falling_probability}),
          .advice = "it has converged, or needs a lower rate (a schedule, ReduceOnPlateau) or another model"};
}

inline Finding stalled(const RunTrace& run) {
  if (run.losses.count() < 200) return {};
  const Plateau flat = plateau_of(run);
  if (flat.trend.falling_probability > 0.8) return {};
  Finding finding;
  const bool long_steps =
      run.from_zero() ? run.ratio() > 0.02 : run.ratio() > 5e-3 && run.early_ratio() > 0.2;
  if (long_steps && flat.level > 0.2 * run.first_loss) {
    finding = too_high_for_a_fall(
        run, flat.text() + formatted(", with updates of %.2g %% of the parameters", {percent(run.ratio())}));
  } else if (run.losses.count() >= 500) {
    finding = stalled_for_long(run, flat);
  }
  finding.began = flat.began;
  return finding;
}

/// The loss of guessing by the class frequencies alone.
struct ClassGuess {
  double entropy = 0;
  std::int64_t classes = 0;
  /// Whether the frequencies are given; else they are assumed to be equal.
  bool known = false;
};

/// A loss that stays at the entropy of the classes. If they are equally frequent, it is the same in every
/// batch.
inline Finding only_class_frequencies(const RunTrace& run, const ClassGuess& guess) {
  const double entropy = guess.entropy;
  if (run.losses.count() < 200 || run.crawls() || !(entropy > 0)) return {};
  const Plateau flat = plateau_of(run);
  const LossTrace::Mean half = run.losses.estimate(run.losses.bins() / 2, run.losses.bins());
  const double deviation = half.error * std::sqrt(static_cast<double>(half.count));
  const bool at_entropy = flat.level > 0.98 * entropy && flat.level < 1.05 * entropy;
  if (!at_entropy || flat.trend.falling_probability > 0.99 || run.first_loss < 0.9 * entropy ||
      (!guess.known && deviation > 0.1 * entropy))
    return {};
  return {.verdict = Verdict::only_class_frequencies,
          .evidence =
              flat.text() + formatted(", and a guess among %d classes by their frequencies alone has %.3g",
                                      {guess.classes, entropy}),
          .advice =
              "look for dead units, for inputs that do not reach the output, and for labels of other samples",
          .began = flat.began};
}

}  // namespace descent::detail
