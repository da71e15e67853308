// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/partial_gradients.hpp>
#include <descent/core/engine/engine.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/step.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

/// A rule bound to the shapes of a parameter tree: keeps the state and takes the steps.
///
///   Optimizer optimizer(model, AdamW{.learning_rate = 1e-3});
///   optimizer.step(model, gradient);               // changes the model in place
///
/// Never keeps a reference to the model. Blocks of fixed size keep their state inside the optimizer;
/// others allocate when it is made; `step` allocates nothing (a gradient that is a product such as
/// `a * b`, or uses a functor of yours, is evaluated into a temporary first). A step happens or it
/// does not: whatever is wrong is found before the first write, and an exception leaves parameters,
/// state and counters as they were. Each element's new value depends on its own inputs and on the
/// rule's measurements only, not on its place in memory.
/// Copies are independent; equal optimizers given equal inputs stay equal to the last bit.
template <class Parameters, class R, class StateStorage = StateLikeParameters>
class Optimizer : private detail::Engine<Parameters, R, StateStorage> {
  using Engine = detail::Engine<Parameters, R, StateStorage>;
  using Engine::chunks_, Engine::clocks_, Engine::current_, Engine::gradient_, Engine::has_clocks,
      Engine::memories_, Engine::perturbs, Engine::rate_factor_, Engine::rule_, Engine::rules_,
      Engine::states_, Engine::steps_, Engine::storage_, Engine::varies_, Engine::variant_;
  using typename Engine::Plan;

