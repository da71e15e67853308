// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/diagnose/block_gradient_report.hpp>

#include <limits>
#include <string>
#include <vector>

namespace descent {

/// The result of `check_gradient`; `to_string(report)` prints it.
struct GradientReport {
  std::vector<BlockGradientReport> blocks = {};
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// Whether two calls at the same point returned the same loss. If not, the gradient cannot be judged.
  bool deterministic = true;

  /// Whether every block agrees with the differences.
  bool ok() const {
    bool all = deterministic;
    for (const BlockGradientReport& block : blocks) all = all && block.ok();
    return all;
  }
  explicit operator bool() const { return ok(); }
};

/// The verdict in one line, then a line for each block.
inline std::string to_string(const GradientReport& report) {
  std::string text = report.ok() ? "the gradient agrees with central differences" : "the gradient is wrong";
  if (!report.deterministic)
    text =
        "the loss changes from call to call at the same parameters: fix its random numbers before the "
        "gradient "
        "can be checked";
  for (const BlockGradientReport& block : report.blocks) text += "\n  " + to_string(block);
  return text + "\n";
}

}  // namespace descent
