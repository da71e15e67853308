// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/bound_engine.hpp>
#include <descent/core/saved/state_access.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/runtime/options_of_rule.hpp>
#include <descent/runtime/rule_to_string.hpp>
#include <descent/runtime/stage.hpp>
#include <descent/runtime/stage_parts.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace descent::detail::inline DESCENT_BUILD {

/// The rule that a stage compiles.
template <class R>
struct RuleOfStage {
  static auto made(const R& rule, StageForm form, const BlockMask& mask) {
    return partition(FollowedBlocks{mask}, with_updates(rule, form), Freeze{});
  }
  static auto with_updates(const R& rule, StageForm form) {
    if constexpr (sees_gradient<R>) {
      return chain(TakeUpdate{form.takes_update}, rule, last_part(form));
    } else if constexpr (adjusts_state<R>) {
      return chain(AdjustedMomentum{}, rule, last_part(form));
    } else {
      return chain(rule, last_part(form));
    }
  }
  /// Only rules with a learning rate are compiled in both forms: alone, they are as fast as in an Optimizer.
  static auto last_part(StageForm form) {
    if constexpr (includes_learning_rate<R>) {
      return KeepUpdateIf{form.keeps_update};
    } else {
      static_cast<void>(form);
      return KeepUpdate{};
    }
  }
  using type = decltype(made(std::declval<const R&>(), StageForm{}, BlockMask{}));
};

template <class... Rules>
inline constexpr bool last_leaf_is_for_others<Partition<FollowedBlocks, Rules...>> = true;

template <class R, class S>
using EngineOfStage = BoundEngine<Plan<typename RuleOfStage<R>::type>,
                                  DynamicStore<Plan<typename RuleOfStage<R>::type>, TypeList<S>>,
                                  any_matrix_rule<Plan<typename RuleOfStage<R>::type>>>;

/// A stage of rule R for blocks of element type S.
template <class R, class S>
class StageOf final : public Stage<S>, private EngineOfStage<R, S> {
  using Base = EngineOfStage<R, S>;
  using Made = RuleOfStage<R>;
  using Plan = detail::Plan<typename Made::type>;
  using Base::engine_, Base::store_;
  friend StateAccess;

 public:
  StageOf(R rule, StageForm form, const HeapTable& blocks, const BlockMask& mask)
      : Base(Made::made(rule, form, mask), StateLikeParameters{}),
        rule_(std::move(rule)),
        facts_(runtime_facts(*rule_)),
        form_{form.takes_update, form.keeps_update || !includes_learning_rate<R>} {
    static_cast<HeapTable&>(store_) = HeapTable(blocks);
    Base::make();
  }

  std::unique_ptr<Stage<S>> clone() const override { return std::make_unique<StageOf>(*this); }
  const RuleFacts& facts() const override { return facts_; }
  std::string text() const override { return to_string(*rule_); }

  void check(const StepInputs& inputs) override {
    static_cast<void>(Base::step_of(inputs));
    engine_.check_options();
  }
  bool step(const HeapTable& bound, const S* const* updates, const StepInputs& inputs,
            bool regular) override {
    copy_binding<S>(bound, store_, form_.takes_update ? nullptr : updates);
    if (form_.takes_update)
      for (std::size_t k = 0; k < store_.count(); ++k) take(k, updates[k]);
    engine_.check_sparsity(store_.view(), store_.paths());
    const std::int64_t before = engine_.steps();
    if (regular && engine_.takes_small_steps()) {
      engine_.step_small(store_.view(), Base::step_of(inputs));
    } else {
      engine_.step(store_.view(), Base::step_of(inputs), regular);
    }
    return engine_.steps() != before;
  }
  const S* result(std::size_t k) override {
    return form_.keeps_update ? slot_of(k, Plan::leaves - 2) : nullptr;
  }
  bool writes_parameters() const override { return !form_.keeps_update; }
  S* slot(std::string_view name, std::size_t k) override {
    for (std::size_t leaf = Plan::leaves; leaf-- > 0;)
      for (std::size_t i = 0; i < leaf_infos<Plan>[leaf].slots; ++i)
        if (info_of(k).contains(leaf) && name_in_list(leaf_infos<Plan>[leaf].state_names, i) == name)
          return slot_of(k, leaf) + i * padded_size<S>(store_.record(k).size);
    return nullptr;
  }

