// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/aggregate.hpp>
#include <descent/core/base/type_name.hpp>
#include <descent/core/check.hpp>
#include <descent/core/plan/traits.hpp>
#include <descent/core/rule_helpers.hpp>
#include <descent/core/rule_traits.hpp>
#include <descent/core/simd/pack.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

// The contract between a rule and the engine. A rule is a plain aggregate: options with defaults and
// a formula over values. What it declares beyond that decides what the engine does with it:
//
//   template <class V> struct State {...}         what each parameter remembers (DESCENT_STATE writes it)
//   template <class S> struct Coefficients {...}  this step's constants, computed once in double
//   Coefficients<double> coefficients(...) const  from (Step), (Step, Memory), (Step, Memory, Measured)
//   struct RuleState {...}                           what the rule itself remembers from step to step
//   void advance(RuleState&, Step) const             once a step, before `coefficients`
//   template <class V> struct Measured {...}      sums over a block or the tree that the formula needs
//   template <class V> static void measure(V u, V p, Measured<V>& sums)   adds one element's share
//   ... measure(V u, V p, const State<V>&, const MeasuringCoefficients<V>&, Measured<V>& sums)
//   template <class S> struct MeasuringCoefficients, measuring_coefficients(Step, Memory)   where it needs more
//   bool skips(const Measured<double>&) const     true: the step is not taken, only Memory advances
//   static constexpr bool needs_skipped_gradients = true   no rule before it may skip steps
//   bool knows(Step) const, Measured<double> known(Step) const    what needs no measuring at this step, for
//                                                 the first rule of a chain
//   bool measures_for_next_step() const              true: measured by the pass that writes, for the step after;
//                                                 Memory holds `Measured<double> last; bool measured`
//   struct BlockState {...}, advance(BlockState&, Step, Measured)   what it remembers of each block it
//                                                 measures; coefficients(Step, BlockState, Measured)
//   void meet(BlockState&, const BlockInfo&) const   what differs from block to block, told when the optimizer is
//                                                 made; coefficients(Step, BlockState), nothing is measured
//   static V update(V u, V p, State<V>&, const Coefficients<V>&)    without what is not declared
//   State<double> initial_state() const           where state does not start from 0
//   static constexpr bool remembers_start = true  state is set at the first step: sparse gradients are refused
//   bool active() const                           false: the options switch this rule off, state and all
//   template <class Matrix> struct Workspace {...}   a rule of whole matrices: its scratch, and its state
//   void transform(update, workspace, Step) const    or (update, parameters, workspace, Step[, Memory])
//   void prepare(workspace, MatrixShape) const       allocates and gives first values; else Workspace::resize
//   static void for_each_state(workspace, f)         f(name, matrix): what of the workspace is state
//   static constexpr bool takes_vectors = true       works on blocks that are vectors, too
//   bool keeps_state_of(const Rule& other) const     whether workspaces of `other` fit; for set_rule
//   static V evaluation_point(V p, const State<V>&, const Coefficients<V>&)   where the model is evaluated
//   static void observe_hessian(V h, State<V>&, const Coefficients<V>&)       takes in a Hessian's diagonal
//   static constexpr const char* adjusted_state()    the name of a state that a rule before it keeps, which
//   static void adjust(V& other, State<V>&, const Coefficients<V>&)    changes after the step
//   void check(const Check&) const                every option, its range
//   A guard of a formula against 0 compares with == 0, or is divide_or_zero: NaN passes.
//   auto chain() const                            a recipe: options that expand to a chain

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
concept Rule = std::is_class_v<R> && (Transformation<R> || detail::IsRecipe<R> || detail::is_chain<R>);

}  // namespace descent
