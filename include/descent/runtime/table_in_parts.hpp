// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/runtime/compose.hpp>
#include <descent/runtime/named_options.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

// The table of all rules, as descent::rules compiles it: in files that compile at the same time.

namespace descent::detail::inline DESCENT_BUILD {

template <class S>
using EntriesOfPart = std::span<const RuleEntry<S>>;
/// Defined in a file of its own for each part.
template <class S, std::size_t part>
EntriesOfPart<S> entries_of_part();

template <class S, std::size_t parts>
struct TableInParts {
  static const std::vector<RuleEntry<S>>& entries() {
    static const std::vector<RuleEntry<S>> all = []<std::size_t... part>(std::index_sequence<part...>) {
      std::vector<RuleEntry<S>> joined;
      const auto add = [&](EntriesOfPart<S> entries) {
        joined.insert(joined.end(), entries.begin(), entries.end());
      };
      (add(entries_of_part<S, part>()), ...);
      return joined;
    }(std::make_index_sequence<parts>());
    return all;
  }
  static ComposedRule<S> compose(std::string_view text, const HeapTable& blocks) {
    const ParsedRule parsed = parsed_rule(text);
    return Composer<S>(parsed, blocks, entries()).made();
  }
  static ComposedRule<S> change(std::string_view text, const HeapTable& blocks, const StageList<S>& before) {
    const ParsedRule parsed = parsed_rule(text);
    return Composer<S>(parsed, blocks, entries()).changed(before);
  }
  static constexpr RuleTable<S> table{&compose, &change, &text_of_named_options};
};

}  // namespace descent::detail::inline DESCENT_BUILD