 public:
  /// Keeps a copy of the rule and the shapes of the parameters. `storage` tells in which type state is
  /// kept: StateInBfloat16{} halves its memory.
  /// Errors: std::invalid_argument for an option out of its range, or a block the rule cannot take.
  template <class Tree>
  Optimizer(const Tree& parameters, R rule, StateStorage storage = {})
      : Engine(parameters, std::move(rule), storage) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has another structure than the optimizer's parameters");
  }

  /// One step along the gradient, in place.
  /// Errors: std::invalid_argument where shapes differ from those the optimizer was made with, or an
  /// option that varies leaves its range at this step. Nothing has changed then.
  template <class Tree, class Gradient>
    requires(!detail::EvaluatesLossAndGradient<const Gradient&, Tree>)
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient) {
    static_assert(!perturbs,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    static_assert(!detail::any_needs_loss<Plan>(typename Plan::AllLeaves{}),
                  "descent: this rule uses the loss; call step(parameters, gradient, loss)");
    Engine::template start_step<Tree>(parameters, gradient, Step{.index = steps_});
  }

  /// The same for rules that use the loss; `loss` belongs to the parameters before the step.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, double loss) {
    static_assert(!perturbs,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    Engine::template start_step<Tree>(parameters, gradient, Step{.index = steps_, .loss = loss});
  }

  /// The same with whatever else is known of the step: its loss, the norm of its gradient.
  /// Errors: as above, and std::invalid_argument for a norm below 0.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, const StepInputs& inputs) {
    static_assert(!perturbs,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    Engine::template start_step<Tree>(parameters, gradient, this->step_of(inputs));
  }

  /// The same where some blocks have no gradient: they rest, and what stands for their gradients is not read.
  /// The rule has to contain RestAbsentBlocks{}.
  /// Errors: as above, and std::invalid_argument for the number of a block that the tree does not have.
  template <class Tree, class Gradient>
  void step(Tree&& parameters, const Gradient& gradient, const AbsentBlocks& absent,
            const StepInputs& inputs = {}) {
    static_assert(!perturbs,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    static_assert(has_clocks, "descent: blocks rest only where the rule says so: RestAbsentBlocks{} | rule");
    Engine::template start_step<Tree>(parameters, gradient, this->step_of(inputs), absent.indices());
  }

  /// One step along the gradient that the objective writes: `double objective(const Parameters&,
  /// Gradient&)` gives the loss; Gradient is what zeros_like gives for the parameters, and arrives cleared.
  /// Returns the loss before the step. Keeps a gradient, allocated by the first such step (on the stack
  /// where all blocks have fixed size). An objective that throws changes nothing.
  template <class Tree, detail::EvaluatesLossAndGradient<Tree> Objective>
  DESCENT_INLINE double step(Tree&& parameters, Objective&& objective) {
    static_assert(detail::require_step_parameters<Tree, Parameters>());
    detail::check_shapes<Plan>(parameters, parameters, states_);
    auto&& gradient = gradient_.for_tree(parameters);
    const double loss = objective(std::as_const(parameters), gradient);
    if constexpr (perturbs) Engine::evaluate_nearby(parameters, gradient, objective);
    Engine::template start_step<Tree>(parameters, std::as_const(gradient),
                                      Step{.index = steps_, .loss = loss});
    return loss;
  }

  /// The parameters at which to evaluate the model after the steps so far: those of the averages that some
  /// rules keep (Asgd, schedule-free rules, Ema); for others the parameters themselves. A tree of its own, as
  /// zeros_like makes it; allocates.
  template <class Tree>
  auto evaluation_point(const Tree& parameters) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has another structure than the optimizer's parameters");
    detail::check_shapes<Plan>(parameters, parameters, states_);
    auto point = zeros_like(parameters);
    const Step last{.index = std::max<std::int64_t>(0, steps_ - 1)};
    detail::copy_tree(parameters, point);
    auto between = [&](std::size_t block) { return this->between_steps(block, last); };
    if (steps_ > 0) detail::evaluate_tree<Plan>(parameters, point, states_, between, variant_);
    return point;
  }

  /// Lets rules that use curvature (Sophia) take in an estimate of the Hessian's diagonal: a tree like the
  /// gradient. Call it before the step that is to use it, as often as the estimate is made anew.
  /// Errors: std::invalid_argument where shapes differ; nothing has changed then.
  template <class Hessian>
  void observe_hessian(const Hessian& hessian) {
    static_assert(detail::require_gradient<Parameters&, const Hessian&>());
    static_assert(detail::any_observes_hessian<Plan>(typename Plan::AllLeaves{}),
                  "descent: this rule does not use the Hessian");
    detail::check_shapes<Plan>(hessian, hessian, states_);
    auto between = [&](std::size_t block) { return this->between_steps(block, Step{.index = steps_}); };
    detail::observe_tree<Plan>(hessian, states_, between, variant_, storage_);
  }

  /// What one transformation of the chain remembers beside its state: `optimizer.memory<SkipNonFinite>()`.
  /// Where blocks have clocks of their own (RestAbsentBlocks) it is that of the first block, unless the
  /// transformation measures the tree.
  template <class Transformation>
  const typename detail::MemoryOf<Transformation>::type& memory() const {
    constexpr std::size_t leaf = detail::leaf_of_type<Plan, Transformation>(typename Plan::AllLeaves{});
    static_assert(leaf < Plan::leaves, "descent: the rule has no such transformation");
    constexpr std::size_t found = leaf < Plan::leaves ? leaf : 0;
    if constexpr (has_clocks && !detail::measures_tree<Transformation>)
      if (clocks_.size() > 0) return get<found>(clocks_[0].memories[clocks_[0].current]);
    return get<found>(memories_[current_]);
  }

  /// The number of steps taken.
  std::int64_t steps() const { return steps_; }

  /// The learning rate of the next step. With partition(), where blocks have rates of their own, that of
  /// the first rule that has one.
  double learning_rate() const {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    return detail::rate_of<Plan>(rules_, variant_, steps_);
  }

  /// Multiplies the learning rates of all steps to come, on top of their schedules: what objects that listen
  /// to a metric hand out (ReduceOnPlateau). 1 at first; stays through set_rule and reset. Blocks with rates
  /// of their own keep their proportions.
  /// Errors: std::invalid_argument, and nothing changes, for a factor that is negative or not finite, or that
  /// makes the rate of the next step so.
  void set_learning_rate_factor(double factor) {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    Check("set_learning_rate_factor")("factor", factor, legal::non_negative);
    auto rules = Plan::rules(Plan::node(rule_));
    Engine::scale_rates(rules, factor, typename Plan::AllLeaves{});
    detail::check_leaves<Plan>(rules, steps_, typename Plan::AllLeaves{});
    rules_ = std::move(rules);
    rate_factor_ = factor;
  }
  double learning_rate_factor() const { return rate_factor_; }

  /// The rule as it was given.
  const R& rule() const { return rule_; }

  /// Goes on with other options; state and step number stay.
  /// Errors: std::invalid_argument, and nothing changes, where an option is out of its range or other
  /// state would be needed (a momentum that was 0, a selector that picks other blocks).
  void set_rule(R rule) {
    const auto node = Plan::node(rule);
    auto rules = Plan::rules(node);
    Engine::scale_rates(rules, rate_factor_, typename Plan::AllLeaves{});
    const bool varies = Engine::check(rule, rules, steps_);
    std::vector<std::size_t> variants;
    std::vector<typename Plan::BlockMemories> memories;
    auto compare = [&](const std::string& path, auto& state) {
      const auto info = detail::info_of(state, path, variants.size());
      variants.push_back(detail::variant_for(node, info));
      memories.push_back(state.memories);
      bool fits = Plan::same_state(variants.back(), state.variant_or(variant_));
      Plan::dispatch(variants.back(), [&](auto variant) {
        fits = fits && detail::keep_workspaces<Plan>(variant, rules, rules_);
        detail::meet_block<Plan>(variant, rules, memories.back(), info);
      });
      if (!fits)
        detail::fail_invalid_argument("set_rule: the new options need other state for block '" + path +
                                      "'; make a new optimizer");
    };
    detail::walk_paths(compare, states_, std::string());
    std::size_t index = 0;
    auto choose = [&](auto& state) {
      this->set_variant(state, variants[index]);
      state.memories = std::move(memories[index++]);
    };
    detail::walk(choose, states_);
    memories_[1 - current_] = memories_[current_];  // a step does not touch those of rules that are left out
    if constexpr (has_clocks)
      for (auto& clock : clocks_) clock.memories[1 - clock.current] = clock.memories[clock.current];
    rule_ = std::move(rule);
    rules_ = std::move(rules);
    varies_ = varies;
  }

  /// As if no step had been taken; allocates nothing.
  void reset() {
    auto refill = [&](auto& state) {
      Plan::dispatch(state.variant_or(variant_),
                     [&](auto variant) { detail::fill_state<Plan>(variant, rules_, state); });
    };
    detail::walk(refill, states_);
    memories_ = {};
    if constexpr (has_clocks) clocks_.reset();
    steps_ = 0;
  }

  /// f(path, name, values) for every slot of state: "layer1.weights", "exp_avg", and a Map, through which
  /// the state can be read and written, in the shape of the block, or in a shape of its own where a rule of
  /// whole matrices keeps factors; in the tree's order. Parameters in half precision have a last one,
  /// "master", of floats.
  template <class F>
  void for_each_state(F&& f) {
    auto visit = [&](const std::string& path, auto& state) {
      Plan::dispatch(state.variant_or(variant_), [&](auto variant) {
        using Traits = detail::VariantTraits<Plan, decltype(variant)>;
        for (std::size_t slot = 0; !Traits::freezes && slot < Traits::slots; ++slot) {
          const std::string name = detail::slot_name<Plan>(variant, slot);
          f(path, name, state.values(slot));
        }
        detail::visit_matrix_states<Plan>(
            variant, state, [&](const std::string& name, auto values) { f(path, name, std::move(values)); });
        if constexpr (requires { state.master_values(); }) {  // alone, or clang 14 looks into the branch
          if constexpr (!Traits::freezes) f(path, std::string("master"), state.master_values());
        }
      });
    };
    detail::walk_paths(visit, states_, std::string());
  }
};

template <class Tree, class R>
Optimizer(Tree&&, R) -> Optimizer<std::remove_cvref_t<Tree>, R>;
template <class Tree, class R, class StateStorage>
Optimizer(Tree&&, R, StateStorage) -> Optimizer<std::remove_cvref_t<Tree>, R, StateStorage>;

}  // namespace descent
