// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/checks.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/runtime/options_of_rule.hpp>
#include <descent/runtime/order_checks.hpp>
#include <descent/runtime/read_expression.hpp>
#include <descent/runtime/rule_table.hpp>
#include <descent/wrappers/selectors.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// From a rule's expression to stages: for a new optimizer, or for one that gets new options.

namespace descent::detail::inline DESCENT_BUILD {

template <class S>
class Composer {
 public:
  Composer(const ParsedRule& parsed, const HeapTable& blocks, std::span<const RuleEntry<S>> rules)
      : parsed_(parsed),
        reader_(parsed.text, "make_optimizer"),
        blocks_(blocks),
        rules_(rules),
        frozen_(blocks.count()) {}

  /// New stages.
  ComposedRule<S> made() {
    plan();
    ComposedRule<S> result{.stages = {}, .text = text_of(parsed_.expression)};
    for (std::size_t i = 0; i < planned_.size(); ++i) {
      const Planned& stage = planned_[i];
      reader_.at(stage.expression->begin, [&] {
        result.stages.add(stage.entry->make(parsed_, *stage.expression, form_of(i), blocks_, mask_of(stage)),
                          mask_of(stage));
        return 0;
      });
    }
    if (any_frozen()) result.stages.set_frozen(frozen_);
    result.stages.set_first_takes_norm(first_follows_all_);
    return result;
  }

  /// The stages of `before`, with state, under new options.
  ComposedRule<S> changed(const StageList<S>& before) {
    plan();
    ComposedRule<S> result{.stages = before, .text = text_of(parsed_.expression)};
    auto& entries = result.stages.entries();
    bool fits = entries.size() == planned_.size();
    for (std::size_t i = 0; fits && i < planned_.size(); ++i) fits = fits_stage(*entries[i].stage, i);
    if (!fits)
      fail_invalid_argument(
          {"set_rule: '", result.text,
           "' is a composition of other rules than those of the optimizer; make a new one"});
    for (std::size_t i = 0; i < planned_.size(); ++i) {
      refuse_new_blocks(entries[i].mask, planned_[i]);
      entries[i].stage->set_rule(parsed_, *planned_[i].expression, mask_of(planned_[i]));
      entries[i].mask = mask_of(planned_[i]);
    }
    result.stages.set_frozen(any_frozen() ? frozen_ : BlockMask());
    result.stages.set_first_takes_norm(first_follows_all_);
    return result;
  }

 private:
  /// A stage to make or to change.
  struct Planned {
    const RuleExpression* expression;
    const RuleEntry<S>* entry;
    RuleFacts facts;
    BlockMask blocks;
  };

  void plan() {
    plan(parsed_.expression, BlockMask(blocks_.count(), true), false);
    first_follows_all_ = first_rule(parsed_.expression).kind == Composition::rule;
    for (Planned& stage : planned_)
      for (std::size_t k = 0; k < frozen_.size(); ++k)
        if (frozen_[k]) stage.blocks[k] = false;
    leave_out_idle_stages();
    for (std::size_t j = 0; j < planned_.size(); ++j)
      for (std::size_t i = 0; i < j; ++i)
        if (have_blocks_in_common(planned_[i], planned_[j]))
          refuse_order(reader_, planned_[i].facts, planned_[j].facts, planned_[j].expression->begin);
  }
  /// The first rule, or the first selection, of nested chains.
  static const RuleExpression& first_rule(const RuleExpression& expression) {
    return expression.kind == Composition::chain ? first_rule(expression.parts[0]) : expression;
  }
  void leave_out_idle_stages() {
    const auto is_idle = [](const Planned& stage) {
      return std::find(stage.blocks.begin(), stage.blocks.end(), true) == stage.blocks.end();
    };
    // Something must count the steps, and know the learning rate.
    if (planned_.empty()) planned_ = freeze_;
    if (!std::all_of(planned_.begin(), planned_.end(), is_idle)) std::erase_if(planned_, is_idle);
  }
  void plan(const RuleExpression& expression, const BlockMask& blocks, bool is_masked) {
    if (expression.kind == Composition::rule) return plan_rule(expression, blocks, is_masked);
    BlockMask selected = blocks, others = blocks;
    if (expression.kind == Composition::chain) {
      for (const RuleExpression& part : expression.parts) plan(part, blocks, is_masked);
      return;
    }
    select(expression.selector, selected, others);
    plan(expression.parts[0], selected, is_masked || expression.kind == Composition::masked);
    if (expression.kind == Composition::partition) plan(expression.parts[1], others, is_masked);
  }
  void plan_rule(const RuleExpression& expression, const BlockMask& blocks, bool is_masked) {
    const RuleEntry<S>& entry = entry_of(expression);
    const RuleFacts facts = entry.facts(parsed_, expression);
    refuse_alone(reader_, facts, expression.begin, is_masked, parsed_.expression.kind != Composition::rule);
    if (!facts.freezes) {
      planned_.push_back({&expression, &entry, facts, blocks});
      return;
    }
    freeze_.assign(1, {&expression, &entry, facts, BlockMask(blocks.size(), true)});
    for (std::size_t k = 0; k < blocks.size(); ++k)
      if (blocks[k]) frozen_[k] = true;
  }

