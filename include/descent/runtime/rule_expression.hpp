// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// A rule as text, taken apart: names, options and compositions, whose meaning is not known yet.

namespace descent::detail::inline DESCENT_BUILD {

/// An option of a rule: its name, empty if the option is given by its place, and the part of the text that is its value.
struct OptionText {
  std::string name;
  std::size_t name_at = 0, begin = 0, end = 0;
};

/// A selector of blocks: `matrices`, or `by_path("layers[*].bias")`.
struct SelectorText {
  std::string name, pattern;
  std::size_t begin = 0;
};

enum class Composition : std::uint8_t { rule, chain, partition, masked };

/// A rule or a composition of rules.
struct RuleExpression {
  Composition kind = Composition::rule;
  std::size_t begin = 0;
  std::string name{};                   // of a rule
  std::vector<OptionText> options{};    // of a rule
  SelectorText selector{};              // of a partition or a mask
  std::vector<RuleExpression> parts{};  // of a composition
};

/// A text, and what it says. Positions in the expression are positions in the text.
struct ParsedRule {
  std::string text{};
  RuleExpression expression{};
};

}  // namespace descent::detail::inline DESCENT_BUILD
