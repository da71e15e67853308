// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace descent::testing {

/// How `check_conformance` tests a rule.
struct ConformanceOptions {
  /// Returns the number of allocations so far, as the test program counts them in its own operator new; null:
  /// only allocations through Eigen are checked.
  std::size_t (*allocations)() = nullptr;
  bool maximizes = false;  ///< the rule climbs
  /// The rule may treat blocks and elements by position: noise drawn for each element, a choice by block
  /// number. Then positions and orders are not compared.
  bool depends_on_place = false;
  std::int64_t descent_steps = 100;  ///< the number of steps in which it must descend a quadratic, at least 1
  double loss_left = 1;  ///< the fraction of the first loss that may remain, greater than 0; with 1 any
                         ///< descent is enough
};

enum class PropertyStatus { passed, failed, skipped };

/// The result of one property: if it failed, where and how; if it was skipped, why.
struct PropertyReport {
  std::string property;
  PropertyStatus status = PropertyStatus::passed;
  std::string finding = {};
};

/// The result of `check_conformance`; `to_string(report)` prints it.
struct ConformanceReport {
  std::string rule;
  std::vector<PropertyReport> properties = {};

  /// Whether no property failed.
  bool ok() const {
    for (const PropertyReport& property : properties)
      if (property.status == PropertyStatus::failed) return false;
    return true;
  }
  explicit operator bool() const { return ok(); }
};

/// A line such as "FAILED   resume: float: at step 4 block 0, element (1, 2) is 0.5, not 0.25".
inline std::string to_string(const PropertyReport& property) {
  const char* const status = property.status == PropertyStatus::passed   ? "passed   "
                             : property.status == PropertyStatus::failed ? "FAILED   "
                                                                         : "skipped  ";
  return status + property.property + (property.finding.empty() ? "" : ": " + property.finding);
}

/// The status in one line, then a line for each property.
inline std::string to_string(const ConformanceReport& report) {
  std::string text = report.rule + (report.ok() ? " keeps the contract" : " breaks the contract");
  for (const PropertyReport& property : report.properties) text += "\n  " + to_string(property);
  return text + "\n";
}

}  // namespace descent::testing
