// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/runtime/any_optimizer.hpp>

#include <string>
#include <string_view>
#include <type_traits>

#ifndef DESCENT_RULES_COMPILED
#include <descent/runtime/all_rules.hpp>
#endif

// DESCENT_RULES_COMPILED is defined for targets that link descent::rules, which holds all rules. Without it, each file that
// calls make_optimizer with any rule compiles all of them, for minutes: use one such file, or a RuleSet.

namespace descent {

namespace detail::inline DESCENT_BUILD {
#ifdef DESCENT_RULES_COMPILED
template <class S>
const RuleTable<S>& table_of_all_rules();
template <>
const RuleTable<float>& table_of_all_rules<float>();
template <>
const RuleTable<double>& table_of_all_rules<double>();
#else
template <class S>
const RuleTable<S>& table_of_all_rules() {
  return TableOf<AllRules, S>::table;
}
#endif
}  // namespace detail::inline DESCENT_BUILD

/// Makes an optimizer from text: the rule as one would write it in C++.
///
///   make_optimizer(model, "ClipByGlobalNorm{.max_norm = 1} | AdamW{.learning_rate = 1e-3}")
///   make_optimizer(model, "partition(matrices, Muon{}, AdamW{.learning_rate = warmup(100) >> CosineDecay{.initial = 1e-3,
///                          .steps = 10000}})")
///
/// The text may contain all rules of descent but RestAbsentBlocks and ScaleByBlock; their options by name or by
/// place, schedules as parse_schedule reads them; `|`, chain(...), partition(selector, a, b) and masked(selector, a) with
/// the selectors matrices, vectors, biases, no_decay and by_path("..."). A name may have the prefix descent::, and {} may be
/// left out.
/// The text may be untrusted: at most 100'000 characters, 64 rules, 20 compositions inside each other; the time is
/// proportional to its length, and the stack is bounded.
/// Errors: std::invalid_argument with the position, what was found, what is legal and the nearest name; the messages of
/// Optimizer's constructor, with the position of the rule.
template <class Parameters>
AnyOptimizer<Parameters> make_optimizer(const Parameters& parameters, std::string_view text) {
  using S = typename AnyOptimizer<Parameters>::Scalar;
  return AnyOptimizer<Parameters>(parameters, text, detail::table_of_all_rules<S>());
}

/// Like above, from the name of a rule and its options: `make_optimizer(model, "AdamW", {{"learning_rate", "0.001"}})`.
template <class Parameters>
AnyOptimizer<Parameters> make_optimizer(const Parameters& parameters, std::string_view name,
                                        const NamedOptions& options) {
  using S = typename AnyOptimizer<Parameters>::Scalar;
  const detail::RuleTable<S>& rules = detail::table_of_all_rules<S>();
  return AnyOptimizer<Parameters>(parameters, rules.text_of_options(name, options), rules);
}

}  // namespace descent
