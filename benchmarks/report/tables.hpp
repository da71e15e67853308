// SPDX-License-Identifier: MIT
#pragma once

#include "results.hpp"

#include <cstdio>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

// The tables in Markdown.

namespace report {

inline std::string with_digits(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}
/// Three significant digits.
inline std::string rounded(double value) {
  return with_digits(value, value < 0.1 ? 4 : value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

enum class Unit { ns_per_parameter, ns_per_step, ms_per_step };

struct Section {
  std::string program;  // how its name begins
  std::string title, text;
  Unit unit;
};

inline std::string time_of(const Measured& measured, Unit unit) {
  switch (unit) {
    case Unit::ns_per_parameter:
      return rounded(measured.median_ns_per_parameter());
    case Unit::ns_per_step:
      return rounded(measured.median_ns_per_step());
    default:
      return rounded(1e-6 * measured.median_ns_per_step());
  }
}

/// The row of a case in a table: all loops of a limit share a row.
inline std::string row_of(const Measured& measured) {
  const std::string subject = measured.is_limit() ? "limit" : measured.subject;
  return measured.rule + " | " + subject + " | " + measured.scalar + " | " + measured.threads;
}

inline bool begins_with(const std::string& text, const std::string& beginning) {
  return text.rfind(beginning, 0) == 0;
}

template <class List>
void add_once(List& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

inline std::string cell(const Results& results, const Section& section, const std::string& row,
                        const std::string& shape) {
  const Measured* best = nullptr;
  for (const Measured& measured : results.all()) {
    if (!begins_with(measured.program, section.program) || row_of(measured) != row || measured.shape != shape)
      continue;
    if (best == nullptr || measured.median_ns_per_step() < best->median_ns_per_step()) best = &measured;
  }
  if (best == nullptr) return "";
  const auto ratio = results.ratio(*best);
  return time_of(*best, section.unit) + (ratio.has_value() ? " (" + with_digits(*ratio, 2) + ")" : "");
}

inline void write_section(std::ostream& out, const Results& results, const Section& section) {
  std::vector<std::string> rows, shapes;
  for (const Measured& measured : results.all()) {
    if (!begins_with(measured.program, section.program)) continue;
    add_once(rows, row_of(measured));
    add_once(shapes, measured.shape);
  }
  if (rows.empty()) return;
  out << "\n## " << section.title << "\n\n" << section.text << "\n\n| rule | by | type | threads |";
  for (const std::string& shape : shapes) out << ' ' << shape << " |";
  out << "\n|---|---|---|---|";
  for (std::size_t k = 0; k < shapes.size(); ++k) out << "---|";
  out << "\n";
  for (const std::string& row : rows) {
    out << "| " << row << " |";
    for (const std::string& shape : shapes) out << ' ' << cell(results, section, row, shape) << " |";
    out << "\n";
  }
}

/// The target of a class of cases: the worst of them counts.
struct Target {
  std::string title, program;
  std::function<bool(const Measured&)> includes;
  double most;
  bool in_ns_per_step = false;  // else a ratio
};

inline void write_targets(std::ostream& out, const Results& results, const std::vector<Target>& targets) {
  out << "\n## Targets\n\nThe worst case of each class.\n\n| class | at most | measured | "
         "|\n|---|---|---|---|\n";
  for (const Target& target : targets) {
    const Measured* worst = nullptr;
    double highest = 0;
    for (const Measured& measured : results.all()) {
      if (measured.program != target.program || !target.includes(measured)) continue;
      const auto ratio = results.ratio(measured);
      if (!target.in_ns_per_step && !ratio.has_value()) continue;
      const double value = target.in_ns_per_step ? measured.median_ns_per_step() : *ratio;
      if (worst == nullptr || value > highest) {
        worst = &measured;
        highest = value;
      }
    }
    if (worst == nullptr) continue;
    const std::string unit = target.in_ns_per_step ? " ns" : "";
    out << "| " << target.title << " | " << with_digits(target.most, 2) << unit << " | "
        << with_digits(highest, 2) << unit << " (" << worst->rule << ", " << worst->shape << ", "
        << worst->scalar << ") | " << (highest <= target.most ? "met" : "missed") << " |\n";
  }
}

}  // namespace report
