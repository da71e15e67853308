// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/value_list.hpp>
#include <descent/core/check.hpp>
#include <descent/core/rule_traits.hpp>
#include <descent/core/simd/pack.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

// What a rule declares, as the compiler finds it.

namespace descent {

namespace detail {

/// What a rule announces; nothing, if it has no traits.
template <class R>
inline constexpr RuleTraits traits_of{};
template <class R>
  requires requires { R::traits.measures; }
inline constexpr RuleTraits traits_of<R> = R::traits;

template <class R>
concept HasState = requires { typename R::template State<double>; };
template <class R>
concept HasCoefficients = requires { typename R::template Coefficients<double>; };
template <class R>
concept HasRuleState = requires { typename R::RuleState; } || requires { typename R::Memory; };
template <class R>
concept HasBlockState = requires { typename R::BlockState; };
template <class R>
concept Measures = requires { typename R::template Measured<double>; };
template <class R>
concept HasMeasuringCoefficients = requires { typename R::template MeasuringCoefficients<double>; };
template <class R>
concept MatrixRule = requires { typename R::template Workspace<Eigen::MatrixXd>; };
template <class R, class Matrix>
concept PreparesWorkspaceOf = requires(const R& rule, typename R::template Workspace<Matrix>& work) {
  rule.prepare(work, MatrixShape{});
};
template <class R>  // a rule may be of one type of elements only
concept PreparesWorkspace =
    PreparesWorkspaceOf<R, Eigen::MatrixXd> || PreparesWorkspaceOf<R, Eigen::MatrixXf>;
template <class R, class Matrix, class... More>
concept TransformTakes =
    requires(const R& rule, Eigen::Map<Matrix>& update, typename R::template Workspace<Matrix>& work,
             const More&... more) { rule.transform(update, work, Step{}, more...); };
template <class R, class Matrix, class... More>
concept TransformTakesParameters =
    requires(const R& rule, Eigen::Map<Matrix>& update, const Eigen::Map<const Matrix>& parameters,
             typename R::template Workspace<Matrix>& work,
             const More&... more) { rule.transform(update, parameters, work, Step{}, more...); };
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
concept HasMatrixState = traits_of<R>.has_workspace_state;
template <class R>
concept ComparesState = traits_of<R>.compares_workspace;
template <class R>
concept TakesVectors = traits_of<R>.takes_vectors;
template <class R>
concept Freezes = traits_of<R>.freezes_parameters;
template <class R>
concept NeedsLoss = traits_of<R>.takes_loss;
template <class R>
concept SeesGradient = traits_of<R>.takes_gradient;
template <class R>
concept RedefinesGradient = traits_of<R>.replaces_gradient;
template <class R>
concept RemembersStart = traits_of<R>.stores_start;
template <class R>
concept ChangesObjective = traits_of<R>.changes_objective;
template <class R>
concept KeepsBlockClocks = traits_of<R>.keeps_block_clocks;
template <class R>
concept AdjustsState = traits_of<R>.adjusts_state != nullptr;
template <class R>
concept InspectsBlocks = traits_of<R>.inspects_blocks;
template <class R>
concept NeedsSkippedGradients = traits_of<R>.needs_skipped_gradients;
template <class R>
concept BringsLearningRate = traits_of<R>.has_learning_rate;
template <class R>
concept StandsAlone = traits_of<R>.stands_alone;
template <class R>
concept MeasuresMaximum = traits_of<R>.fold == Fold::maximum;
template <class R>
concept MaySkip = traits_of<R>.may_skip;
template <class R>
concept TakesGivenMeasurement = traits_of<R>.takes_given_measurement;
template <class R>
concept MeasuresWhileWriting = traits_of<R>.measures_while_writing;

template <class R>
inline constexpr bool measures_tree = traits_of<R>.measures == Scope::tree;
/// Whether the constants of a rule are set block by block: it measures blocks, or inspects them.
template <class R>
inline constexpr bool measures_block = traits_of<R>.measures == Scope::block || InspectsBlocks<R>;

struct Nothing {};

template <class R>
struct RuleStateOf {
  using type = Nothing;
};
template <class R>
  requires requires { typename R::RuleState; }
struct RuleStateOf<R> {
  using type = typename R::RuleState;
};
template <class R>
  requires requires { typename R::Memory; }  // the name that RuleState had first
struct RuleStateOf<R> {
  using type = typename R::Memory;
};

/// Whether a rule of whole matrices reads the parameters.
template <class R, class Matrix>
concept TransformsWithParameters =
    TransformTakesParameters<R, Matrix, typename RuleStateOf<R>::type> || TransformTakesParameters<R, Matrix>;

template <class R>
struct BlockStateOf {
  using type = Nothing;
};
template <HasBlockState R>
struct BlockStateOf<R> {
  using type = typename R::BlockState;
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
