// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved_state.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/block_lists.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/runtime/options_of_rule.hpp>
#include <descent/runtime/stage.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace descent::detail::inline DESCENT_BUILD {

/// The stage of a rule with an Optimizer of its own, which evaluates the objective itself.
template <class S>
class StageOfLbfgs final : public Stage<S> {
  using Tree = std::vector<Named<AnyBlock<S>>>;

 public:
  StageOfLbfgs(Lbfgs rule, const HeapTable& blocks)
      : names_(names_of(blocks)), optimizer_(tree_of(blocks), std::move(rule)) {
    facts_.name = "Lbfgs";
    facts_.has_learning_rate = facts_.changes_objective = facts_.stands_alone = true;
  }

  std::unique_ptr<Stage<S>> clone() const override { return std::make_unique<StageOfLbfgs>(*this); }
  const RuleFacts& facts() const override { return facts_; }
  std::string text() const override { return text_of_rule(optimizer_.rule()); }

  double step_alone(AnyBlocks<S>& parameters, const AnyBlocks<S>& gradient,
                    const std::function<double()>& evaluate) override {
    Tree tree;
    for (std::size_t k = 0; k < parameters.size(); ++k) tree.push_back({(*names_)[k].c_str(), parameters[k]});
    const auto objective = [&](const Tree&, GradientOf<Tree>& own) {
      const double loss = evaluate();
      for (std::size_t k = 0; k < gradient.size(); ++k) own[k].tree = gradient[k];
      return loss;
    };
    return optimizer_.step(tree, objective);
  }

  std::int64_t steps() const override { return optimizer_.steps(); }
  std::int64_t skipped_steps() const override { return 0; }
  double learning_rate() const override { return optimizer_.learning_rate(); }
  double learning_rate_of(std::size_t) const override { return learning_rate(); }
  void set_rate_factor(double factor) override { optimizer_.set_learning_rate_factor(factor); }
  double rate_factor() const override { return optimizer_.learning_rate_factor(); }
  void set_rule(const ParsedRule& parsed, const RuleExpression& expression, const BlockMask&) override {
    optimizer_.set_rule(rule_from<Lbfgs>(parsed, expression));
  }
  void reset() override { optimizer_.reset(); }
  bool writes_parameters() const override { return true; }

  void visit_slots(const StateVisitor<S>& visit) override {
    optimizer_.for_each_state([&](const std::string& path, const std::string& name, auto values) {
      visit(path, name, AnyBlock<S>(values.data(), values.rows(), values.cols(), {values.rows(), 1}));
    });
  }
  void collect_state(const std::string& prefix, TensorCollector& collector) override {
    detail::collect_state(prefix, optimizer_, collector);
  }
  void prepare_state(const std::string& prefix, TensorIndex& tensors, Changes& changes) override {
    detail::prepare_state(prefix, optimizer_, tensors, changes);
  }

  // Only a step with the objective comes here.
  void check(const StepInputs&) override {}
  bool step(const HeapTable&, const S* const*, const StepInputs&, bool) override { return false; }
  const S* result(std::size_t) override { return nullptr; }
  S* slot(std::string_view, std::size_t) override { return nullptr; }
  void skip_step() override {}
  void evaluate(const HeapTable&) override {}
  void observe_hessian(const HeapTable&) override {}
  void evaluate_nearby(AnyBlocks<S>&, AnyBlocks<S>&, AnyBlocks<S>&, const std::function<void()>&) override {}

 private:
  using Names = std::vector<std::string>;

  static std::shared_ptr<const Names> names_of(const HeapTable& blocks) {
    Names names;
    for (std::size_t k = 0; k < blocks.count(); ++k) names.push_back(blocks.path(k));
    return std::make_shared<const Names>(std::move(names));
  }
  /// Blocks of these shapes; their elements are not read.
  Tree tree_of(const HeapTable& blocks) const {
    Tree tree;
    for (std::size_t k = 0; k < blocks.count(); ++k) {
      const BlockRecord& record = blocks.record(k);
      tree.push_back({(*names_)[k].c_str(), AnyBlock<S>(static_cast<S*>(record.parameters), record.rows,
                                                        record.columns, {record.rows, 1})});
    }
    return tree;
  }

  std::shared_ptr<const Names> names_;  // copies refer to the same
  Optimizer<Tree, Lbfgs> optimizer_;
  RuleFacts facts_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
