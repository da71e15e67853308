// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/clip/clip_by_block_rms.hpp>
#include <descent/transforms/decay/decay.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/matrix/scale_by_factored_rms.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_parameter_rms.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace descent {

/// The factor of weight decay in Adafactor.
enum class AdafactorDecay {
  /// The learning rate, without the cap of relative_step (PyTorch, Keras).
  learning_rate,
  /// The size of a relative step: rate times the size of the block (timm).
  step_size,
  /// 1: p - weight_decay p (Optax).
  fixed
};

/// Adam with a second moment that is stored as a row and a column: steps relative to the size of parameters.
///
///   rate = min(learning_rate, 1 / sqrt(t)) max(min_rms, rms(P))       (relative_step, relative_size)
///   U = G / sqrt(V), V from averages of G^2 over rows and over columns: see ScaleByFactoredRms
///   U = rate U / max(1, rms(U) / clip_threshold)
///   B = momentum B + (1 - momentum) U     P = P - B - decay P
///
/// Memory: 1 value a row and 1 a column, 1 value a parameter in vectors and with momentum; scratch for the
/// update, R and C. Passes: 6, of which 2 only read. Shapes: any; vector types are not factored.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Shazeer & Stern 2018, arXiv:1804.04235, Algorithms 4 and 5.
/// Differs from: Optax (like_optax()), Keras (like_keras()), timm and the paper (like_timm()); PyTorch as
/// here. For timm's warmup_init, use a schedule: learning_rate = min(1e-6 t, ...).
struct Adafactor {
  Schedule learning_rate = 0.01;  ///< not negative
  double beta2_decay = -0.8;      ///< not positive; squares are averaged with 1 - t^beta2_decay
  std::optional<double> epsilon = std::nullopt;  ///< smallest mean of R and smallest sqrt(V), not negative;
                                                 ///< by default the machine epsilon
  double min_rms = 1e-3;                         ///< a block counts as at least this large; not negative
  double clip_threshold = 1;                     ///< largest rms of the update, greater than 0,
                                                 ///< may be infinite
  Schedule weight_decay = 0.0;                   ///< strength of weight decay, not negative
  AdafactorDecay decay_form = AdafactorDecay::learning_rate;  ///< what weight decay is multiplied by
  Schedule momentum = 0.0;              ///< decay of the average of updates, in [0, 1); 0: off
  bool relative_step = true;            ///< caps the rate at 1 / sqrt(t)
  bool relative_size = true;            ///< multiplies the rate by the size of the block
  Eigen::Index min_size_to_factor = 1;  ///< smallest length of both sides of a factored matrix, at least 1
  bool epsilon_in_square = false;       ///< adds epsilon to G^2 instead
  bool maximize = false;                ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    // Finite, but larger than the rms of any update of float.
    constexpr auto never = static_cast<double>(std::numeric_limits<float>::max());
    const ClipByBlockRms clip{is_finite(clip_threshold) ? clip_threshold : never};
    const bool relative_decay = decay_form == AdafactorDecay::step_size && relative_size;
    return Negate{maximize} |
           ScaleByFactoredRms{.beta2_decay = beta2_decay,
                              .epsilon = epsilon,
                              .min_size_to_factor = min_size_to_factor,
                              .epsilon_in_square = epsilon_in_square} |
           clip | optional(ScaleByParameterRms{min_rms}, relative_size) | ScaleByLearningRate{rate()} |
           either(is_always_zero(momentum), Chain<>{}, MovingAverage{.momentum = momentum}) |
           either(relative_decay,
                  detail::SubtractRelativeDecay{
                      .learning_rate = rate(), .weight_decay = weight_decay, .min_rms = min_rms},
                  RatedDecay{.weight_decay = weight_decay,
                             .learning_rate = rate_of_decay(),
                             .without_rate = decay_form == AdafactorDecay::fixed});
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("clip_threshold", clip_threshold, {.low = 0, .high_is_open = false});
    check("weight_decay", weight_decay, legal::non_negative);
  }

  /// Optax: factors sides of at least 128, rates as given, decay not multiplied by the rate.
  static Adafactor like_optax() {
    return {.learning_rate = 1e-3,
            .epsilon = 1e-30,
            .decay_form = AdafactorDecay::fixed,
            .relative_step = false,
            .min_size_to_factor = 128,
            .epsilon_in_square = true};
  }
  /// Keras: rate 0.001, epsilon added to the squares.
  static Adafactor like_keras() {
    return {.learning_rate = 1e-3, .epsilon = 1e-30, .epsilon_in_square = true};
  }
  /// timm without a learning rate, which is the paper's form: factors sides longer than 16, decay relative to
  /// the step.
  static Adafactor like_timm() {
    return {.epsilon = 1e-30,
            .decay_form = AdafactorDecay::step_size,
            .min_size_to_factor = 17,
            .epsilon_in_square = true};
  }

 private:
  using RatedDecay = detail::Decay<detail::DecayForm{.by_rate = true, .subtracts = true, .has_rate = true}>;

  Schedule rate() const {
    if (!relative_step) return learning_rate;
    return [rate = learning_rate](std::int64_t step) {
      const double given = rate(step);
      if (!is_finite(given)) return given;  // check() rejects it
      return std::min(given, 1 / std::sqrt(static_cast<double>(step) + 1));
    };
  }

  Schedule rate_of_decay() const { return decay_form == AdafactorDecay::step_size ? rate() : learning_rate; }
};

}  // namespace descent
