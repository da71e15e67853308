// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/aggregate.hpp>
#include <descent/core/block_info.hpp>
#include <descent/core/check.hpp>
#include <descent/core/simd/pack.hpp>
#include <descent/core/step.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

// What a rule declares, told from its type.

namespace descent {

namespace detail {

template <class R>
concept HasState = requires { typename R::template State<double>; };
template <class R>
concept HasCoefficients = requires { typename R::template Coefficients<double>; };
template <class R>
concept HasMemory = requires { typename R::Memory; };
template <class R>
concept Measures = requires { typename R::template Measured<double>; };
template <class R>
concept HasMeasuringCoefficients = requires { typename R::template MeasuringCoefficients<double>; };
template <class R>
concept MatrixRule = requires { typename R::template Workspace<Eigen::MatrixXd>; };
template <class R>
concept TakesVectors = requires { requires R::takes_vectors; };
template <class R>
concept PreparesWorkspace = requires(const R& rule, typename R::template Workspace<Eigen::MatrixXd>& work) {
  rule.prepare(work, MatrixShape{});
};
template <class R>
concept HasMatrixState = requires(typename R::template Workspace<Eigen::MatrixXd>& work,
                                  void (*f)(const char*, Eigen::MatrixXd&)) { R::for_each_state(work, f); };
template <class R>
concept ComparesState = requires(const R& rule) {
  { rule.keeps_state_of(rule) } -> std::convertible_to<bool>;
};
template <class R>
concept HasInitialState = requires(const R& rule) { rule.initial_state(); };
template <class R>
concept CanBeSwitchedOff = requires(const R& rule) {
  { rule.active() } -> std::convertible_to<bool>;
};
template <class R>
concept ChecksItself = requires(const R& rule, const Check& check) { rule.check(check); };
template <class R>
concept IsRecipe = requires(const R& rule) { rule.chain(); };
template <class R>
concept Freezes = requires { requires R::freezes_parameters; };
template <class R>
concept NeedsLoss = requires { requires R::needs_loss; };
/// A rule whose formula also sees the gradient as it entered the chain: update(u, p, g, ...).
template <class R>
concept SeesGradient = requires { requires R::sees_gradient; };
/// A rule that changes what later rules take for the gradient (a change of sign).
template <class R>
concept RedefinesGradient = requires { requires R::redefines_gradient; };

/// A rule with state that is set at a block's first step: an element whose first gradient came later would miss it.
template <class R>
concept RemembersStart = requires { requires R::remembers_start; };
/// A rule that changes the objective: `evaluate_nearby(step, parameters, gradient, saved, objective)` replaces the gradient
/// at the parameters by that which the step takes.
template <class R>
concept ChangesObjective = requires { requires R::changes_objective; };
/// A rule that lets blocks rest at a step, each with a count of steps of its own.
template <class R>
concept KeepsBlockClocks = requires { requires R::keeps_block_clocks; };
/// A rule that changes what a rule before it remembers of each parameter.
template <class R>
concept AdjustsState = requires { R::adjusted_state(); };

/// What a rule that measures blocks remembers of each block from step to step.
template <class R>
concept HasBlockMemory = requires { typename R::BlockMemory; };

/// A rule whose constants differ from block to block: it is told of each when the optimizer is made, and keeps
/// what it needs in its BlockMemory.
template <class R>
concept MeetsBlocks = requires(const R& rule, typename R::BlockMemory& memory, const BlockInfo& block) {
  rule.meet(memory, block);
};

template <class R>
inline constexpr bool measures_tree = false;
template <Measures R>
inline constexpr bool measures_tree<R> = R::measured_over == Scope::tree;
template <class R>
inline constexpr bool measures_block = false;
template <Measures R>
inline constexpr bool measures_block<R> = R::measured_over == Scope::block;
template <MeetsBlocks R>
inline constexpr bool measures_block<R> = true;  // its constants are set block by block, too

/// A rule that can be told what it would measure.
template <class R>
concept KnowsMeasurement = requires(const R& rule, Step step) {
  { rule.knows(step) } -> std::convertible_to<bool>;
  rule.known(step);
};
/// A rule that may decide that a step is not taken.
template <class R>
concept MaySkip = requires(const R& rule, const typename R::template Measured<double>& measured) {
  { rule.skips(measured) } -> std::convertible_to<bool>;
};
/// A rule that may use the measurement of the step before, taken by the pass that writes.
template <class R>
concept MeasuresOnTheWay = requires(const R& rule, typename R::Memory& memory) {
  { rule.measures_on_the_way() } -> std::convertible_to<bool>;
  memory.last;
  memory.measured;
};

struct Nothing {};

template <class R>
struct MemoryOf {
  using type = Nothing;
};
template <HasMemory R>
struct MemoryOf<R> {
  using type = typename R::Memory;
};

template <class R>
struct BlockMemoryOf {
  using type = Nothing;
};
template <HasBlockMemory R>
struct BlockMemoryOf<R> {
  using type = typename R::BlockMemory;
};

template <class R, class V>
struct CoefficientsOf {
  using type = Nothing;
};
template <HasCoefficients R, class V>
struct CoefficientsOf<R, V> {
  using type = typename R::template Coefficients<V>;
};

template <class R>
inline constexpr std::size_t slot_count = 0;
template <HasState R>
inline constexpr std::size_t slot_count<R> = field_count<typename R::template State<double>>;

template <class R>
inline constexpr std::size_t coefficient_count = 0;
template <HasCoefficients R>
inline constexpr std::size_t coefficient_count<R> = field_count<typename R::template Coefficients<double>>;

// Whether the formula of R can be called: what a user's rule gets wrong first.
using ProbePack = simd::Pack<double>;
template <class R>
struct ProbeState {
  using type = Nothing;
};
template <HasState R>
struct ProbeState<R> {
  using type = typename R::template State<ProbePack>;
};
template <class R>
concept HasFormula =
    requires(ProbePack u, typename ProbeState<R>::type& state,
             const typename CoefficientsOf<R, ProbePack>::type& c) {
      { R::update(u, u) } -> std::convertible_to<ProbePack>;
    } ||
    requires(ProbePack u, typename ProbeState<R>::type& state,
             const typename CoefficientsOf<R, ProbePack>::type& c) {
      { R::update(u, u, state) } -> std::convertible_to<ProbePack>;
    } ||
    requires(ProbePack u, typename ProbeState<R>::type& state,
             const typename CoefficientsOf<R, ProbePack>::type& c) {
      { R::update(u, u, c) } -> std::convertible_to<ProbePack>;
    } ||
    requires(ProbePack u, typename ProbeState<R>::type& state,
             const typename CoefficientsOf<R, ProbePack>::type& c) {
      { R::update(u, u, state, c) } -> std::convertible_to<ProbePack>;
    } ||
    requires(ProbePack u, typename ProbeState<R>::type& state,
             const typename CoefficientsOf<R, ProbePack>::type& c) {
      { R::update(u, u, u) } -> std::convertible_to<ProbePack>;
    } ||
    requires(ProbePack u, typename ProbeState<R>::type& state,
             const typename CoefficientsOf<R, ProbePack>::type& c) {
      { R::update(u, u, u, c) } -> std::convertible_to<ProbePack>;
    } ||
    requires(ProbePack u, typename ProbeState<R>::type& state,
             const typename CoefficientsOf<R, ProbePack>::type& c) {
      { R::update(u, u, u, state, c) } -> std::convertible_to<ProbePack>;
    };

template <class R, class... Arguments>
concept MeasureTakes =
    requires(ProbePack u, Arguments... arguments, typename R::template Measured<ProbePack>& sums) {
      R::measure(u, u, arguments..., sums);
    } || requires(ProbePack u, Arguments... arguments, typename R::template Measured<ProbePack>& sums) {
      R::measure(u, u, u, arguments..., sums);
    };

template <class R>
struct ProbeMeasuringCoefficients {
  using type = Nothing;
};
template <HasMeasuringCoefficients R>
struct ProbeMeasuringCoefficients<R> {
  using type = typename R::template MeasuringCoefficients<ProbePack>;
};

/// Whether the measurement of R looks at what R remembers of each parameter.
template <class R>
inline constexpr bool measures_with_state = false;
template <class R>
  requires(Measures<R> && HasState<R>)
inline constexpr bool measures_with_state<R> =
    MeasureTakes<R, const typename ProbeState<R>::type&> ||
    MeasureTakes<R, const typename ProbeState<R>::type&, const typename ProbeMeasuringCoefficients<R>::type&>;

/// Whether the measurement of R can be called.
template <class R>
concept HasMeasurement = MeasureTakes<R> || measures_with_state<R> ||
                         MeasureTakes<R, const typename ProbeMeasuringCoefficients<R>::type&>;

template <class R>
inline constexpr bool is_chain = false;

}  // namespace detail
}  // namespace descent