  const RuleEntry<S>& entry_of(const RuleExpression& expression) const {
    std::vector<std::string_view> names;
    for (const RuleEntry<S>& entry : rules_) {
      if (entry.name == expression.name) return entry;
      names.push_back(entry.name);
    }
    refuse_program_only(reader_, expression.name, expression.begin);
    constexpr std::size_t most_listed = 20;
    reader_.fail_with(
        expression.begin,
        joined({"found '", shortened(expression.name), "', expected the name of a rule; the nearest is '",
                nearest_name(expression.name, names), "'", names.size() > most_listed ? "" : "; there are ",
                names.size() > most_listed ? "" : list_of_names(names)}));
  }

  /// A stage has no state for blocks that did not follow it.
  void refuse_new_blocks(const BlockMask& before, const Planned& stage) const {
    for (std::size_t k = 0; k < before.size(); ++k)
      if (stage.blocks[k] && !before[k])
        fail_invalid_argument({"set_rule: block '", blocks_.path(k), "' did not follow ", stage.entry->name,
                               " before, so that it has no state; make a new optimizer"});
  }
  /// Whether stage number i of the plan can go on with a stage's state.
  bool fits_stage(const Stage<S>& stage, std::size_t i) const {
    const bool is_same_rule = stage.facts().name == planned_[i].entry->name;
    const bool can_keep_update = !stage.writes_parameters() || !form_of(i).keeps_update;
    const bool can_take_update = stage.facts().sees_gradient || !form_of(i).takes_update;
    return is_same_rule && can_keep_update && can_take_update;
  }

  // ---- blocks

  BlockInfo info_of(std::size_t k) const {
    const BlockRecord& record = blocks_.record(k);
    return {blocks_.path(k), record.rows, record.columns, k, record.is_vector};
  }
  bool selects(const SelectorText& selector, const BlockInfo& block) const {
    if (selector.name == "matrices") return matrices(block);
    if (selector.name == "vectors") return vectors(block);
    if (selector.name == "biases") return biases(block);
    if (selector.name == "no_decay") return no_decay(block);
    return by_path(selector.pattern)(block);
  }
  /// Leaves in `selected` what the selector chooses, and in `others` the rest.
  void select(const SelectorText& selector, BlockMask& selected, BlockMask& others) const {
    bool any = false, reached = false;
    for (std::size_t k = 0; k < selected.size(); ++k) {
      if (!selected[k]) continue;
      reached = true;
      selected[k] = selects(selector, info_of(k));
      others[k] = !selected[k];
      any = any || selected[k];
    }
    if (reached && !any && selector.name == "by_path")
      reader_.at(selector.begin, [&] {
        fail_idle_path(selector.pattern, blocks_.paths(), blocks_.count());
        return 0;
      });
  }
  static bool have_blocks_in_common(const Planned& a, const Planned& b) {
    for (std::size_t k = 0; k < a.blocks.size(); ++k)
      if (a.blocks[k] && b.blocks[k]) return true;
    return false;
  }
  static bool is_all(const BlockMask& mask) {
    return std::find(mask.begin(), mask.end(), false) == mask.end();
  }
  bool any_frozen() const { return std::find(frozen_.begin(), frozen_.end(), true) != frozen_.end(); }
  BlockMask mask_of(const Planned& stage) const { return is_all(stage.blocks) ? BlockMask() : stage.blocks; }

  /// The last stage writes the parameters, if all blocks follow it or are frozen.
  StageForm form_of(std::size_t i) const {
    const Planned& stage = planned_[i];
    return {.takes_update = stage.facts.sees_gradient && i > 0,
            .keeps_update = i + 1 < planned_.size() || leaves_out_blocks(stage)};
  }
  /// Whether blocks do not follow the stage although they are not frozen: their updates are added without it.
  bool leaves_out_blocks(const Planned& stage) const {
    for (std::size_t k = 0; k < frozen_.size(); ++k)
      if (!stage.blocks[k] && !frozen_[k]) return true;
    return false;
  }

  // ---- text

  std::string text_of(const RuleExpression& expression) const {
    if (expression.kind == Composition::rule) return entry_of(expression).text(parsed_, expression);
    std::string text;
    for (const RuleExpression& part : expression.parts) {
      const bool chains = expression.kind == Composition::chain;
      text += text.empty() ? "" : chains ? " | " : ", ";
      text += text_of(part);
    }
    if (expression.kind == Composition::chain) return text;
    const std::string selector = expression.selector.name == "by_path"
                                     ? joined({"by_path(\"", expression.selector.pattern, "\")"})
                                     : expression.selector.name;
    return joined(
        {expression.kind == Composition::masked ? "masked(" : "partition(", selector, ", ", text, ")"});
  }

  const ParsedRule& parsed_;
  TextReader reader_;
  const HeapTable& blocks_;
  std::span<const RuleEntry<S>> rules_;
  BlockMask frozen_;
  std::vector<Planned> planned_;
  std::vector<Planned> freeze_;  // the last Freeze{}: a stage only if there is no other
  bool first_follows_all_ = false;
};

}  // namespace descent::detail::inline DESCENT_BUILD
