// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/bound_engine.hpp>
#include <descent/core/memory/gradients.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/core/plan/lookup.hpp>
#include <descent/core/rule_traits.hpp>
#include <descent/core/simd/build.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace descent::inline DESCENT_BUILD {

/// A rule bound to the shapes of a parameter tree: owns the state and takes the steps.
///
///   Optimizer optimizer(model, AdamW{.learning_rate = 1e-3});
///   optimizer.step(model, gradient);               // changes the model in place
///
/// Never keeps a reference to the model. Blocks of fixed size keep their state inside the optimizer; for
/// others the constructor allocates. `step` allocates nothing, unless the gradient contains a product such as
/// `a * b` or a functor of yours, which is evaluated into a temporary first. A step happens or it does not:
/// all errors are found before the first write, and an exception leaves parameters, state and counters as
/// they were. Each element's new value depends on its own inputs and on the rule's measurements only, not on
/// its place in memory.
/// Copies are independent; equal optimizers given equal inputs stay equal to the last bit.
template <class Parameters, class R, class StateStorage = StateLikeParameters>
class Optimizer : private detail::ImplementationOf<Parameters, R, StateStorage>::type {
  using Base = typename detail::ImplementationOf<Parameters, R, StateStorage>::type;
  using Plan = detail::Plan<R, StateStorage>;
  using Store = detail::BlockStore<Plan, Parameters>;
  using Types = detail::BlockTypes<Parameters&>;
  using Base::engine_, Base::store_;
  static constexpr bool has_clocks = detail::has_clocks<Plan>;
  static constexpr bool changes_objective = detail::changes_objective<Plan>;
  friend detail::StateAccess;

