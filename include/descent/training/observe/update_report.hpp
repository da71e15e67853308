// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/observe/block_update.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace descent {

/// The effects of one step; `to_string(report)` prints it. Made by `UpdateObserver`, and by `fit` for
/// `on_update`.
///
/// All values are measured from outside (the gradient as given, the parameters before and after), so they
/// hold for every rule. They show the effect of a rule's parts: with Sgd, effective_rate / learning_rate is
/// the factor of clipping; with LARS it is the trust ratio.
struct UpdateReport {
  /// Steps taken before this one.
  std::int64_t step = 0;
  /// The loss of the batch, before the step.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate of the step; NaN for a rule without one.
  double learning_rate = std::numeric_limits<double>::quiet_NaN();
  /// Norms over all blocks.
  double gradient_norm = 0, update_norm = 0, parameter_norm = 0;
  /// The cosine of the angle between this gradient and the previous observed one: near 1 if steps are too
  /// short to change anything, near 0 if the noise of the batches dominates, negative if steps jump across a
  /// valley. NaN for the first.
  double gradient_cosine = std::numeric_limits<double>::quiet_NaN();
  /// The scalar product of this gradient and the previous one; NaN for the first. Divided by the square of
  /// the norm it estimates the fraction of the gradient that is not noise.
  double gradient_product = std::numeric_limits<double>::quiet_NaN();
  std::vector<BlockUpdate> blocks = {};
  /// The number of observed steps that were skipped, including this one.
  std::int64_t skipped_steps = 0;
  /// The `max_norm` of a `ClipByGlobalNorm` at the beginning of the rule (a `SkipNonFinite` may precede it);
  /// NaN without one.
  double clip_norm = std::numeric_limits<double>::quiet_NaN();

  double update_ratio() const { return parameter_norm > 0 ? update_norm / parameter_norm : 0; }
  /// The learning rate with which plain gradient descent would make a step of this length.
  double effective_rate() const { return gradient_norm > 0 ? update_norm / gradient_norm : 0; }
  /// Whether the parameters did not change although there was a gradient: the rule skipped the step, or the
  /// step was too small for the parameters' precision.
  bool skipped() const { return update_norm == 0 && !(gradient_norm == 0); }
  /// Whether the gradient is longer than `clip_norm`.
  bool clipped() const { return gradient_norm > clip_norm; }
  /// Whether all elements of the gradient were finite.
  bool finite_gradient() const { return is_finite(gradient_norm); }
};

/// A line for the step, then a table of its blocks.
inline std::string to_string(const UpdateReport& report) {
  using detail::formatted;
  std::string text =
      formatted("step %d: loss %.4g, rate %.3g (effective %.3g), gradient %.3g, update / parameters %.2g%s\n",
                {report.step, report.loss, report.learning_rate, report.effective_rate(),
                 report.gradient_norm, report.update_ratio(), report.skipped() ? ", skipped" : ""});
  text += formatted("  %-24s %10s %10s %10s %10s %8s\n",
                    {"block", "gradient", "update", "parameters", "upd./par.", "zero"});
  for (const BlockUpdate& block : report.blocks) {
    const double zeros = block.elements > 0 ? 100 * static_cast<double>(block.zero_gradients) /
                                                  static_cast<double>(block.elements)
                                            : 0;
    text += formatted("  %-24s %10.3g %10.3g %10.3g %10.2g %6.1f %%\n",
                      {block.path, block.gradient_norm, block.update_norm, block.parameter_norm,
                       block.update_ratio(), zeros});
  }
  return text;
}

}  // namespace descent
