// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/engine/checks.hpp>
#include <descent/core/memory/gradients.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/rule_traits.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/block_types.hpp>
#include <descent/runtime/rule_table.hpp>
#include <descent/runtime/views_of_tree.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent::inline DESCENT_BUILD {

/// An optimizer whose rule is chosen at run time: by a text, a line of a configuration, a command.
///
///   AnyOptimizer<Model> optimizer = make_optimizer(model, "ClipByGlobalNorm{.max_norm = 1} | AdamW{}");
///   optimizer.step(model, gradient);
///
/// It does what Optimizer does with the same rule, with the same numbers. A step makes a few virtual calls for each rule of the
/// text. A chain keeps the update between two rules in memory: one value a parameter, and one more read and write of it.
/// Copies are independent. Trees of float or of double only; blocks of fixed size keep their state on the heap, too.
/// Errors: as Optimizer; what is a compile error there, such as a step without the loss that the rule uses, is
/// std::invalid_argument here. Place a rule that refuses steps (SkipNonFinite) first: each step copies what comes before it.
template <class Parameters>
class AnyOptimizer {
  using Scalars = detail::ScalarTypes<Parameters&>;
  static constexpr bool of_float = std::is_same_v<Scalars, detail::TypeList<float>>;
  static_assert(of_float || std::is_same_v<Scalars, detail::TypeList<double>>,
                "descent: an optimizer whose rule is chosen at run time takes trees of float or of double, "
                "all blocks of the same");

 public:
  using Scalar = std::conditional_t<of_float, float, double>;

  /// What make_optimizer calls.
  AnyOptimizer(const Parameters& parameters, std::string_view text, const detail::RuleTable<Scalar>& rules)
      : rules_(&rules) {
    bind_blocks(parameters);
    rule_ = rules.compose(text, blocks_);
    rule_.stages.prepare(blocks_.count());
  }
  /// For a rule of the program: `make` composes it for the blocks.
  template <class Make>
  AnyOptimizer(const Parameters& parameters, const Make& make) : rules_(nullptr) {
    bind_blocks(parameters);
    rule_ = make(std::as_const(blocks_));
    rule_.stages.prepare(blocks_.count());
  }

  AnyOptimizer(const AnyOptimizer&) = default;
  AnyOptimizer(AnyOptimizer&&) = default;
  AnyOptimizer& operator=(AnyOptimizer&&) = default;
  /// If memory runs out, nothing has changed.
  AnyOptimizer& operator=(const AnyOptimizer& other) { return *this = AnyOptimizer(other); }
  ~AnyOptimizer() = default;

  /// Performs one step along the gradient, in place. See Optimizer::step.
  template <class Gradient>
    requires(!detail::EvaluatesLossAndGradient<const Gradient&, Parameters>)
  void step(Parameters& parameters, const Gradient& gradient) {
    step(parameters, gradient, StepInputs{});
  }
  template <class Gradient>
  void step(Parameters& parameters, const Gradient& gradient, double loss) {
    step(parameters, gradient, StepInputs{.loss = loss});
  }
  template <class Gradient>
  void step(Parameters& parameters, const Gradient& gradient, const StepInputs& inputs) {
    static_assert(detail::require_gradient<Parameters&, const Gradient&>());
    refuse_gradient_alone(inputs);
    if constexpr (detail::is_read_in_place<Gradient>()) {
      take_step(parameters, gradient, inputs);
    } else {
      take_step(parameters, detail::evaluated(gradient), inputs);
    }
  }
  /// Performs one step along the gradient that the objective writes; returns the loss before the step.
  template <detail::EvaluatesLossAndGradient<Parameters> Objective>
  double step(Parameters& parameters, Objective&& objective) {
    bind_parameters(parameters);
    auto& gradient = gradient_.for_tree(parameters);
    if (first().facts().stands_alone) return step_alone(parameters, gradient, objective);
    const double loss = static_cast<double>(objective(std::as_const(parameters), gradient));
    if (detail::Stage<Scalar>* const stage = rule_.stages.that_changes_objective())
      evaluate_nearby(*stage, parameters, gradient, objective);
    take_step(parameters, std::as_const(gradient), {.loss = loss});
    return loss;
  }

  /// The parameters at which to evaluate the model: averages that some rules keep. See Optimizer::evaluation_point.
  auto evaluation_point(const Parameters& parameters) {
    bind_parameters(parameters);
    auto point = zeros_like(parameters);
    detail::walk([](const auto& block, auto& to) { to = block; }, parameters, point);
    if (steps() == 0) return point;
    bind(point, parameters);
    for (auto& entry : rule_.stages.entries()) entry.stage->evaluate(blocks_);
    return point;
  }

