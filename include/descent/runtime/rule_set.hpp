// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/runtime/any_optimizer.hpp>
#include <descent/runtime/compose.hpp>
#include <descent/runtime/named_options.hpp>
#include <descent/runtime/stage_of_lbfgs.hpp>
#include <descent/runtime/stage_of_rule.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace descent {

/// The rules that a text may name: `make_optimizer(model, text, RuleSet<AdamW, ClipByGlobalNorm, MyRule>{})`.
///
/// Only these are compiled. A rule of your own is one like any other: an aggregate whose options are numbers, schedules,
/// enumerations, optionals or lists of them.
template <class... Rules>
struct RuleSet {};

namespace detail::inline DESCENT_BUILD {

/// The functions of the table for a rule with an Optimizer of its own.
template <class S>
constexpr RuleEntry<S> entry_of_lbfgs() {
  return {"Lbfgs",
          [](const ParsedRule& parsed, const RuleExpression& expression) {
            static_cast<void>(rule_from<Lbfgs>(parsed, expression));
            return RuleFacts{
                .name = "Lbfgs", .has_learning_rate = true, .changes_objective = true, .stands_alone = true};
          },
          [](const ParsedRule& parsed, const RuleExpression& expression) {
            return text_of_rule(rule_from<Lbfgs>(parsed, expression));
          },
          [](const ParsedRule& parsed, const RuleExpression& expression, StageForm, const HeapTable& blocks,
             const BlockMask&) -> std::unique_ptr<Stage<S>> {
            return std::make_unique<StageOfLbfgs<S>>(rule_from<Lbfgs>(parsed, expression), blocks);
          }};
}

template <class R, class S>
constexpr RuleEntry<S> entry_of_rule() {
  return {type_name<R>(),
          [](const ParsedRule& parsed, const RuleExpression& expression) {
            return runtime_facts<R>(rule_from<R>(parsed, expression));
          },
          [](const ParsedRule& parsed, const RuleExpression& expression) {
            return text_of_rule(rule_from<R>(parsed, expression));
          },
          [](const ParsedRule& parsed, const RuleExpression& expression, StageForm form,
             const HeapTable& blocks, const BlockMask& mask) -> std::unique_ptr<Stage<S>> {
            return std::make_unique<StageOf<R, S>>(rule_from<R>(parsed, expression), form, blocks, mask);
          }};
}

template <class R, class S>
constexpr RuleEntry<S> entry_of() {
  if constexpr (std::is_same_v<R, Lbfgs>) {
    return entry_of_lbfgs<S>();
  } else {
    return entry_of_rule<R, S>();
  }
}

/// The table of a set of rules.
template <class Set, class S>
struct TableOf;
template <class... Rules, class S>
struct TableOf<RuleSet<Rules...>, S> {
  static constexpr std::array<RuleEntry<S>, sizeof...(Rules)> entries = {entry_of<Rules, S>()...};

  static ComposedRule<S> compose(std::string_view text, const HeapTable& blocks) {
    const ParsedRule parsed = parsed_rule(text);
    return Composer<S>(parsed, blocks, entries).made();
  }
  static ComposedRule<S> change(std::string_view text, const HeapTable& blocks, const StageList<S>& before) {
    const ParsedRule parsed = parsed_rule(text);
    return Composer<S>(parsed, blocks, entries).changed(before);
  }
  static constexpr RuleTable<S> table{&compose, &change, &text_of_named_options};
};

}  // namespace detail::inline DESCENT_BUILD

/// Makes an optimizer from a text that names rules of a set; see make_optimizer in runtime/parse_rule.hpp.
template <class Parameters, class... Rules>
AnyOptimizer<Parameters> make_optimizer(const Parameters& parameters, std::string_view text,
                                        RuleSet<Rules...>) {
  using S = typename AnyOptimizer<Parameters>::Scalar;
  return AnyOptimizer<Parameters>(parameters, text, detail::TableOf<RuleSet<Rules...>, S>::table);
}

/// Hides the type of a rule of the program: one type for optimizers of different rules.
///
///   AnyOptimizer<Model> optimizer = make_optimizer(model, Sgd{.learning_rate = 0.1} | MyProjection{});
///
/// Only this rule is compiled. Its options cannot be changed.
template <class Parameters, Rule R>
AnyOptimizer<Parameters> make_optimizer(const Parameters& parameters, const R& rule) {
  using S = typename AnyOptimizer<Parameters>::Scalar;
  return AnyOptimizer<Parameters>(parameters, [&](const detail::HeapTable& blocks) {
    static_assert(detail::require_rule<R>());
    detail::ComposedRule<S> composed{.stages = {}, .text = to_string(rule)};
    composed.stages.add(
        std::make_unique<detail::StageOf<R, S>>(rule, detail::StageForm{}, blocks, detail::BlockMask()), {});
    return composed;
  });
}

}  // namespace descent