  std::int64_t steps() const override { return engine_.steps(); }
  std::int64_t skipped_steps() const override { return engine_.skipped_steps(); }
  void skip_step() override { engine_.skip_step(); }
  double learning_rate() const override { return engine_.learning_rate(); }
  double learning_rate_of(std::size_t k) const override { return engine_.learning_rate_of(store_.record(k)); }
  void set_rate_factor(double factor) override { engine_.set_rate_factor(factor); }
  double rate_factor() const override { return engine_.rate_factor(); }
  void set_rule([[maybe_unused]] const ParsedRule& parsed, [[maybe_unused]] const RuleExpression& expression,
                [[maybe_unused]] const BlockMask& mask) override {
    if constexpr (!is_chain<R>) {  // a composition of the program has no text to read
      R rule = rule_from<R>(parsed, expression);
      engine_.set_rule(Made::made(rule, form_, mask), store_.view(), store_.paths());
      store_.set_groups(group_blocks(store_.records(), store_.count(), store_.groups()));
      facts_ = runtime_facts(rule);
      rule_.replace(std::move(rule));
    }
  }
  void reset() override { engine_.reset(store_.view()); }

  void evaluate(const HeapTable& bound) override {
    if (steps() == 0) return;
    copy_binding<S>(bound, store_, nullptr);
    Base::query({.index = steps() - 1}, [&](const auto& block) { block.evaluate(); });
  }
  void observe_hessian(const HeapTable& bound) override {
    if constexpr (any_observes_hessian<Plan>(typename Plan::AllLeaves{})) {
      copy_binding<S>(bound, store_, nullptr);
      engine_.check_options();
      const Step step{.index = steps()};
      Base::query(step, [&](const auto& block) { block.observe(engine_.storage(), ~step.index); });
    }
  }
  void evaluate_nearby([[maybe_unused]] AnyBlocks<S>& parameters, [[maybe_unused]] AnyBlocks<S>& gradient,
                       [[maybe_unused]] AnyBlocks<S>& saved,
                       [[maybe_unused]] const std::function<void()>& objective) override {
    if constexpr (changes_objective<Plan>) {
      const auto evaluate = [&](const AnyBlocks<S>&, AnyBlocks<S>&) { objective(); };
      get<objective_leaf<Plan>>(engine_.rules())
          .evaluate_nearby(Base::step_of({}), parameters, gradient, saved, evaluate);
    }
  }

  void visit_slots(const StateVisitor<S>& visit) override {
    for_each_state([&]<class Values>(const std::string& path, const std::string& name, Values values) {
      if constexpr (std::is_same_v<typename Values::Scalar, S>)
        visit(path, name,
              AnyBlock<S>(values.data(), values.rows(), values.cols(),
                          Values::IsRowMajor
                              ? Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(1, values.cols())
                              : Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(values.rows(), 1)));
    });
  }
  void collect_state(const std::string& prefix, TensorCollector& collector) override {
    StateAccess::collect(StateAccess::names_of(prefix, *this), *this, collector);
  }
  void prepare_state(const std::string& prefix, TensorIndex& tensors, Changes& changes) override {
    StateAccess::prepare(prefix, *this, tensors, changes);
  }

  /// Calls f(path, name, values) for every slot of state, but not for updates on their way.
  template <class F>
  void for_each_state(F&& f) {
    const auto& view = store_.view();
    for (std::size_t k = 0; k < view.count; ++k) {
      const std::string path = store_.path(k);
      auto visit = [&](const std::string& name, auto values) {
        if (!is_name_of_update(name)) f(path, name, std::move(values));
      };
      visit_block(k, visit);
    }
  }

 private:
  const VariantInfo& info_of(std::size_t k) const { return variant_infos<Plan>[store_.record(k).variant]; }
  /// The first slot of a leaf of block k, or null if the block does not follow the leaf.
  S* slot_of(std::size_t k, std::size_t leaf) {
    if (!info_of(k).contains(leaf)) return nullptr;
    const BlockRecord& record = store_.record(k);
    return store_.view().template slots_of<0>(record) +
           first_slot(leaf_infos<Plan>.data(), info_of(k), leaf) * padded_size<S>(record.size);
  }
  /// The slots of block k, in its shape: a vector, or a matrix of either order.
  template <class F>
  void visit_block(std::size_t k, F& visit) {
    constexpr int any = Eigen::Dynamic;
    const auto& view = store_.view();
    const BlockRecord& record = store_.record(k);
    if (record.is_vector && record.row_major) return visit_state<BlockType<S, 1, any, true>>(view, k, visit);
    if (record.is_vector) return visit_state<BlockType<S, any, 1, false>>(view, k, visit);
    if (record.row_major) return visit_state<BlockType<S, any, any, true>>(view, k, visit);
    visit_state<BlockType<S, any, any, false>>(view, k, visit);
  }
  void take(std::size_t k, const S* update) {
    S* const to = slot_of(k, 0);
    if (to == nullptr) return;
    const BlockRecord& record = store_.record(k);
    if (update != nullptr) {
      std::copy_n(update, record.size, to);
    } else {
      read_whole_gradient(record, store_.list().layouts[k], to);
    }
  }

  Replaceable<R> rule_;
  RuleFacts facts_;
  StageForm form_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