  /// Passes an estimate of the Hessian's diagonal to rules that use curvature (Sophia).
  template <class Hessian>
  void observe_hessian(const Hessian& hessian) {
    static_assert(detail::require_gradient<Parameters&, const Hessian&>());
    const detail::BlockList list = blocks_.list();
    for (std::size_t k = 0; k < blocks_.count(); ++k)
      list.records[k].parameters = nullptr;  // those of the last step may be dangling
    detail::Mismatch wrong;
    detail::Binder binder(list, wrong);
    detail::bind_tree<false, false>(binder, hessian);
    check_trees(wrong);
    for (auto& entry : rule_.stages.entries()) entry.stage->observe_hessian(blocks_);
  }

  /// The rule as text, as to_string writes it.
  const std::string& rule() const { return rule_.text; }

  /// Replaces the options by those of another text of the same rules; state and step number stay.
  /// Errors: std::invalid_argument, and nothing changes.
  void set_rule(std::string_view text) {
    if (rules_ == nullptr)
      detail::fail_invalid_argument(
          "set_rule: this optimizer was made from a rule of the program; make a new one");
    rule_ = rules_->change(text, blocks_, rule_.stages);
  }

  std::int64_t steps() const { return first().steps(); }
  std::int64_t skipped_steps() const { return first().skipped_steps(); }
  void skip_step() { rule_.stages.skip_step(); }
  /// Whether a rule may refuse a step (SkipNonFinite, DynamicLossScale).
  bool may_skip_steps() const {
    for (const auto& entry : rule_.stages.entries())
      if (entry.stage->facts().may_skip) return true;
    return false;
  }
  /// Whether the rule has a learning rate.
  bool has_learning_rate() const { return stage_with_rate() != nullptr; }
  /// The learning rate of the next step; of the first rule that has one.
  /// Errors: std::invalid_argument if there is none.
  double learning_rate() const { return required_rate().learning_rate(); }
  /// The learning rate of the next step for each block; 0 for a frozen block.
  std::vector<BlockLearningRate> learning_rates() const {
    static_cast<void>(required_rate());
    std::vector<BlockLearningRate> rates;
    for (std::size_t k = 0; k < blocks_.count(); ++k) {
      rates.push_back({blocks_.path(k), 0});
      for (const auto& entry : rule_.stages.entries())
        if (entry.stage->facts().has_learning_rate && entry.follows(k))
          rates.back().rate = entry.stage->learning_rate_of(k);
    }
    return rates;
  }
  /// Multiplies the learning rates of all later steps. See Optimizer::set_learning_rate_factor.
  void set_learning_rate_factor(double factor) {
    static_cast<void>(required_rate());
    Check("set_learning_rate_factor")("factor", factor, legal::non_negative);
    rule_.stages.set_rate_factor(factor);
  }
  double learning_rate_factor() const {
    return stage_with_rate() == nullptr ? 1 : stage_with_rate()->rate_factor();
  }

  /// Restores the state before the first step.
  void reset() {
    for (auto& entry : rule_.stages.entries()) entry.stage->reset();
  }

  /// Calls f(path, name, values) for every slot of state, with a Map of any strides.
  template <class F>
  void for_each_state(F&& f) {
    const detail::StateVisitor<Scalar> visit = [&](const std::string& path, const std::string& name,
                                                   detail::AnyBlock<Scalar> values) {
      f(path, name, std::move(values));
    };
    for (auto& entry : rule_.stages.entries()) entry.stage->visit_slots(visit);
  }

  // What saved_state and restore_state use.
  void collect_state(const std::string& prefix, detail::TensorCollector& collector) {
    rule_.stages.collect_state(prefix, collector);
  }
  void prepare_state(const std::string& prefix, TensorIndex& tensors, detail::Changes& changes) {
    rule_.stages.prepare_state(prefix, tensors, changes);
  }

