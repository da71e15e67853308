// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/support/formatted_text.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace descent {

/// Possible causes of a training's problems.
enum class Verdict {
  rate_too_high,
  rate_too_low,
  exploding_gradient,
  dead_block,
  noise_too_large,
  stalled,
  overfitting,
  wrong_sign,
  dead_units,
  validation_gap,
  inputs_not_normalised,
  always_clipped,
  only_class_frequencies
};

/// The verdict as a phrase: "the learning rate is likely too high".
constexpr const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::rate_too_high:
      return "the learning rate is likely too high";
    case Verdict::rate_too_low:
      return "the learning rate is likely too low";
    case Verdict::exploding_gradient:
      return "the gradient explodes";
    case Verdict::dead_block:
      return "a block gets no gradient";
    case Verdict::noise_too_large:
      return "the gradient is mostly noise";
    case Verdict::stalled:
      return "the loss no longer falls";
    case Verdict::overfitting:
      return "the model overfits";
    case Verdict::wrong_sign:
      return "the gradient likely has the wrong sign";
    case Verdict::dead_units:
      return "many units are dead";
    case Verdict::validation_gap:
      return "validation is far worse than training";
    case Verdict::inputs_not_normalised:
      return "the inputs are likely not normalised";
    case Verdict::always_clipped:
      return "the gradient is clipped at every step";
    case Verdict::only_class_frequencies:
      return "only the frequencies of the classes are learned";
  }
  return "unknown";
}

/// A verdict with its evidence and advice.
struct Finding {
  Verdict verdict = Verdict::stalled;
  /// The observed numbers: "the loss rose from 2.4 to 6.5, and a step was 210 % of the parameters".
  std::string evidence = {};
  /// "try a rate of 0.03".
  std::string advice = {};
  /// The learning rate to try; NaN if the learning rate is not the cause. If it is too high, a value below
  /// every one in use; if it is too low, a value above.
  double suggested_rate = std::numeric_limits<double>::quiet_NaN();
  /// The step at which the problem began, as in `UpdateReport::step`; -1 if unknown.
  std::int64_t began = -1;
};

/// The finding in one line: "the learning rate is likely too high: the loss rose ...; try a rate of 0.03".
inline std::string to_string(const Finding& finding) {
  return std::string(to_string(finding.verdict)) + ": " + finding.evidence + "; " + finding.advice;
}

/// The findings, each on its own line, wrapped before column 100; or a line that says that there are none.
inline std::string to_string(const std::vector<Finding>& findings) {
  if (findings.empty()) return "nothing conspicuous\n";
  std::string text;
  for (const Finding& finding : findings) text += detail::wrapped(to_string(finding)) + "\n";
  return text;
}

}  // namespace descent
