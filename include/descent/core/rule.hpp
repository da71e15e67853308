// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/core/base/value_list.hpp>
#include <descent/core/check.hpp>
#include <descent/core/plan/traits.hpp>
#include <descent/core/rule_traits.hpp>
#include <descent/core/schedule.hpp>
#include <descent/core/simd/pack.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

// The contract between a rule and the engine. A rule is a plain aggregate: options with defaults, and a formula over
// packs of values. Its first lines say what it asks for (`RuleTraits`, core/rule_traits.hpp); docs/rules.md shows four
// rules, from a formula of one line to one that measures. All that a rule may have:
//
// Options and composition
//   void check(const Check&) const                     every option and its range
//   auto chain() const                                 makes it a recipe: options that expand to a chain. Recipes of the
//                                                      library write `chain(auto...)`, a template, which a file compiles
//                                                      only if it uses the recipe, and not with every include
//   bool active() const                                traits.may_be_off: false switches the rule off, state and all
//
// The formula. It has no `if`: use select, min, max, abs, sqrt, fma. A guard against 0 compares with == 0, or is
// divide_or_zero, so that NaN passes.
//   static V update(V u, V p, [V g,] [State<V>&,] [const Coefficients<V>&])
//   DESCENT_COEFFICIENTS(a, b)                         this step's constants, computed once, in double:
//                                                      `template <class S> struct Coefficients`
//   Coefficients<double> coefficients(Step[, RuleState][, Measured]) const, or (Step, [RuleState,] BlockState[, Measured])
//
// What is remembered
//   DESCENT_STATE(a, b)                                of each parameter: `template <class V> struct State`
//   State<double> initial_state() const                traits.has_initial_state
//   struct RuleState {...}                             of the steps; void advance(RuleState&, Step[, Measured]) const
//   RuleState initial_rule_state() const               traits.has_initial_rule_state
//   struct BlockState {...}                            of a block; void advance(BlockState&, Step, Measured) const
//   void inspect_block(BlockState&, const BlockInfo&) const   traits.inspects_blocks: when the optimizer is made
//   static void adjust(V& other, [State<V>&,] c)       traits.adjusts_state: changes a state of a rule before it
//
// Measurements, over a block or the tree (traits.measures)
//   DESCENT_MEASURED(a, b)                             sums, or maxima (traits.fold): `template <class V> struct Measured`
//   static void measure(V u, V p, [V g,] [const State<V>&,] [const MeasuringCoefficients<V>&,] Measured<V>& sums)
//   MeasuringCoefficients<double> measuring_coefficients(Step[, RuleState]) const
//   bool skips([const RuleState&,] const Measured<double>&) const    traits.may_skip; called after `advance`
//   std::optional<Measured<double>> given(Step) const  traits.takes_given_measurement: spares the pass, if it is first
//   bool measures_for_next_step() const                traits.measures_while_writing: the writing pass measures
//
// Whole matrices
//   template <class Matrix> struct Workspace {...}     scratch and state of a block
//   void transform(update, [parameters,] workspace, Step[, RuleState]) const
//   void prepare(workspace, MatrixShape) const         allocates and sets first values; or Workspace::resize
//   static void for_each_state(workspace, f)           traits.has_workspace_state: f(name, matrix) of what is state
//   bool keeps_state_of(const Rule& other) const       traits.compares_workspace: whether set_rule keeps workspaces
//
// Between steps
//   static V evaluation_point(V p, const State<V>&[, c])   traits.has_evaluation_point: where the model is evaluated
//   static void observe_hessian(V h, State<V>&[, c])       traits.takes_hessian: takes in a Hessian's diagonal

/// Names what a parameter remembers between steps: DESCENT_STATE(exp_avg, exp_avg_sq).
///
/// Writes `template <class V> struct State { V exp_avg, exp_avg_sq; };` and the list of the names.
/// Use the names of the literature, and PyTorch's where it has them, so that files can be exchanged.
#define DESCENT_STATE(...) \
  template <class V>       \
  struct State {           \
    V __VA_ARGS__;         \
  };                       \
  static constexpr const char* state_names() { return #__VA_ARGS__; }

/// Names this step's constants: DESCENT_COEFFICIENTS(factor, epsilon) writes
/// `template <class S> struct Coefficients { S factor, epsilon; };`.
#define DESCENT_COEFFICIENTS(...) \
  template <class S>              \
  struct Coefficients {           \
    S __VA_ARGS__;                \
  };

/// Names what a rule measures: DESCENT_MEASURED(squares, elements) writes
/// `template <class V> struct Measured { V squares, elements; };`.
#define DESCENT_MEASURED(...) \
  template <class V>          \
  struct Measured {           \
    V __VA_ARGS__;            \
  };

namespace descent {

/// A concept matching one algorithm's part that changes the update on its way.
///
/// Satisfied by an aggregate with `static V update(V u, V p, ...)` over packs of values, by a rule of
/// whole matrices (`Workspace`, `transform`) and by `Freeze`.
template <class R>
concept Transformation = detail::HasFormula<R> || detail::MatrixRule<R> || detail::Freezes<R>;

/// A concept matching everything an Optimizer can be made with.
///
/// Satisfied by a transformation, by a recipe (an aggregate with `auto chain() const`), and by
/// compositions of them: `a | b`, `chain(...)`, `partition(...)`, `masked(...)`.
template <class R>
concept Rule = detail::is_chain<R> || (std::is_class_v<R> && (detail::IsRecipe<R> || Transformation<R>));

// What many formulas share: averages that begin at 0, and their corrections.

/// Whether an option is the constant 0.
inline bool is_always_zero(const Schedule& schedule) { return schedule.is_constant() && schedule(0) == 0; }

/// beta^t from beta^(t-1): `power * beta`, or 0 below 1e-20, so that it never becomes denormal.
///
/// Keep the power in `RuleState` and call this in `advance`: right for scheduled betas, and cheaper than pow().
inline double next_power(double power, double beta) {
  const double next = power * beta;
  return next < 1e-20 ? 0 : next;
}

/// 1 / (1 - beta^t): the factor that corrects an average which began at 0. `power` is beta^t.
inline double bias_correction(double power) { return power < 0x1p-54 ? 1 : 1 / (1 - power); }

/// What to add inside the root of a denominator sqrt(average + inside) + outside, so that it is never 0: `inside`, or
/// 1.2e-38 (the smallest normal float) if both are smaller.
///
/// Then gradients of 0 give updates of 0 with epsilon 0, too, and the update of a gradient below 1e-19 fades to 0. It
/// costs nothing; `divide_or_zero` takes up to a tenth of Adam's step. Not for a numerator that may stay when the
/// average has fallen to 0, such as a slow average or a deviation: the quotient would be huge.
inline double keep_above_zero(double inside, double outside) {
  constexpr auto smallest = static_cast<double>(std::numeric_limits<float>::min());
  return outside < smallest && inside < smallest ? smallest : inside;
}

/// The next average of squares: average + weight (square - average).
///
/// An average that has overflowed stays infinite, so that the update it divides is 0: infinity - infinity is NaN.
template <class V, class W>
V average_square(const W& weight, const V& square, const V& average) {
  return select(is_finite(average), fma(weight, square - average, average), average);
}

}  // namespace descent