 private:
  const detail::Stage<Scalar>& first() const { return rule_.stages.first(); }
  const detail::Stage<Scalar>* stage_with_rate() const { return rule_.stages.with_rate(); }
  const detail::Stage<Scalar>& required_rate() const {
    const detail::Stage<Scalar>* const stage = stage_with_rate();
    if (stage == nullptr) detail::fail_invalid_argument({rule_.text, ": this rule has no learning rate"});
    return *stage;
  }
  /// The name for errors that concern the whole rule.
  std::string_view name() const {
    return stage_with_rate() == nullptr ? first().facts().name : stage_with_rate()->facts().name;
  }
  void refuse_gradient_alone(const StepInputs& inputs) {
    if (rule_.stages.that_changes_objective() != nullptr)
      detail::fail_invalid_argument(
          {rule_.stages.that_changes_objective()->facts().name,
           ": this rule evaluates the objective itself; call step(parameters, objective)"});
    if (inputs.loss == inputs.loss) return;
    for (const auto& entry : rule_.stages.entries())
      if (entry.stage->facts().needs_loss)
        detail::fail_invalid_argument(
            {entry.stage->facts().name,
             ": this rule uses the loss; call step(parameters, gradient, loss) with a loss that is not NaN"});
  }

  void bind_blocks(const Parameters& parameters) {
    blocks_.template describe<Parameters>(parameters);
    detail::Binder binder(blocks_.list(), wrong_);
    detail::bind_tree<true, false>(binder, parameters);
    refuse_blocks_in_common();
  }
  void refuse_blocks_in_common() {
    static constexpr std::size_t size = sizeof(Scalar);
    const detail::BlockList list = blocks_.list();
    detail::refuse_shared_blocks("AnyOptimizer", list.records, list.layouts, blocks_.count(), blocks_.order(),
                                 &size, blocks_.paths());
  }
  void bind_parameters(const Parameters& parameters) {
    static_cast<void>(first());
    detail::Binder binder(blocks_.list(), wrong_);
    detail::bind_tree<true, false>(binder, parameters);
    check_trees({});
  }
  /// Binds the trees of a step; returns whether all blocks are contiguous, in the same order.
  template <class Tree, class Gradient>
  bool bind(Tree& parameters, const Gradient& gradient) {
    static_cast<void>(first());  // refuses what was moved from
    detail::Mismatch wrong_gradient;
    detail::Binder of_parameters(blocks_.list(), wrong_), of_gradient(blocks_.list(), wrong_gradient);
    detail::bind_tree<true, false>(of_parameters, parameters);
    detail::bind_tree<false, false>(of_gradient, gradient);
    check_trees(wrong_gradient);
    if (of_parameters.moved()) refuse_blocks_in_common();
    return !of_gradient.irregular();
  }
  void check_trees(const detail::Mismatch& gradient) {
    const detail::Mismatch parameters = std::exchange(wrong_, {});
    if (parameters.fault != detail::Fault::none || gradient.fault != detail::Fault::none)
      detail::fail_trees(name(), parameters, gradient, blocks_.records(), blocks_.paths());
  }
  template <class Gradient>
  void take_step(Parameters& parameters, const Gradient& gradient, const StepInputs& inputs) {
    const bool regular = bind(parameters, gradient);
    rule_.stages.step(blocks_, inputs, regular);
  }
  template <class Gradient, class Objective>
  void evaluate_nearby(detail::Stage<Scalar>& stage, Parameters& parameters, Gradient& gradient,
                       Objective& objective) {
    bind(parameters, std::as_const(gradient));
    auto& saved = saved_.for_tree(parameters);
    detail::AnyBlocks<Scalar> blocks = detail::views_of<Scalar>(parameters),
                              of_gradient = detail::views_of<Scalar>(gradient),
                              of_saved = detail::views_of<Scalar>(saved);
    stage.evaluate_nearby(blocks, of_gradient, of_saved,
                          [&] { static_cast<void>(objective(std::as_const(parameters), gradient)); });
  }
  template <class Gradient, class Objective>
  double step_alone(Parameters& parameters, Gradient& gradient, Objective& objective) {
    detail::AnyBlocks<Scalar> blocks = detail::views_of<Scalar>(parameters);
    const detail::AnyBlocks<Scalar> of_gradient = detail::views_of<Scalar>(gradient);
    return rule_.stages.entries()[0].stage->step_alone(blocks, of_gradient, [&] {
      detail::walk([](auto& block) { block.setZero(); }, gradient);
      const double loss = static_cast<double>(objective(std::as_const(parameters), gradient));
      bind(parameters, std::as_const(gradient));  // an objective may have changed the shapes
      return loss;
    });
  }

  detail::HeapTable blocks_;
  detail::ComposedRule<Scalar> rule_;
  const detail::RuleTable<Scalar>* rules_;
  detail::Mismatch wrong_;
  detail::KeptGradient gradient_, saved_;
};

}  // namespace descent::inline DESCENT_BUILD
