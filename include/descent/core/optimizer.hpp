// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/replaceable.hpp>
#include <descent/core/engine/engine.hpp>
#include <descent/core/engine/queries.hpp>
#include <descent/core/memory/gradient_buffer.hpp>
#include <descent/core/memory/gradient_expression.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/core/state/block_store.hpp>
#include <descent/core/step.hpp>
#include <descent/core/tree/shapes.hpp>

#include <cstddef>
#include <cstdint>
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
class Optimizer {
  static_assert(detail::require_parameters<Parameters&>());
  static_assert(detail::require_tree<const Parameters&>());
  static_assert(detail::require_rule<R>());
  static_assert(detail::require_suitable_blocks<R, Parameters&>());
  using Plan = detail::Plan<R, StateStorage>;
  using Store = detail::BlockStore<Plan, Parameters>;
  using Types = typename Store::Types;
  using Scalars = typename Store::Scalars;
  static constexpr bool row_major_matrices =
      detail::any_matrix_rule<Plan> && detail::has_row_major_matrix(Types{});
  using Engine = detail::Engine<Plan, Scalars, row_major_matrices>;
  static constexpr bool has_clocks = detail::has_clocks<Plan>;
  static constexpr bool changes_objective = detail::changes_objective<Plan>;

 public:
  /// Keeps a copy of the rule and the shapes of the parameters. `storage` tells in which type state is
  /// kept: StateInBfloat16{} halves its memory.
  /// Errors: std::invalid_argument for an option out of its range, or a block the rule cannot take.
  template <class Tree>
  DESCENT_COLD Optimizer(const Tree& parameters, R rule, StateStorage storage = {})
      : rule_(std::move(rule)), engine_(storage) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has another structure than the optimizer's parameters");
    detail::check_recipes(*rule_, 0);
    store_.describe(parameters);
    detail::Binder binder(store_.list(), wrong_[0]);
    detail::bind_tree<true, false>(binder, parameters);
    const auto size = engine_.start(Plan::node(*rule_), store_.records(), store_.list().layouts,
                                    store_.groups(), store_.count(), paths());
    refuse_shared_blocks();
    store_.allocate(size);
    engine_.make_state(store_.view(), paths());
  }
  Optimizer(const Optimizer&) = default;
  Optimizer(Optimizer&&) = default;
  /// Makes a copy first, so that running out of memory changes nothing.
  Optimizer& operator=(const Optimizer& other) { return *this = Optimizer(other); }
  Optimizer& operator=(Optimizer&&) = default;
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
    start_step<Tree>(parameters, gradient, step_of({}));
  }

  /// The same for rules that use the loss; `loss` belongs to the parameters before the step.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, double loss) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    start_step<Tree>(parameters, gradient, step_of({.loss = loss}));
  }

  /// The same with whatever else is known of the step: its loss, the norm of its gradient.
  /// Errors: as above, and std::invalid_argument for a norm below 0.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, const StepInputs& inputs) {
    static_assert(!changes_objective,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    start_step<Tree>(parameters, gradient, step_of(inputs));
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
    start_step<Tree>(parameters, gradient, step_of(inputs), absent.indices());
  }

  /// One step along the gradient that the objective writes: `double objective(const Parameters&,
  /// Gradient&)` gives the loss; Gradient is what zeros_like gives for the parameters, and arrives cleared.
  /// Returns the loss before the step. Keeps a gradient, allocated by the first such step (on the stack
  /// where all blocks have fixed size). An objective that throws changes nothing.
  template <class Tree, detail::EvaluatesLossAndGradient<Tree> Objective>
  DESCENT_INLINE double step(Tree&& parameters, Objective&& objective) {
    static_assert(detail::require_step_parameters<Tree, Parameters>());
    bind_parameters(parameters);
    auto&& gradient = gradient_.for_tree(parameters);
    const double loss = static_cast<double>(objective(std::as_const(parameters), gradient));
    const Step step = step_of({.loss = loss});
    if constexpr (changes_objective) {
      bind_step(parameters, std::as_const(gradient));  // an objective may have changed the shapes
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
    bind_parameters(parameters);
    auto point = zeros_like(parameters);
    auto copy = [](const auto& block, auto& to) { to = block; };
    detail::walk(copy, parameters, point);
    if (steps() == 0) return point;
    bind_step(point, parameters);
    query({.index = steps() - 1}, [&](const auto& block) { block.evaluate(); });
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
    detail::Binder binder(bound_list(), wrong_[1]);
    detail::bind_tree<false, false>(binder, hessian);
    check_bound();
    const Step step{.index = steps()};
    query(step, [&](const auto& block) {
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

  /// The learning rate of the next step. With partition(), where blocks have rates of their own, that of
  /// the first rule that has one.
  double learning_rate() const {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    return detail::rate_of<Plan>(engine_.rules(), engine_.variant(), steps());
  }

  /// Multiplies the learning rates of all steps to come, on top of their schedules: what objects that listen
  /// to a metric hand out (ReduceOnPlateau). 1 at first; stays through set_rule and reset. Blocks with rates
  /// of their own keep their proportions.
  /// Errors: std::invalid_argument, and nothing changes, for a factor that is negative or not finite, or that
  /// makes the rate of the next step so.
  void set_learning_rate_factor(double factor) {
    static_assert(detail::includes_learning_rate<R>, "descent: this rule has no learning rate");
    Check("set_learning_rate_factor")("factor", factor, legal::non_negative);
    auto rules = Plan::rules(Plan::node(*rule_));
    detail::scale_rates<Plan>(rules, factor, Leaves{});
    detail::check_leaves<Plan>(rules, steps(), Leaves{});
    engine_.rules() = std::move(rules);
    rate_factor_ = factor;
  }
  double learning_rate_factor() const { return rate_factor_; }

  /// The rule as it was given.
  const R& rule() const { return *rule_; }

  /// Goes on with other options; state and step number stay.
  /// Errors: std::invalid_argument, and nothing changes, where an option is out of its range or other
  /// state would be needed (a momentum that was 0, a selector that picks other blocks).
  void set_rule(R rule) {
    const auto node = Plan::node(rule);
    auto rules = Plan::rules(node);
    detail::scale_rates<Plan>(rules, rate_factor_, Leaves{});
    detail::check_recipes(rule, steps());
    engine_.set_rules(node, std::move(rules), store_.view(), paths());
    store_.set_groups(engine_.regroup(store_.records(), store_.groups(), store_.count()));
    rule_.replace(std::move(rule));
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
  using Leaves = typename Plan::AllLeaves;
  static constexpr bool keeps_gradients = !Store::is_fixed;
  using Buffer = std::conditional_t<keeps_gradients, detail::KeptGradient, detail::StackGradient>;

  DESCENT_INLINE Step step_of(const StepInputs& inputs) const {
    if constexpr (detail::any_needs_loss<Plan>(Leaves{})) {
      if (!is_finite(inputs.loss)) [[unlikely]]
        detail::fail_loss(detail::rule_name<Plan>(), inputs.loss);
    }
    if (inputs.gradient_norm < 0) [[unlikely]]
      detail::fail_gradient_norm(detail::rule_name<Plan>(), inputs.gradient_norm);
    return {.index = steps(), .loss = inputs.loss, .gradient_norm = inputs.gradient_norm};
  }

  detail::PathSource paths() const {
    return {&store_,
            [](const void* store, std::size_t k) { return static_cast<const Store*>(store)->path(k); }};
  }

  // The compiler has compared all shapes if parameters and tree have fixed sizes.
  template <class Tree>
  static constexpr bool known = Store::is_fixed && detail::has_fixed_sizes<Tree&>();

  DESCENT_INLINE detail::BlockList bound_list() {
    if (!alive_) [[unlikely]]
      detail::fail_moved_from(detail::rule_name<Plan>());
    return store_.list();
  }
  DESCENT_INLINE void check_bound() {
    if (wrong_[0].fault != detail::Fault::none || wrong_[1].fault != detail::Fault::none) [[unlikely]]
      fail_bound();
  }
  [[noreturn]] DESCENT_COLD void fail_bound() {
    const detail::Mismatch parameters = std::exchange(wrong_[0], {}), gradient = std::exchange(wrong_[1], {});
    detail::fail_trees(detail::rule_name<Plan>(), parameters, gradient, store_.records(), paths());
  }
  template <class Tree>
  void bind_parameters(Tree& parameters) {
    detail::Binder binder(bound_list(), wrong_[0]);
    detail::bind_tree<true, known<Tree>>(binder, parameters);
    moved_ |= binder.moved();
    check_bound();
  }
  template <class Tree, class Gradient>
  DESCENT_INLINE void bind_step(Tree& parameters, const Gradient& gradient) {
    const detail::BlockList list = bound_list();
    detail::Binder of_parameters(list, wrong_[0]), of_gradient(list, wrong_[1]);
    detail::bind_tree<true, known<Tree>>(of_parameters, parameters);
    detail::bind_tree<false, known<const Gradient>>(of_gradient, gradient);
    if (of_parameters.moved()) [[unlikely]]
      moved_ = true;
    check_bound();
    if (moved_) [[unlikely]]
      refuse_shared_blocks();
  }
  DESCENT_COLD void refuse_shared_blocks() {
    static constexpr auto sizes = detail::sizes_of(Scalars{});
    detail::refuse_shared_blocks(detail::rule_name<Plan>(), store_.records(), store_.count(), store_.order(),
                                 sizes.data(), paths());
    moved_ = false;
  }

  template <class Tree, class Gradient>
  DESCENT_INLINE void start_step(std::remove_reference_t<Tree>& parameters, const Gradient& gradient,
                                 const Step& step, std::span<const std::size_t> absent = {}) {
    static_assert(detail::require_step_parameters<Tree, Parameters>());
    static_assert(detail::require_gradient<Parameters&, const Gradient&>());
    static_assert(detail::require_fitting_sparsity<Plan, Parameters&, const Gradient&>());
    if constexpr (detail::is_read_in_place<Gradient>()) {
      take_step(parameters, gradient, step, absent);
    } else {
      take_step(parameters, detail::evaluated(gradient), step, absent);
    }
  }
  template <class Tree, class Gradient>
  DESCENT_INLINE void take_step(Tree& parameters, const Gradient& gradient, const Step& step,
                                [[maybe_unused]] std::span<const std::size_t> absent) {
    bind_step(parameters, gradient);
    if constexpr (!detail::all_blocks<const Gradient&, detail::IsNotSparse>())
      engine_.check_sparsity(store_.view(), paths());
    if constexpr (has_clocks) engine_.set_absent(store_.view(), absent);
    if constexpr (Store::is_fixed && detail::fits_in_place<Plan, Tree&, const Gradient&>()) {
      engine_.template step_in_place<detail::BlocksOf<Parameters&>>(store_.view(), step);
    } else {
      engine_.step(store_.view(), step);
    }
  }

  /// f(BlockQuery) for every block that was stepped before.
  template <class F>
  void query(const Step& step, F&& f) {
    const auto& view = store_.view();
    const detail::QueryContext<Plan, Scalars> context{view, engine_.rules(), engine_.memories(), step};
    for (std::size_t k = 0; k < view.count; ++k) {
      if constexpr (has_clocks)
        if (view.extras[k].clock.rested >= steps()) continue;
      detail::dispatch_scalar<Engine::View::scalars>(view.records[k].scalar, [&](auto scalar) {
        f(detail::BlockQuery<Plan, Scalars, scalar>(context, k));
      });
    }
  }

  detail::Replaceable<R> rule_;
  Engine engine_;
  Store store_;
  double rate_factor_ = 1;
  detail::Mismatch wrong_[2];  // in the parameters and in the gradient of the step that is bound
  bool moved_ = false;         // whether blocks lie elsewhere than when they were last compared
  [[no_unique_address]] detail::Alive alive_;
  [[no_unique_address]] Buffer gradient_;
  [[no_unique_address]] std::conditional_t<changes_objective, Buffer, detail::Nothing> saved_parameters_;
};

template <class Tree, class R>
Optimizer(Tree&&, R) -> Optimizer<std::remove_cvref_t<Tree>, R>;
template <class Tree, class R, class StateStorage>
Optimizer(Tree&&, R, StateStorage) -> Optimizer<std::remove_cvref_t<Tree>, R, StateStorage>;

}  // namespace descent
