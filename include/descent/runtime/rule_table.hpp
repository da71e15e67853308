// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/runtime/stage_list.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace descent {
/// Options of a rule as a configuration file holds them: names and values.
using NamedOptions = std::map<std::string, std::string, std::less<>>;
}  // namespace descent

namespace descent::detail::inline DESCENT_BUILD {

/// A rule from text, bound to blocks.
template <class S>
struct ComposedRule {
  StageList<S> stages;
  std::string text;  // as to_string writes it
};

/// The functions that know the rules: an AnyOptimizer calls them through pointers, so that it compiles without the rules.
template <class S>
struct RuleTable {
  ComposedRule<S> (*compose)(std::string_view text, const HeapTable& blocks);
  /// `before` with the options of another text. Errors: std::invalid_argument.
  ComposedRule<S> (*change)(std::string_view text, const HeapTable& blocks, const StageList<S>& before);
  std::string (*text_of_options)(std::string_view name, const NamedOptions& options);
};

}  // namespace descent::detail::inline DESCENT_BUILD
