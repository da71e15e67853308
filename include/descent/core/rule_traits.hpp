// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace descent {

/// What a rule measures before the step: nothing, each block, or the whole tree.
enum class Scope : std::uint8_t { none, block, tree };

/// How the values of the elements become one measurement.
enum class Fold : std::uint8_t { sum, maximum };

/// What a rule asks of the engine: `static constexpr RuleTraits traits{.measures = Scope::block};`.
///
/// Everything is off by default, and a rule that asks for nothing needs no traits. What a trait announces must be
/// there, and what is there must be announced, except `initial_state` and `active`: a function with a misspelt name
/// does not compile. docs/rules.md has examples.
struct RuleTraits {
  Scope measures = Scope::none;    ///< over what `Measured<V>` is taken, by `measure(u, p, ..., sums)`
  Fold fold = Fold::sum;           ///< of the measurement; a maximum is of values of at least 0
  bool takes_gradient = false;     ///< the formula is `update(u, p, g, ...)`; `g` is the gradient of the step
  bool replaces_gradient = false;  ///< later rules take its update for the gradient
  bool takes_loss = false;         ///< `Step::loss` must be given: `step(model, gradient, loss)`
  bool takes_hessian = false;      ///< has `static void observe_hessian(V h, State<V>&, c)`
  bool takes_vectors = false;      ///< a rule of whole matrices that works on blocks that are vectors, too
  bool has_learning_rate = false;  ///< multiplies by its option `learning_rate`
  bool has_initial_state =
      false;  ///< has `State<double> initial_state() const`, if state starts from other than 0
  bool has_initial_rule_state =
      false;  ///< has `RuleState initial_rule_state() const`, if it depends on options
  bool has_evaluation_point = false;  ///< has `static V evaluation_point(V p, const State<V>&, c)`
  bool has_workspace_state = false;   ///< has `static void for_each_state(workspace, f)`: f(name, matrix)
  bool stores_start = false;          ///< state is set at a block's first step; sparse gradients are refused
  bool may_be_off = false;  ///< has `bool active() const`: false switches the rule off, state and all
  bool may_skip = false;    ///< has `bool skips(const Measured<double>&) const`, or (RuleState, Measured)
  bool needs_skipped_gradients = false;  ///< no rule before it may skip steps
  bool takes_given_measurement =
      false;  ///< has `std::optional<Measured<double>> given(Step) const`; for the first rule
  bool measures_while_writing =
      false;  ///< has `bool measures_for_next_step() const`; `RuleState` has `Measured<double> last; bool measured`
  bool inspects_blocks = false;     ///< has `void inspect_block(BlockState&, const BlockInfo&) const`
  bool compares_workspace = false;  ///< has `bool keeps_state_of(const Rule& other) const`, for set_rule
  const char* adjusts_state =
      nullptr;  ///< name of a state of a rule before it, which `adjust(V& other, ...)` changes
  bool changes_objective = false;   ///< has `evaluate_nearby(step, parameters, gradient, saved, objective)`
  bool freezes_parameters = false;  ///< its blocks do not change; no formula
  bool keeps_block_clocks = false;  ///< blocks may be absent from a step, and count their own steps
  bool stands_alone = false;        ///< has an Optimizer of its own, and no chain takes it
};

}  // namespace descent
