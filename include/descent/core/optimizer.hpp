// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/beside_steps.hpp>
#include <descent/core/commit.hpp>
#include <descent/core/gradient.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/perturbation.hpp>
#include <descent/core/rule_checks.hpp>
#include <descent/core/step_inputs.hpp>
#include <descent/core/tree_step.hpp>

#include <algorithm>
#include <array>
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
class Optimizer {
  static_assert(detail::require_parameters<Parameters&>());
  static_assert(detail::require_tree<const Parameters&>());
  static_assert(detail::require_rule<R>());
  static_assert(detail::require_suitable_blocks<R, Parameters&>());

  using Plan = detail::Plan<R, StateStorage>;
  using States = detail::StatesOf<Plan, Parameters>;
  using ElementTypes = detail::ElementTypes<Parameters&>;

 public:
  /// Keeps a copy of the rule and the shapes of the parameters. `storage` tells in which type state is
  /// kept: StateInBfloat16{} halves its memory.
  /// Errors: std::invalid_argument for an option out of its range, or a block the rule cannot take.
  template <class Tree>
  Optimizer(const Tree& parameters, R rule, StateStorage storage = {})
      : rule_(std::move(rule)), storage_(storage), states_(detail::make_states<Plan>(parameters)) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has another structure than the optimizer's parameters");
    bind(parameters);
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
    start_step<Tree>(parameters, gradient, Step{.index = steps_});
  }

  /// The same for rules that use the loss; `loss` belongs to the parameters before the step.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, double loss) {
    static_assert(!perturbs,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    start_step<Tree>(parameters, gradient, Step{.index = steps_, .loss = loss});
  }

  /// The same with whatever else is known of the step: its loss, the norm of its gradient.
  /// Errors: as above, and std::invalid_argument for a norm below 0.
  template <class Tree, class Gradient>
  DESCENT_INLINE void step(Tree&& parameters, const Gradient& gradient, const StepInputs& inputs) {
    static_assert(!perturbs,
                  "descent: this rule evaluates the objective itself; call step(parameters, objective)");
    if (inputs.gradient_norm < 0)
      detail::fail_invalid_argument(std::string(detail::rule_name<Plan>()) + ": gradient_norm is " +
                                    detail::text_of(inputs.gradient_norm) + ", must be at least 0");
    start_step<Tree>(parameters, gradient,
                     Step{.index = steps_, .loss = inputs.loss, .gradient_norm = inputs.gradient_norm});
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
    if constexpr (perturbs) evaluate_nearby(parameters, gradient, objective);
    start_step<Tree>(parameters, std::as_const(gradient), Step{.index = steps_, .loss = loss});
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
    if (steps_ > 0)
      detail::evaluate_tree<Plan>(parameters, point, states_, BetweenSteps{rules_, memories_[current_], last},
                                  variant_);
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
    detail::observe_tree<Plan>(hessian, states_,
                               BetweenSteps{rules_, memories_[current_], Step{.index = steps_}}, variant_,
                               storage_);
  }

  /// What one transformation of the chain remembers beside its state: `optimizer.memory<SkipNonFinite>()`.
  template <class Transformation>
  const typename detail::MemoryOf<Transformation>::type& memory() const {
    constexpr std::size_t leaf = detail::leaf_of_type<Plan, Transformation>(typename Plan::AllLeaves{});
    static_assert(leaf < Plan::leaves, "descent: the rule has no such transformation");
    return std::get < leaf < Plan::leaves ? leaf : 0 > (memories_[current_]);
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
    scale_rates(rules, factor, typename Plan::AllLeaves{});
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
    scale_rates(rules, rate_factor_, typename Plan::AllLeaves{});
    const bool varies = check(rule, rules, steps_);
    std::vector<std::size_t> variants;
    auto compare = [&](const std::string& path, auto& state) {
      variants.push_back(detail::variant_for(node, detail::info_of(state, path, variants.size())));
      bool fits = Plan::same_state(variants.back(), state.variant_or(variant_));
      Plan::dispatch(variants.back(), [&](auto variant) {
        fits = fits && detail::keep_workspaces<Plan>(variant, rules, rules_);
      });
      if (!fits)
        detail::fail_invalid_argument("set_rule: the new options need other state for block '" + path +
                                      "'; make a new optimizer");
    };
    detail::walk_paths(compare, states_, std::string());
    std::size_t index = 0;
    auto choose = [&](auto& state) { set_variant(state, variants[index++]); };
    detail::walk(choose, states_);
    memories_[1 - current_] = memories_[current_];  // a step does not touch those of rules that are left out
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

 private:
  struct Context {
    const typename Plan::Rules& rules;
    typename Plan::Memories& before;
    typename Plan::Memories& memories;
    Step step;
    double* chunk_sums;  // room for measurements by several threads
  };
  struct BetweenSteps {
    const typename Plan::Rules& rules;
    const typename Plan::Memories& memories;
    Step step;
  };
  /// Whether steps can be large enough for several threads.
  static constexpr bool may_split = !detail::all_blocks<Parameters&, detail::HasFixedSize>();
  static constexpr bool perturbs = detail::perturbing_leaf<Plan> < Plan::leaves;
  using Constants = typename detail::ConstantsOf<Plan, ElementTypes>::type;

  /// Checks the options; true where any varies with the step.
  static bool check(const R& rule, const typename Plan::Rules& rules, std::int64_t step) {
    detail::check_recipes(rule, step);
    return detail::check_leaves<Plan>(rules, step, typename Plan::AllLeaves{});
  }

  template <std::size_t... I>
  static void scale_rates([[maybe_unused]] typename Plan::Rules& rules, [[maybe_unused]] double factor,
                          std::index_sequence<I...>) {
    (scale_rate<I>(rules, factor), ...);
  }
  template <std::size_t I>
  static void scale_rate(typename Plan::Rules& rules, double factor) {
    if constexpr (detail::BringsLearningRate<typename Plan::template Leaf<I>>) {
      Schedule& rate = std::get<I>(rules).learning_rate;
      if (rate.is_constant()) {
        rate = factor * rate(0);
      } else if (factor != 1) {
        rate = [rate, factor](std::int64_t step) { return factor * rate(step); };
      }
    }
  }

  template <class State>
  void set_variant(State& state, std::size_t variant) {
    if constexpr (Plan::uniform) {
      variant_ = variant;
    } else {
      state.variant = static_cast<unsigned char>(variant);
    }
  }

  template <class Tree>
  void bind(const Tree& parameters) {
    const auto node = Plan::node(rule_);
    rules_ = Plan::rules(node);
    varies_ = check(rule_, rules_, 0);
    std::size_t index = 0;
    auto allocate = [&](const std::string& path, auto& state) {
      const auto info = detail::info_of(state, path, index++);
      const std::size_t number = detail::variant_for(node, info);
      set_variant(state, number);
      Plan::dispatch(number, [&](auto variant) {
        detail::require_fitting_block<Plan>(variant, state, info);
        detail::allocate_state<Plan>(variant, state, info.rows, info.columns, info.index);
        detail::fill_state<Plan>(variant, rules_, state);
      });
    };
    detail::walk_paths(allocate, states_, std::string());
    chunks_.template bind<Plan>(states_);
    static_cast<void>(parameters);
  }

  template <class Tree, class Gradient>
  DESCENT_INLINE void start_step(std::remove_reference_t<Tree>& parameters, const Gradient& gradient,
                                 Step step) {
    static_assert(detail::require_step_parameters<Tree, Parameters>());
    static_assert(detail::require_gradient<Parameters&, const Gradient&>());
    detail::check_shapes<Plan>(parameters, gradient, states_);
    if (varies_) [[unlikely]]
      detail::check_leaves<Plan>(rules_, steps_, typename Plan::AllLeaves{});
    if constexpr (detail::all_blocks<const Gradient&, detail::IsReadInPlace>()) {
      take_step(parameters, gradient, step);
    } else {
      take_step(parameters, detail::evaluated(gradient), step);
    }
  }

  template <class Tree, class Gradient>
  DESCENT_INLINE void take_step(Tree& parameters, const Gradient& gradient, Step step) {
    const Context context{rules_, memories_[current_], memories_[1 - current_], step, chunks_.sums()};
    bool taken = true;
    if constexpr (Plan::uniform) {
      Plan::dispatch(variant_, [&](auto variant) { taken = run(variant, parameters, gradient, context); });
    } else {
      taken = run(typename Plan::AllLeaves{}, parameters, gradient, context);
    }
    if (!taken) return;
    current_ = 1 - current_;
    ++steps_;
  }

  /// The constants of this step, with a pass for each rule that measures the tree; then the pass that
  /// writes. False where a rule skips the step.
  template <std::size_t... I, class Tree, class Gradient>
  DESCENT_INLINE bool run(std::index_sequence<I...>, Tree& parameters, const Gradient& gradient,
                          const Context& context) {
    Constants constants;
    std::apply([&](auto&... each) { (set_rounding(each, context.step), ...); }, constants);
    detail::prepare_rules<Plan>(std::index_sequence<I...>(), context.rules, context.before, context.memories,
                                context.step, constants);
    const auto split = chunks_.split();
    if (!(detail::measure_for_rule<I, Plan>(split, parameters, gradient, states_, constants, context,
                                            variant_) &&
          ...))
      return false;
    detail::finish_step<Plan>(split, parameters, gradient, states_, constants, context, variant_);
    return true;
  }

  /// Replaces the gradient by that at a point nearby.
  template <class Tree, class Gradient, class Objective>
  void evaluate_nearby(Tree& parameters, Gradient& gradient, Objective& objective) {
    auto&& saved = saved_parameters_.for_tree(parameters);
    const auto& rule = std::get<detail::perturbing_leaf<Plan>>(rules_);
    detail::perturb(rule, parameters, std::as_const(gradient), saved, Step{.index = steps_});
    const detail::Restorer restorer(parameters, saved);
    auto clear = [](auto& block) { block.setZero(); };
    detail::walk(clear, gradient);
    static_cast<void>(objective(std::as_const(parameters), gradient));
  }

  template <class S>
  DESCENT_INLINE void set_rounding(detail::Constants<Plan, S>& constants, Step step) const {
    constants.rounding = detail::FormatOf<Plan, S>::rounding(storage_, step.index);
  }

  R rule_;
  [[no_unique_address]] StateStorage storage_;
  typename Plan::Rules rules_{};
  // Two of them: a step writes the spare one, so that it can be dropped, and nothing is copied after.
  std::array<typename Plan::Memories, 2> memories_{};
  std::size_t current_ = 0;
  States states_;
  std::int64_t steps_ = 0;
  double rate_factor_ = 1;
  std::size_t variant_ = 0;
  bool varies_ = false;
  [[no_unique_address]] detail::TreeChunks<may_split> chunks_;
  [[no_unique_address]] std::conditional_t<may_split, detail::KeptGradient, detail::StackGradient> gradient_;
  [[no_unique_address]] std::conditional_t<
      perturbs, std::conditional_t<may_split, detail::KeptGradient, detail::StackGradient>, detail::Nothing>
      saved_parameters_;
};

template <class Tree, class R>
Optimizer(Tree&&, R) -> Optimizer<std::remove_cvref_t<Tree>, R>;
template <class Tree, class R, class StateStorage>
Optimizer(Tree&&, R, StateStorage) -> Optimizer<std::remove_cvref_t<Tree>, R, StateStorage>;

}  // namespace descent
