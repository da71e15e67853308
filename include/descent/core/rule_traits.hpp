// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

// What a rule asks of the engine, and what it is told of a step and of a block.

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
  Fold fold = Fold::sum;           ///< how values become one; `maximum` needs values of at least 0
  bool takes_gradient = false;     ///< the formula is `update(u, p, g, ...)`; `g` is the gradient of the step
  bool replaces_gradient = false;  ///< later rules take its update for the gradient
  bool takes_loss = false;         ///< `Step::loss` must be given: `step(model, gradient, loss)`
  bool takes_hessian = false;      ///< has `static void observe_hessian(V h, State<V>&, c)`
  bool takes_vectors = false;      ///< a rule of whole matrices that works on blocks that are vectors, too
  bool has_learning_rate = false;  ///< multiplies by its option `learning_rate`
  bool has_initial_state = false;  ///< has `State<double> initial_state() const`: not 0
  bool has_initial_rule_state = false;  ///< has `RuleState initial_rule_state() const`
  bool has_evaluation_point = false;    ///< has `static V evaluation_point(V p, const State<V>&, c)`
  bool has_workspace_state = false;     ///< has `static void for_each_state(workspace, f)`: f(name, matrix)
  bool stores_start = false;  ///< state is set at a block's first step; sparse gradients are refused
  bool may_be_off = false;    ///< has `bool active() const`: false switches the rule off, state and all
  bool may_skip = false;      ///< has `bool skips(const Measured<double>&) const`, or (RuleState, Measured)
  bool needs_skipped_gradients = false;  ///< no rule before it may skip steps
  bool takes_given_measurement = false;  ///< has `std::optional<Measured<double>> given(Step) const`
  bool measures_while_writing = false;   ///< has `measures_for_next_step() const`; see core/rule.hpp
  bool inspects_blocks = false;          ///< has `void inspect_block(BlockState&, const BlockInfo&) const`
  bool compares_workspace = false;       ///< has `bool keeps_state_of(const Rule& other) const`, for set_rule
  const char* adjusts_state = nullptr;   ///< an earlier rule's state, which `adjust(V& other, ...)` changes
  bool changes_objective = false;   ///< has `evaluate_nearby(step, parameters, gradient, saved, objective)`
  bool freezes_parameters = false;  ///< its blocks do not change; no formula
  bool keeps_block_clocks = false;  ///< blocks may be absent from a step, and count their own steps
  bool stands_alone = false;        ///< has an Optimizer of its own, and no chain takes it
};

/// What the caller knows of a step besides the gradient; NaN means not given.
struct StepInputs {
  /// The loss at the parameters before the step, for rules that use it.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The Euclidean norm of the whole gradient: saves a pass if a chain begins with ClipByGlobalNorm.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
};

/// The current step.
struct Step {
  /// Counted from 0: the argument of schedules.
  std::int64_t index = 0;
  /// The loss before the step, if the caller gives it; else NaN.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The norm of the whole gradient, if the caller gives it; else NaN.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
  /// The number of earlier steps that skipped the block (RestAbsentBlocks).
  std::int64_t rested = 0;
  /// The largest finite number of the type in which rules compute; measurements are always in double.
  double largest = std::numeric_limits<double>::max();

  /// The number of steps taken before this one, which intervals count. A block that was skipped has its own
  /// count.
  std::int64_t taken() const { return index - rested; }
  /// The t of the papers: 1 at the first step, by the same count.
  double t() const { return static_cast<double>(taken()) + 1; }
  /// Whether state has its initial values: no step has stored anything.
  bool is_first() const { return index == rested; }
};

/// The shape of a block, for a rule of whole matrices.
struct MatrixShape {
  Eigen::Index rows = 0, columns = 0;
  /// Whether the block is a vector by its type.
  bool is_vector = false;
  /// Position in the tree's order, from 0.
  std::size_t index = 0;
};

/// A block of the parameter tree, as a selector receives it.
struct BlockInfo {
  /// "layer1.weights"; names come from DESCENT_PARAMETERS or `named`, else indices.
  std::string path;
  Eigen::Index rows = 0, columns = 0;
  /// Position in the tree's order, from 0.
  std::size_t index = 0;
  /// Whether the block's type is a vector (VectorXd, RowVectorXf, Array3d, ...).
  bool is_vector = false;

  bool is_matrix() const { return !is_vector; }
};

/// The learning rate of a block: an entry of `optimizer.learning_rates()`.
struct BlockLearningRate {
  std::string path;
  double rate = 0;
};

}  // namespace descent
