// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/queries.hpp>
#include <descent/core/engine/clocks.hpp>
#include <descent/core/engine/tree_pass.hpp>
#include <descent/core/memory/gradient_expression.hpp>
#include <descent/wrappers/perturbation.hpp>
#include <descent/core/plan/requirements.hpp>
#include <descent/core/step.hpp>
#include <descent/core/engine/tree_step.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace descent::detail {

/// What is under an Optimizer: the state, and how a step is taken.
template <class Parameters, class R, class StateStorage>
class Engine {
  static_assert(require_parameters<Parameters&>());
  static_assert(require_tree<const Parameters&>());
  static_assert(require_rule<R>());
  static_assert(require_suitable_blocks<R, Parameters&>());

 protected:
  using Plan = detail::Plan<R, StateStorage>;
  using States = StatesOf<Plan, Parameters>;
  using ElementTypes = detail::ElementTypes<Parameters&>;

  template <class Tree>
  Engine(const Tree& parameters, R rule, StateStorage storage)
      : rule_(std::move(rule)), storage_(storage), states_(make_states<Plan>(parameters)) {
    bind();
  }

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
    bool started;  // whether the block was stepped before
  };
  /// Whether steps can be large enough for several threads.
  static constexpr bool may_split = !all_blocks<Parameters&, HasFixedSize>();
  static constexpr bool perturbs = perturbing_leaf<Plan> < Plan::leaves;
  using AllConstants = typename ConstantsOf<Plan, ElementTypes>::type;
  /// Whether blocks may rest.
  static constexpr bool has_clocks = any_block_clocks<Plan>(typename Plan::AllLeaves{});

  /// Checks the options; true where any varies with the step.
  static bool check(const R& rule, const typename Plan::Rules& rules, std::int64_t step) {
    check_recipes(rule, step);
    return check_leaves<Plan>(rules, step, typename Plan::AllLeaves{});
  }

  template <std::size_t... I>
  static void scale_rates([[maybe_unused]] typename Plan::Rules& rules, [[maybe_unused]] double factor,
                          std::index_sequence<I...>) {
    (scale_rate<I>(rules, factor), ...);
  }
  template <std::size_t I>
  static void scale_rate(typename Plan::Rules& rules, double factor) {
    if constexpr (BringsLearningRate<typename Plan::template Leaf<I>>) {
      Schedule& rate = get<I>(rules).learning_rate;
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

  void bind() {
    const auto node = Plan::node(rule_);
    rules_ = Plan::rules(node);
    varies_ = check(rule_, rules_, 0);
    std::size_t index = 0;
    auto allocate = [&](const std::string& path, auto& state) {
      const auto info = info_of(state, path, index++);
      const std::size_t number = variant_for(node, info);
      set_variant(state, number);
      Plan::dispatch(number, [&](auto variant) {
        require_fitting_block<Plan>(variant, state, info);
        allocate_state<Plan>(variant, state, info.rows, info.columns, info.index);
        fill_state<Plan>(variant, rules_, state);
        meet_block<Plan>(variant, rules_, state.memories, info);
      });
    };
    walk_paths(allocate, states_, std::string());
    chunks_.template bind<Plan>(states_);
    if constexpr (has_clocks) clocks_.bind(index);
  }

  DESCENT_INLINE Step step_of(const StepInputs& inputs) const {
    if constexpr (any_needs_loss<Plan>(typename Plan::AllLeaves{})) {
      if (!is_finite(inputs.loss)) [[unlikely]]
        fail_invalid_argument(std::string(rule_name<Plan>()) + ": loss is " + text_of(inputs.loss) +
                              "; this rule uses it, hand in {.loss = ...}");
    }
    if (inputs.gradient_norm < 0) [[unlikely]]
      fail_invalid_argument(std::string(rule_name<Plan>()) + ": gradient_norm is " +
                            text_of(inputs.gradient_norm) + ", must be at least 0");
    return {.index = steps_, .loss = inputs.loss, .gradient_norm = inputs.gradient_norm};
  }

  template <class Tree, class Gradient>
  DESCENT_INLINE void start_step(std::remove_reference_t<Tree>& parameters, const Gradient& gradient,
                                 Step step, [[maybe_unused]] std::span<const std::size_t> absent = {}) {
    static_assert(require_step_parameters<Tree, Parameters>());
    static_assert(require_gradient<Parameters&, const Gradient&>());
    static_assert(require_fitting_sparsity<Plan, Parameters&, const Gradient&>());
    check_shapes<Plan>(parameters, gradient, states_);
    if constexpr (!all_blocks<const Gradient&, IsNotSparse>())
      check_sparsity<Plan>(parameters, gradient, states_, variant_);
    if (varies_) [[unlikely]]
      check_leaves<Plan>(rules_, steps_, typename Plan::AllLeaves{});
    if constexpr (has_clocks) clocks_.set_absent(absent, rule_name<Plan>());
    if constexpr (all_blocks<const Gradient&, IsReadInPlace>()) {
      take_step(parameters, gradient, step);
    } else {
      take_step(parameters, evaluated(gradient), step);
    }
  }

  template <class Tree, class Gradient>
  DESCENT_INLINE void take_step(Tree& parameters, const Gradient& gradient, Step step) {
    const Context context{rules_, memories_[current_], memories_[1 - current_], step, chunks_.sums()};
    bool taken = true;
    if constexpr (has_clocks) {
      for (auto& clock : clocks_) set_rounding(clock.constants, step);
      taken = ClockedStep<Plan, AllConstants, Context>(clocks_, context, variant_)
                  .take(parameters, gradient, states_);
    } else if constexpr (Plan::uniform) {
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
    AllConstants constants;
    set_rounding(constants, context.step);
    prepare_rules<Plan>(std::index_sequence<I...>(), context.rules, context.before, context.memories,
                        context.step, constants);
    const auto split = chunks_.split();
    if (!(measure_for_rule<I, Plan>(split, parameters, gradient, states_, constants, context, variant_) &&
          ...))
      return false;
    finish_step<Plan>(split, parameters, gradient, states_, constants, context, variant_);
    return true;
  }

  /// What the rules know of a block between two steps.
  BetweenSteps between_steps([[maybe_unused]] std::size_t block, Step step) const {
    if constexpr (has_clocks) {
      const auto& clock = clocks_[block];
      step.rested = clock.rested;
      return {rules_, clock.memories[clock.current], step, clock.rested < steps_};
    } else {
      return {rules_, memories_[current_], step, steps_ > 0};
    }
  }

  /// Replaces the gradient by that at a point nearby.
  template <class Tree, class Gradient, class Objective>
  void evaluate_nearby(Tree& parameters, Gradient& gradient, Objective& objective) {
    check_shapes<Plan>(parameters, std::as_const(gradient), states_);  // an objective may have changed them
    auto&& saved = saved_parameters_.for_tree(parameters);
    const auto& rule = get<perturbing_leaf<Plan>>(rules_);
    perturb(rule, parameters, std::as_const(gradient), saved, Step{.index = steps_});
    const Restorer restorer(parameters, saved);
    auto clear = [](auto& block) { block.setZero(); };
    walk(clear, gradient);
    static_cast<void>(objective(std::as_const(parameters), gradient));
  }

  template <std::size_t... I, class... S>
  DESCENT_INLINE void set_rounding(RuleListOf<std::index_sequence<I...>, Constants<Plan, S>...>& constants, Step step) const {
    ((get<Constants<Plan, S>>(constants).rounding = FormatOf<Plan, S>::rounding(storage_, step.index)),
     ...);
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
  [[no_unique_address]] TreeChunks<may_split> chunks_;
  [[no_unique_address]] std::conditional_t<has_clocks, BlockClocks<Plan, AllConstants>, Nothing> clocks_;
  [[no_unique_address]] std::conditional_t<may_split, KeptGradient, StackGradient> gradient_;
  [[no_unique_address]] std::conditional_t<
      perturbs, std::conditional_t<may_split, KeptGradient, StackGradient>, Nothing>
      saved_parameters_;
};

}  // namespace descent::detail