 public:
  /// Copies the rule and stores the shapes of the parameters. `storage` sets the type of the state:
  /// StateInBfloat16{} halves its memory.
  /// Errors: std::invalid_argument for an option out of its range, or a block that the rule does not support.
  template <class Tree>
  DESCENT_COLD Optimizer(const Tree& parameters, R rule, StateStorage storage = {})
      : Base(std::move(rule), storage) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has a different structure from the optimizer's parameters");
    Base::template make<Parameters>(parameters);
  }
  /// For a tree that has grown: blocks that `before` had, found by path, keep their state; new blocks start
  /// from initial values, with their own bias corrections. Steps, factors and what rules remember of the
  /// whole tree are those of `before`.
  ///
  ///   Optimizer grown(bigger_model, optimizer);      // descent/core/growth.hpp
  ///
  /// Its rule is `RestAbsentBlocks{} | rule`, because each block now counts its own steps.
  /// Errors: std::invalid_argument if a block of `before` is missing or has a different shape.
  template <class Tree, class OldParameters, class OldRule>
  DESCENT_COLD Optimizer(const Tree& parameters,
                         const Optimizer<OldParameters, OldRule, StateStorage>& before)
      : Optimizer(parameters,
                  detail::Growth<Optimizer<OldParameters, OldRule, StateStorage>>::rule(before.rule()),
                  before.state_storage()) {
    detail::Growth<Optimizer<OldParameters, OldRule, StateStorage>>::pass_on(before, *this);
  }
  Optimizer(const Optimizer&) = default;
  Optimizer(Optimizer&&) = default;
  /// Copies first, so that running out of memory changes nothing.
  Optimizer& operator=(const Optimizer& other) { return *this = Optimizer(other); }
  Optimizer& operator=(Optimizer&& other) noexcept {
    if (this != &other) {  // memberwise assignment would overwrite what rules and lists hold
      this->~Optimizer();
      ::new (static_cast<void*>(this)) Optimizer(std::move(other));
    }
    return *this;
  }
  ~Optimizer() = default;

  /// Performs one step along the gradient, in place.
  /// Errors: std::invalid_argument if shapes differ from those given to the constructor, or if an option that
  /// varies leaves its range at this step. Nothing has changed then.
  template <class Tree, class Gradient>
    requires(!detail::EvaluatesLossAndGradient<const Gradient&, Tree>)
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    static_assert(!detail::any_needs_loss<Plan>(typename Plan::AllLeaves{}),
                  "descent: this rule uses the loss; call step(parameters, gradient, loss)");
    Base::template take_step<Parameters, Tree>(parameters, gradient, engine_.next_step());
  }

  /// Like above, for rules that use the loss; `loss` is the loss at the parameters before the step.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, double loss) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    Base::template take_step<Parameters, Tree>(parameters, gradient, Base::step_of({.loss = loss}));
  }

  /// Like above, with everything else that the caller knows of the step: its loss, the norm of its gradient.
  /// Errors: as above, and std::invalid_argument for a negative norm.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, const StepInputs& inputs) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    Base::template take_step<Parameters, Tree>(parameters, gradient, Base::step_of(inputs));
  }

  /// Like above, but skips the blocks in `absent`: they are not updated and their gradients are not read. The
  /// rule must contain RestAbsentBlocks{}.
  /// Errors: as above, and std::invalid_argument for a block number outside the tree.
  template <class Tree, class Gradient>
  void step(Tree&& parameters, const Gradient& gradient, const AbsentBlocks& absent,
            const StepInputs& inputs = {}) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    static_assert(has_clocks,
                  "descent: blocks may be absent only if the rule contains RestAbsentBlocks: "
                  "RestAbsentBlocks{} | rule");
    Base::template take_step<Parameters, Tree>(parameters, gradient, Base::step_of(inputs), absent.indices());
  }

  /// Performs one step along the gradient that `double objective(const Parameters&, Gradient&)` writes; it
  /// returns the loss. Gradient is the type that zeros_like returns for the parameters; it is zero on entry.
  /// Returns the loss before the step. The first such step allocates a gradient, which the optimizer keeps
  /// (on the stack if all blocks have fixed size). If the objective throws, nothing changes.
  template <class Tree, detail::EvaluatesLossAndGradient<Tree> Objective>
  DESCENT_INLINE double step(Tree&& parameters, Objective&& objective) {
    static_assert(detail::require_step_parameters<Tree, Parameters>());
    Base::bind_parameters(parameters);
    auto&& gradient = gradient_.for_tree(parameters);
    const double loss = static_cast<double>(objective(std::as_const(parameters), gradient));
    const Step step = Base::step_of({.loss = loss});
    if constexpr (changes_objective) {
      Base::bind_step(parameters, std::as_const(gradient));  // an objective may have changed the shapes
      auto&& saved = saved_parameters_.for_tree(parameters);
      get<detail::objective_leaf<Plan>>(engine_.rules())
          .evaluate_nearby(step, parameters, gradient, saved, objective);
    }
    Base::template take_step<Parameters, Tree>(parameters, std::as_const(gradient), step);
    return loss;
  }

  /// The parameters at which to evaluate the model after the steps so far: the averages that some rules keep
  /// (Asgd, schedule-free rules, Ema); for other rules the parameters themselves. Returns a new tree, of the
  /// type that zeros_like returns; allocates.
  template <class Tree>
  auto evaluation_point(const Tree& parameters) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has a different structure from the optimizer's parameters");
    Base::bind_parameters(parameters);
    auto point = zeros_like(parameters);
    detail::walk([](const auto& block, auto& to) { to = block; }, parameters, point);
    if (steps() == 0) return point;
    Base::bind_step(point, parameters);
    Base::query({.index = steps() - 1}, [&](const auto& block) { block.evaluate(); });
    return point;
  }

  /// Passes an estimate of the Hessian's diagonal, a tree like the gradient, to rules that use curvature
  /// (Sophia). Call it for each new estimate, before the step that uses it.
  /// Errors: std::invalid_argument if shapes differ; nothing has changed then.
  template <class Hessian>
  void observe_hessian(const Hessian& hessian) {
    static_assert(detail::require_gradient<Parameters&, const Hessian&>());
    static_assert(detail::any_observes_hessian<Plan>(typename Plan::AllLeaves{}),
                  "descent: this rule does not use the Hessian");
    Base::bind_hessian(hessian);
    const Step step{.index = steps()};
    Base::query(step, [&](const auto& block) {
      block.observe(engine_.storage(), ~step.index);  // a draw that no step uses
    });
  }

  /// The `RuleState` of a recipe or a transformation in the chain: `optimizer.rule_state<Prodigy>().d`.
  ///
  /// If blocks have clocks of their own (RestAbsentBlocks), it is that of the first block, unless the rule measures the
  /// tree. Does not compile for a recipe whose parts have rule states of several types; name a part then.
  template <class Part>
  const auto& rule_state() const {
    constexpr std::uint64_t leaves = detail::required_leaves_of<Plan, Part>();
    const auto* states = &engine_.memories();
    if constexpr (has_clocks && !detail::measures_tree_in<Plan, leaves>)
      if (store_.count() > 0) states = &store_.extra(0).clock.memories.now();
    return detail::state_of_leaves<Plan, leaves>(typename Plan::AllLeaves{}, *states, engine_.used());
  }
  template <class Part>  // the name that rule_state() had first
  const auto& memory() const {
    return rule_state<Part>();
  }

  /// The number of steps taken.
  std::int64_t steps() const { return engine_.steps(); }

  /// The number of steps that a rule refused (SkipNonFinite, DynamicLossScale) or skip_step() counted;
  /// `steps()` does not count them.
  std::int64_t skipped_steps() const { return engine_.skipped_steps(); }
  /// Counts a step that the caller does not take, for instance because its loss is not finite.
  void skip_step() { engine_.skip_step(); }

  /// The learning rate of the next step. If partition() gives blocks different learning rates, returns that
  /// of the first rule that has one; `learning_rates()` returns all.
  double learning_rate() const {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    return engine_.learning_rate();
  }

  /// The learning rate of the next step for each block, in the tree's order; 0 for a frozen block. Allocates.
  std::vector<BlockLearningRate> learning_rates() const {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    std::vector<BlockLearningRate> rates;
    for (std::size_t k = 0; k < store_.count(); ++k)
      rates.push_back({store_.path(k), engine_.learning_rate_of(store_.record(k))});
    return rates;
  }

  /// Multiplies the learning rates of all later steps, on top of their schedules: for values from objects
  /// that listen to a metric (ReduceOnPlateau). Initially 1; set_rule and reset keep it. Ratios between the
  /// learning rates of blocks do not change.
  /// Errors: std::invalid_argument, and nothing changes, for a factor that is negative or not finite, or that
  /// makes the learning rate of the next step negative or not finite.
  void set_learning_rate_factor(double factor) {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    Check("set_learning_rate_factor")("factor", factor, legal::non_negative);
    engine_.set_rate_factor(factor);
  }
  double learning_rate_factor() const { return engine_.rate_factor(); }

  /// The type of the state, as given to the constructor.
  const StateStorage& state_storage() const { return engine_.storage(); }

  /// The rule as given by the user.
  const R& rule() const { return engine_.rule(); }

  /// Replaces the options; state and step number stay.
  /// Errors: std::invalid_argument, and nothing changes, if an option is out of its range or the new rule
  /// needs different state (a momentum that was 0, a selector that picks other blocks). A selector may freeze
  /// blocks and unfreeze them later: they keep their state, unless they were frozen at construction.
  void set_rule(R rule) {
    Base::check_alive();
    engine_.set_rule(std::move(rule), store_.view(), store_.paths());
    store_.set_groups(detail::group_blocks(store_.records(), store_.count(), store_.groups()));
  }

  /// Restores the initial state, as before the first step; allocates nothing.
  void reset() { engine_.reset(store_.view()); }

  /// Calls f(path, name, values) for every slot of state, in the tree's order: "layer1.weights", "exp_avg",
  /// and a Map through which the state can be read and written. The Map has the shape of the block, or its
  /// own shape if a rule of whole matrices keeps factors. Parameters in half precision have a last slot,
  /// "master", of floats.
  template <class F>
  void for_each_state(F&& f) {
    const auto& view = store_.view();
    for (std::size_t k = 0; k < view.count; ++k) {
      const std::string path = store_.path(k);
      auto visit = [&](const std::string& name, auto values) { f(path, name, std::move(values)); };
      detail::dispatch_type(Types{}, view.records[k].kind, [&]<class Type>(std::type_identity<Type>) {
        detail::visit_state<Type>(view, k, visit);
      });
    }
  }

 private:
  using Buffer = std::conditional_t<Store::is_fixed, detail::StackGradient, detail::KeptGradient>;

  [[no_unique_address]] Buffer gradient_;
  [[no_unique_address]] std::conditional_t<changes_objective, Buffer, detail::Nothing> saved_parameters_;
};

template <class Tree, class R>
Optimizer(Tree&&, R) -> Optimizer<std::remove_cvref_t<Tree>, R>;
template <class Tree, class Old, class R, class StateStorage>
Optimizer(Tree&&, const Optimizer<Old, R, StateStorage>&)
    -> Optimizer<std::remove_cvref_t<Tree>, typename detail::Growth<Optimizer<Old, R, StateStorage>>::Rule,
                 StateStorage>;
template <class Tree, class R, class StateStorage>
Optimizer(Tree&&, R, StateStorage) -> Optimizer<std::remove_cvref_t<Tree>, R, StateStorage>;

}  // namespace descent::inline DESCENT_BUILD
