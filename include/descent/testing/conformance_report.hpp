// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace descent::testing {

/// How `check_conformance` tests a rule.
///
/// * `allocations`: tells how often the program has allocated so far, as the test program counts it in its
///   own operator new; null (default): what does not go through Eigen is not watched.
/// * `maximizes`: the rule climbs (false).
/// * `depends_on_place`: the rule may treat blocks and elements by where they are: noise drawn for each
///   element, a choice by the number of the block (false). Then positions and orders are not compared.
/// * `descent_steps`: the steps in which it must get down a quadratic, at least 1 (100).
/// * `loss_left`: the share of the first loss that it may leave there, greater than 0 (1): with 1 it must
///   get down at all.
struct ConformanceOptions {
  std::size_t (*allocations)() = nullptr;
  bool maximizes = false;
  bool depends_on_place = false;
  std::int64_t descent_steps = 100;
  double loss_left = 1;
};

enum class Verdict { passed, failed, skipped };

/// What was found of one property: if it failed where and what, if it was skipped why.
struct PropertyReport {
  std::string property;
  Verdict verdict = Verdict::passed;
  std::string finding = {};
};

/// What `check_conformance` found; `to_string(report)` shows it.
struct ConformanceReport {
  std::string rule;
  std::vector<PropertyReport> properties = {};

  /// Whether no property failed.
  bool ok() const {
    for (const PropertyReport& property : properties)
      if (property.verdict == Verdict::failed) return false;
    return true;
  }
  explicit operator bool() const { return ok(); }
};

/// A line such as "FAILED   resume: float: at step 4 block 0, element (1, 2) is 0.5, not 0.25".
inline std::string to_string(const PropertyReport& property) {
  const char* const verdict = property.verdict == Verdict::passed   ? "passed   "
                              : property.verdict == Verdict::failed ? "FAILED   "
                                                                    : "skipped  ";
  return verdict + property.property + (property.finding.empty() ? "" : ": " + property.finding);
}

/// The verdict in one line, then a line for each property.
inline std::string to_string(const ConformanceReport& report) {
  std::string text = report.rule + (report.ok() ? " keeps the contract" : " breaks the contract");
  for (const PropertyReport& property : report.properties) text += "\n  " + to_string(property);
  return text + "\n";
}

}  // namespace descent::testing
