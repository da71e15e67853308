// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/bound_engine.hpp>
#include <descent/core/memory/gradient_buffer.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/core/step.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

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
  /// Keeps a copy of the rule and the shapes of the parameters. `storage` tells in which type state is
  /// kept: StateInBfloat16{} halves its memory.
  /// Errors: std::invalid_argument for an option out of its range, or a block the rule cannot take.
  template <class Tree>
  DESCENT_COLD Optimizer(const Tree& parameters, R rule, StateStorage storage = {})
      : Base(std::move(rule), storage) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has another structure than the optimizer's parameters");
    Base::template make<Parameters>(parameters);
  }
  /// For a tree that has grown: blocks that `before` had, found by path, go on with their state; new ones begin, with
  /// bias corrections of their own. Steps, factors and what rules remember of the whole tree are those of `before`.
  ///
  ///   Optimizer grown(bigger_model, optimizer);      // descent/core/growth.hpp
  ///
  /// Its rule is `RestAbsentBlocks{} | rule`, since each block counts its own steps from now on.
  /// Errors: std::invalid_argument for a block that has vanished or has another shape than before.
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
  /// Makes a copy first, so that running out of memory changes nothing.
  Optimizer& operator=(const Optimizer& other) { return *this = Optimizer(other); }
  Optimizer& operator=(Optimizer&& other) noexcept {
    if (this != &other) {  // member by member, rules and lists would lose what they hold
      std::destroy_at(this);
      std::construct_at(this, std::move(other));
    }
    return *this;
  }
  ~Optimizer() = default;

  /// One step along the gradient, in place.
  /// Errors: std::invalid_argument where shapes differ from those the optimizer was made with, or an
  /// option that varies leaves its range at this step. Nothing has changed then.
  template <class Tree, class Gradient>
    requires(!detail::EvaluatesLossAndGradient<const Gradient&, Tree>)
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    static_assert(!detail::any_needs_loss<Plan>(typename Plan::AllLeaves{}),
                  "descent: this rule uses the loss; call step(parameters, gradient, loss)");
    start_step<Tree>(parameters, gradient, Base::step_of({}));
  }

  /// The same for rules that use the loss; `loss` belongs to the parameters before the step.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, double loss) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    start_step<Tree>(parameters, gradient, Base::step_of({.loss = loss}));
  }

  /// The same with whatever else is known of the step: its loss, the norm of its gradient.
  /// Errors: as above, and std::invalid_argument for a norm below 0.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, const StepInputs& inputs) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    start_step<Tree>(parameters, gradient, Base::step_of(inputs));
  }

  /// The same where some blocks have no gradient: they rest, and what stands for their gradients is not read.
  /// The rule has to contain RestAbsentBlocks{}.
  /// Errors: as above, and std::invalid_argument for the number of a block that the tree does not have.
  template <class Tree, class Gradient>
  void step(Tree&& parameters, const Gradient& gradient, const AbsentBlocks& absent,
            const StepInputs& inputs = {}) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    static_assert(has_clocks, "descent: blocks rest only where the rule says so: RestAbsentBlocks{} | rule");
    start_step<Tree>(parameters, gradient, Base::step_of(inputs), absent.indices());
  }

  /// One step along the gradient that the objective writes: `double objective(const Parameters&,
  /// Gradient&)` gives the loss; Gradient is what zeros_like gives for the parameters, and arrives cleared.
  /// Returns the loss before the step. Keeps a gradient, allocated by the first such step (on the stack
  /// where all blocks have fixed size). An objective that throws changes nothing.
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
    start_step<Tree>(parameters, std::as_const(gradient), step);
    return loss;
  }

  /// The parameters at which to evaluate the model after the steps so far: those of the averages that some
  /// rules keep (Asgd, schedule-free rules, Ema); for others the parameters themselves. A tree of its own, as
  /// zeros_like makes it; allocates.
  template <class Tree>
  auto evaluation_point(const Tree& parameters) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has another structure than the optimizer's parameters");
    Base::bind_parameters(parameters);
    auto point = zeros_like(parameters);
    auto copy = [](const auto& block, auto& to) { to = block; };
    detail::walk(copy, parameters, point);
    if (steps() == 0) return point;
    Base::bind_step(point, parameters);
    Base::query({.index = steps() - 1}, [&](const auto& block) { block.evaluate(); });
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
    Base::bind_hessian(hessian);
    const Step step{.index = steps()};
    Base::query(step, [&](const auto& block) {
      block.observe(engine_.storage(), ~step.index);  // a draw that is not that of any step
    });
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
      if (store_.count() > 0)
        return get<found>(store_.extra(0).clock.memories[store_.extra(0).clock.current]);
    return get<found>(engine_.memories());
  }

  /// The number of steps taken.
  std::int64_t steps() const { return engine_.steps(); }

  /// The number of steps that a rule refused (SkipNonFinite, DynamicLossScale), or that skip_step() counted; they are not
  /// among `steps()`.
  std::int64_t skipped_steps() const { return engine_.skipped_steps(); }
  /// Counts a step that the caller does not take, for instance because its loss is not finite.
  void skip_step() { engine_.skip_step(); }

  /// The learning rate of the next step. With partition(), if blocks have rates of their own, that of the first rule
  /// that has one; `learning_rates()` has all.
  double learning_rate() const {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    return engine_.learning_rate();
  }

  /// The learning rates of the next step, of every block in the tree's order; 0 for a frozen block. Allocates.
  std::vector<BlockLearningRate> learning_rates() const {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    std::vector<BlockLearningRate> rates;
    for (std::size_t k = 0; k < store_.count(); ++k)
      rates.push_back({store_.path(k), engine_.learning_rate_of(store_.record(k))});
    return rates;
  }

  /// Multiplies the learning rates of all steps to come, on top of their schedules: what objects that listen
  /// to a metric hand out (ReduceOnPlateau). 1 at first; stays through set_rule and reset. Blocks with rates
  /// of their own keep their proportions.
  /// Errors: std::invalid_argument, and nothing changes, for a factor that is negative or not finite, or that
  /// makes the rate of the next step so.
  void set_learning_rate_factor(double factor) {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    Check("set_learning_rate_factor")("factor", factor, legal::non_negative);
    engine_.set_rate_factor(factor);
  }
  double learning_rate_factor() const { return engine_.rate_factor(); }

  /// How it keeps its state.
  const StateStorage& state_storage() const { return engine_.storage(); }

  /// The rule as it was given.
  const R& rule() const { return engine_.rule(); }

  /// Goes on with other options; state and step number stay.
  /// Errors: std::invalid_argument, and nothing changes, where an option is out of its range or other
  /// state would be needed (a momentum that was 0, a selector that picks other blocks). A selector may freeze blocks
  /// and use them again: their state stays meanwhile, unless they were frozen when the optimizer was made.
  void set_rule(R rule) {
    engine_.set_rule(std::move(rule), store_.view(), store_.paths());
    store_.set_groups(detail::group_blocks(store_.records(), store_.count(), store_.groups()));
  }

  /// As if no step had been taken; allocates nothing.
  void reset() { engine_.reset(store_.view()); }

  /// f(path, name, values) for every slot of state: "layer1.weights", "exp_avg", and a Map, through which
  /// the state can be read and written, in the shape of the block, or in a shape of its own where a rule of
  /// whole matrices keeps factors; in the tree's order. Parameters in half precision have a last one,
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
  using Sequence = typename decltype(detail::sequence_of_fixed<Parameters>())::type;

  template <class Tree, class Gradient>
  DESCENT_INLINE void start_step(std::remove_reference_t<Tree>& parameters, const Gradient& gradient,
                                 const Step& step, std::span<const std::size_t> absent = {}) {
    static_assert(detail::require_step_parameters<Tree, Parameters>());
    static_assert(detail::require_gradient<Parameters&, const Gradient&>());
    static_assert(detail::require_fitting_sparsity<Plan, Parameters&, const Gradient&>());
    if constexpr (detail::is_read_in_place<Gradient>()) {
      Base::template take_step<Sequence>(parameters, gradient, step, absent);
    } else {
      Base::template take_step<Sequence>(parameters, detail::evaluated(gradient), step, absent);
    }
  }

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

}  // namespace descent
