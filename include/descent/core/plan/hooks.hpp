// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/traits.hpp>

#include <concepts>
#include <optional>
#include <type_traits>

// Whether the functions of a rule are those that its traits and its structs announce. A function with a misspelt name
// would otherwise never be called.

namespace descent::detail {

template <class R>
using RuleStateIn = typename RuleStateOf<R>::type;
template <class R>
using BlockStateIn = typename BlockStateOf<R>::type;
template <class R>
using MeasuredIn = typename R::template Measured<double>;

template <class R>
concept HasSkips = requires(const R& rule, const MeasuredIn<R>& measured) {
  { rule.skips(measured) } -> std::convertible_to<bool>;
} || requires(const R& rule, const RuleStateIn<R>& state, const MeasuredIn<R>& measured) {
  { rule.skips(state, measured) } -> std::convertible_to<bool>;
};
template <class R>
concept HasGiven = requires(const R& rule, Step step) {
  { rule.given(step) } -> std::convertible_to<std::optional<MeasuredIn<R>>>;
};
template <class R>
concept HasMeasuresForNextStep = requires(const R& rule, RuleStateIn<R>& state) {
  { rule.measures_for_next_step() } -> std::convertible_to<bool>;
  state.last = MeasuredIn<R>{};
  state.measured = true;
};
template <class R>
concept HasInspectBlock = requires(const R& rule, BlockStateIn<R>& state, const BlockInfo& block) {
  rule.inspect_block(state, block);
};
template <class R>
concept HasKeepsStateOf = requires(const R& rule) {
  { rule.keeps_state_of(rule) } -> std::convertible_to<bool>;
};
struct AnyMatrixVisitor {
  template <class Matrix>
  void operator()(const char*, Matrix&) const {}
};
template <class R, class Matrix>
concept ListsStateOf = requires(typename R::template Workspace<Matrix>& work, AnyMatrixVisitor f) {
  R::for_each_state(work, f);
};
template <class R>
concept HasForEachState = ListsStateOf<R, Eigen::MatrixXd> || ListsStateOf<R, Eigen::MatrixXf>;
template <class R>
concept HasEvaluationPoint =
    requires(ProbePack p, const typename ProbeState<R>::type& state) {
      { R::evaluation_point(p, state) } -> std::convertible_to<ProbePack>;
    } || requires(ProbePack p, const typename ProbeState<R>::type& state,
                  const typename CoefficientsOf<R, ProbePack>::type& c) {
      { R::evaluation_point(p, state, c) } -> std::convertible_to<ProbePack>;
    };
template <class R>
concept HasObserveHessian =
    requires(ProbePack h, typename ProbeState<R>::type& state) { R::observe_hessian(h, state); } ||
    requires(ProbePack h, typename ProbeState<R>::type& state,
             const typename CoefficientsOf<R, ProbePack>::type& c) { R::observe_hessian(h, state, c); };
template <class R>
concept HasAdjust =
    requires(ProbePack other, const typename CoefficientsOf<R, ProbePack>::type& c) {
      R::adjust(other, c);
    } || requires(ProbePack other, typename ProbeState<R>::type& state,
                  const typename CoefficientsOf<R, ProbePack>::type& c) { R::adjust(other, state, c); };

template <class R>
concept HasAdvance = requires(const R& rule, RuleStateIn<R>& state, Step step) {
  rule.advance(state, step);
} || requires(const R& rule, RuleStateIn<R>& state, Step step, const MeasuredIn<R>& measured) {
  rule.advance(state, step, measured);
};
template <class R>
concept HasInitialRuleState = requires(const R& rule) {
  { rule.initial_rule_state() } -> std::convertible_to<RuleStateIn<R>>;
};
template <class R>
concept HasBlockAdvance = requires(const R& rule, BlockStateIn<R>& state, Step step,
                                   const MeasuredIn<R>& measured) { rule.advance(state, step, measured); };
template <class R>
concept HasMeasuringConstants = requires(const R& rule, Step step) { rule.measuring_coefficients(step); } ||
                                requires(const R& rule, const RuleStateIn<R>& state, Step step) {
                                  rule.measuring_coefficients(step, state);
                                };
template <class R, class Matrix>
concept TransformsMatrix = TransformsWithParameters<R, Matrix> || TransformTakes<R, Matrix, RuleStateIn<R>> ||
                           TransformTakes<R, Matrix>;
template <class R>  // a rule may be of one type of elements only
concept HasTransform = TransformsMatrix<R, Eigen::MatrixXd> || TransformsMatrix<R, Eigen::MatrixXf>;
template <class R>
concept HasRoom = PreparesWorkspace<R> || requires(typename R::template Workspace<Eigen::MatrixXd>& work) {
  work.resize(Eigen::Index{1}, Eigen::Index{1});
};

template <class R>
struct MeasuredOrNothing {
  using type = Nothing;
};
template <Measures R>
struct MeasuredOrNothing<R> {
  using type = MeasuredIn<R>;
};
template <class R, class... More>
concept ConstantsTake =
    requires(const R& rule, Step step, const More&... more) { rule.coefficients(step, more...); };
template <class R, class Measured = typename MeasuredOrNothing<R>::type>
concept HasConstants =
    ConstantsTake<R> || ConstantsTake<R, RuleStateIn<R>> || ConstantsTake<R, BlockStateIn<R>> ||
    ConstantsTake<R, Measured> || ConstantsTake<R, RuleStateIn<R>, BlockStateIn<R>> ||
    ConstantsTake<R, RuleStateIn<R>, Measured> || ConstantsTake<R, BlockStateIn<R>, Measured> ||
    ConstantsTake<R, RuleStateIn<R>, BlockStateIn<R>, Measured>;

template <class R, class... More>
concept FormulaTakes = requires(ProbePack u, More&... more) {
  { R::update(u, u, more...) } -> std::convertible_to<ProbePack>;
};
/// Whether the formula takes the state and the coefficients that are declared, after the gradient if announced.
template <class R, class... Gradient>
constexpr bool formula_takes_declared() {
  using State = typename ProbeState<R>::type;
  using Coefficients = const typename CoefficientsOf<R, ProbePack>::type;
  if constexpr (HasState<R> && HasCoefficients<R>) return FormulaTakes<R, Gradient..., State, Coefficients>;
  if constexpr (HasState<R> && !HasCoefficients<R>) return FormulaTakes<R, Gradient..., State>;
  if constexpr (!HasState<R> && HasCoefficients<R>) return FormulaTakes<R, Gradient..., Coefficients>;
  if constexpr (!HasState<R> && !HasCoefficients<R>) return FormulaTakes<R, Gradient...>;
}
template <class R>
constexpr bool formula_fits() {
  if constexpr (MatrixRule<R> || Freezes<R>) {
    return true;
  } else if constexpr (SeesGradient<R>) {
    return formula_takes_declared<R, ProbePack>();
  } else {
    return formula_takes_declared<R>();
  }
}

/// The formula and its constants.
template <class R>
constexpr bool require_formula_hooks() {
  constexpr bool constants = !HasCoefficients<R> || HasConstants<R>;
  static_assert(constants,
                "descent: a rule with `struct Coefficients` needs `Coefficients<double> coefficients(Step) "
                "const`, with the rule state, the block state and the measurement after it if they are used");
  constexpr bool formula = formula_fits<R>();
  static_assert(
      formula,
      "descent: `static V update(V u, V p, ...)` must take all that the rule declares, in this order: "
      "V g if RuleTraits::takes_gradient, State<V>&, const Coefficients<V>&");
  return constants && formula;
}

/// Over what a rule measures, if it does more with the measurement than scale.
template <class R>
constexpr bool require_scopes() {
  constexpr RuleTraits t = traits_of<R>;
  constexpr bool tree =
      !(t.may_skip || t.takes_given_measurement || t.measures_while_writing) || t.measures == Scope::tree;
  static_assert(tree,
                "descent: RuleTraits::may_skip, takes_given_measurement and measures_while_writing need a "
                "measurement of the whole tree: .measures = Scope::tree");
  constexpr bool block = !HasBlockState<R> || t.inspects_blocks || t.measures == Scope::block;
  static_assert(block,
                "descent: a rule with `struct BlockState` needs .measures = Scope::block, or "
                "RuleTraits::inspects_blocks");
  constexpr bool one = !t.inspects_blocks || t.measures == Scope::none;
  static_assert(one, "descent: a rule cannot both inspect blocks (RuleTraits::inspects_blocks) and measure");
  return tree && block && one;
}

/// What a rule measures, and when.
template <class R>
constexpr bool require_measuring_hooks() {
  constexpr RuleTraits t = traits_of<R>;
  constexpr bool measured = Measures<R> == (t.measures != Scope::none);
  static_assert(measured,
                "descent: a rule with `struct Measured` must say over what, and the other way round: "
                "static constexpr RuleTraits traits{.measures = Scope::block}, or Scope::tree");
  constexpr bool skips = t.may_skip == HasSkips<R>;
  static_assert(
      skips,
      "descent: RuleTraits::may_skip and `bool skips(const Measured<double>&) const`, or with (const "
      "RuleState&, const Measured<double>&), go together");
  constexpr bool given = t.takes_given_measurement == HasGiven<R>;
  static_assert(
      given,
      "descent: RuleTraits::takes_given_measurement and `std::optional<Measured<double>> given(Step) "
      "const` go together");
  constexpr bool next = t.measures_while_writing == HasMeasuresForNextStep<R>;
  static_assert(next,
                "descent: RuleTraits::measures_while_writing and `bool measures_for_next_step() const` with "
                "`struct RuleState { Measured<double> last; bool measured; }` go together");
  constexpr bool constants = !HasMeasuringCoefficients<R> || HasMeasuringConstants<R>;
  static_assert(
      constants,
      "descent: a rule with `struct MeasuringCoefficients` needs `measuring_coefficients(Step) const`, "
      "or with (Step, const RuleState&)");
  return measured && skips && given && next && constants;
}

/// What a rule remembers.
template <class R>
constexpr bool require_state_hooks() {
  constexpr RuleTraits t = traits_of<R>;
  constexpr bool starts = !t.has_initial_state || HasInitialState<R>;
  static_assert(starts, "descent: RuleTraits::has_initial_state needs `State<double> initial_state() const`");
  constexpr bool begins = t.has_initial_rule_state == HasInitialRuleState<R>;
  static_assert(
      begins,
      "descent: RuleTraits::has_initial_rule_state and `RuleState initial_rule_state() const` go together");
  constexpr bool advances = !HasRuleState<R> || t.measures_while_writing || HasAdvance<R>;
  static_assert(
      advances,
      "descent: a rule with `struct RuleState` needs `void advance(RuleState&, Step) const`, or with "
      "(RuleState&, Step, const Measured<double>&)");
  constexpr bool inspects = t.inspects_blocks == HasInspectBlock<R>;
  static_assert(inspects,
                "descent: RuleTraits::inspects_blocks and `void inspect_block(BlockState&, const BlockInfo&) "
                "const` go together");
  constexpr bool blocks = !HasBlockState<R> || t.inspects_blocks || HasBlockAdvance<R>;
  static_assert(blocks,
                "descent: a rule with `struct BlockState` needs `void advance(BlockState&, Step, const "
                "Measured<double>&) const`, or RuleTraits::inspects_blocks");
  constexpr bool adjusts = (t.adjusts_state != nullptr) == HasAdjust<R>;
  static_assert(
      adjusts,
      "descent: RuleTraits::adjusts_state and `static void adjust(V& other, State<V>&, const C&)`, or "
      "(V& other, const C&), go together");
  return starts && begins && advances && inspects && blocks && adjusts;
}

/// What a rule does besides: constants, options, matrices, and what it offers between steps.
template <class R>
constexpr bool require_other_hooks() {
  constexpr RuleTraits t = traits_of<R>;
  constexpr bool off = !t.may_be_off || CanBeSwitchedOff<R>;
  static_assert(off, "descent: RuleTraits::may_be_off needs `bool active() const`");
  constexpr bool point = t.has_evaluation_point == HasEvaluationPoint<R>;
  static_assert(
      point,
      "descent: RuleTraits::has_evaluation_point and `static V evaluation_point(V p, const State<V>&)`, "
      "or with const Coefficients<V>& after the state, go together");
  constexpr bool hessian = t.takes_hessian == HasObserveHessian<R>;
  static_assert(
      hessian,
      "descent: RuleTraits::takes_hessian and `static void observe_hessian(V h, State<V>&)`, or with "
      "const Coefficients<V>& after the state, go together");
  constexpr bool transforms = !MatrixRule<R> || (HasTransform<R> && HasRoom<R>);
  static_assert(
      transforms,
      "descent: a rule of whole matrices needs `transform(update, [parameters,] workspace, step[, rule "
      "state]) const`, and `prepare(workspace, MatrixShape) const` or Workspace::resize(rows, columns)");
  constexpr bool listed = t.has_workspace_state == HasForEachState<R>;
  static_assert(
      listed,
      "descent: RuleTraits::has_workspace_state and `static void for_each_state(workspace, f)`, which "
      "calls f(name, matrix), go together");
  constexpr bool compares = t.compares_workspace == HasKeepsStateOf<R>;
  static_assert(
      compares,
      "descent: RuleTraits::compares_workspace and `bool keeps_state_of(const Rule& other) const` go "
      "together");
  return off && point && hessian && transforms && listed && compares;
}

/// Compiles if what a rule announces is there, and what is there is announced.
template <class R>
constexpr bool require_hooks() {
  return require_measuring_hooks<R>() && require_state_hooks<R>() && require_other_hooks<R>() &&
         require_scopes<R>() && require_formula_hooks<R>();
}

}  // namespace descent::detail
