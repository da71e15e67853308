// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/fields.hpp>
#include <descent/core/names.hpp>
#include <descent/core/pack.hpp>

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
//   struct Memory {...}                           what the rule itself remembers from step to step
//   void advance(Memory&, Step) const             once a step, before `coefficients`
//   template <class V> struct Measured {...}      sums over a block or the tree that the formula needs
//   template <class V> static void measure(V u, V p, Measured<V>& sums)   adds one element's share
//   ... measure(V u, V p, const State<V>&, const MeasuringCoefficients<V>&, Measured<V>& sums)
//   template <class S> struct MeasuringCoefficients, measuring_coefficients(Step, Memory)   where it needs more
//   bool skips(const Measured<double>&) const     true: the step is not taken, only Memory advances
//   bool knows(Step) const, Measured<double> known(Step) const    what needs no measuring at this step, for
//                                                 the first rule of a chain
//   bool measures_on_the_way() const              true: measured by the pass that writes, for the step after;
//                                                 Memory holds `Measured<double> last; bool measured`
//   struct BlockMemory {...}, advance(BlockMemory&, Step, Measured)   what it remembers of each block it
//                                                 measures; coefficients(Step, BlockMemory, Measured)
//   static V update(V u, V p, State<V>&, const Coefficients<V>&)    without what is not declared
//   State<double> initial_state() const           where state does not start from 0
//   bool active() const                           false: the options switch this rule off, state and all
//   template <class Matrix> struct Workspace, transform(...)        a rule of whole matrices
//   static V evaluation_point(V p, const State<V>&, const Coefficients<V>&)   where the model is evaluated
//   static void observe_hessian(V h, State<V>&, const Coefficients<V>&)       takes in a Hessian's diagonal
//   void check(const Check&) const                every option, its range
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

/// The step that is being taken.
struct Step {
  /// Counted from 0: the argument of schedules.
  std::int64_t index = 0;
  /// The loss before the step, where the caller hands it in; NaN elsewhere.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The norm of the whole gradient, where the caller knows it and hands it in; NaN elsewhere.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();

  /// t of the papers: 1 at the first step.
  double t() const { return static_cast<double>(index) + 1; }
};

/// Over what a rule's measurement is taken.
enum class Scope { block, tree };

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

/// What a rule that measures blocks remembers of each block from step to step.
template <class R>
concept HasBlockMemory = requires { typename R::BlockMemory; };

template <class R>
inline constexpr bool measures_tree = false;
template <Measures R>
inline constexpr bool measures_tree<R> = R::measured_over == Scope::tree;
template <class R>
inline constexpr bool measures_block = false;
template <Measures R>
inline constexpr bool measures_block<R> = R::measured_over == Scope::block;

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

/// Whether an option is 0 and stays so.
inline bool is_zero(const Schedule& schedule) { return schedule.is_constant() && schedule(0) == 0; }

/// beta * power, flushed to 0 before it turns denormal: 1 - power is 1 long before.
inline double next_power(double power, double beta) {
  const double next = power * beta;
  return next < 1e-20 ? 0 : next;
}

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
