// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/fields.hpp>
#include <descent/core/names.hpp>
#include <descent/core/pack.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

// The contract between a rule and the engine. A rule is a plain aggregate: options with defaults and
// a formula over values. What it declares beyond that decides what the engine does with it:
//
//   template <class V> struct State {...}         what each parameter remembers (DESCENT_STATE writes it)
//   template <class S> struct Coefficients {...}  this step's constants, computed once in double
//   Coefficients<double> coefficients(...) const  from (Step), (Step, Memory), (Step, Memory, Measured)
//   struct Memory {...}                           what the rule itself remembers from step to step
//   void advance(Memory&, Step) const             once a step, before `coefficients`
//   template <class V> struct Measured {...}      sums over a block or the tree that the formula needs
//   template <class V> static Measured<V> measure(V u, V p)
//   static V update(V u, V p, State<V>&, const Coefficients<V>&)    without what is not declared
//   State<double> initial_state() const           where state does not start from 0
//   bool active() const                           false: the options switch this rule off, state and all
//   template <class Matrix> struct Workspace {...}   a rule of whole matrices: its scratch, and its state
//   void transform(update, workspace, Step) const    or (update, parameters, workspace, Step[, Memory])
//   void prepare(workspace, MatrixShape) const       allocates and gives first values; else Workspace::resize
//   static void for_each_state(workspace, f)         f(name, matrix): what of the workspace is state
//   static constexpr bool takes_vectors = true       works on blocks that are vectors, too
//   bool keeps_state_of(const Rule& other) const     whether workspaces of `other` fit; for set_rule
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

  /// t of the papers: 1 at the first step.
  double t() const { return static_cast<double>(index) + 1; }
};

/// The shape of a block, for a rule of whole matrices.
struct MatrixShape {
  Eigen::Index rows = 0, columns = 0;
  /// Whether the block is a vector by its type.
  bool is_vector = false;
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

template <class R>
inline constexpr bool measures_tree = false;
template <Measures R>
inline constexpr bool measures_tree<R> = R::measured_over == Scope::tree;
template <class R>
inline constexpr bool measures_block = false;
template <Measures R>
inline constexpr bool measures_block<R> = R::measured_over == Scope::block;

struct Nothing {};

template <class R>
struct MemoryOf {
  using type = Nothing;
};
template <HasMemory R>
struct MemoryOf<R> {
  using type = typename R::Memory;
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

/// Coefficients with fields of another type: double to the element type, the element type to packs.
template <class R, class To, class From>
DESCENT_INLINE auto convert_coefficients(const From& from) {
  using Target = typename CoefficientsOf<R, To>::type;
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] const auto fields = tie_fields<coefficient_count<R>>(from);
    return Target{static_cast<To>(std::get<I>(fields))...};
  }(std::make_index_sequence<coefficient_count<R>>());
}

/// The formula of R, whichever of its arguments it takes.
template <class R, class V, class State, class Coefficients>
DESCENT_INLINE V apply(V update, V parameter, V gradient, State& state, const Coefficients& coefficients) {
  if constexpr (SeesGradient<R>) {
    if constexpr (HasState<R> && HasCoefficients<R>) {
      return R::update(update, parameter, gradient, state, coefficients);
    } else if constexpr (HasState<R>) {
      return R::update(update, parameter, gradient, state);
    } else if constexpr (HasCoefficients<R>) {
      return R::update(update, parameter, gradient, coefficients);
    } else {
      return R::update(update, parameter, gradient);
    }
  } else if constexpr (HasState<R> && HasCoefficients<R>) {
    return R::update(update, parameter, state, coefficients);
  } else if constexpr (HasState<R>) {
    return R::update(update, parameter, state);
  } else if constexpr (HasCoefficients<R>) {
    return R::update(update, parameter, coefficients);
  } else {
    return R::update(update, parameter);
  }
}

template <class R, class V>
DESCENT_INLINE auto apply_measure(V update, V parameter, V gradient) {
  if constexpr (SeesGradient<R>) {
    return R::measure(update, parameter, gradient);
  } else {
    return R::measure(update, parameter);
  }
}

/// Lets the rule remember that a step was taken; `measured` is Nothing for rules that do not measure.
template <class R, class Measured>
DESCENT_INLINE void advance(const R& rule, typename MemoryOf<R>::type& memory, Step step,
                            const Measured& measured) {
  if constexpr (requires { rule.advance(memory, step, measured); }) {
    rule.advance(memory, step, measured);
  } else if constexpr (requires { rule.advance(memory, step); }) {
    rule.advance(memory, step);
  }
}

/// This step's constants, in double.
template <class R, class Measured>
DESCENT_INLINE auto coefficients(const R& rule, const typename MemoryOf<R>::type& memory, Step step,
                                 const Measured& measured) {
  if constexpr (!HasCoefficients<R>) {
    return Nothing{};
  } else if constexpr (requires { rule.coefficients(step, memory, measured); }) {
    return rule.coefficients(step, memory, measured);
  } else if constexpr (requires { rule.coefficients(step, measured); }) {
    return rule.coefficients(step, measured);
  } else if constexpr (requires { rule.coefficients(step, memory); }) {
    return rule.coefficients(step, memory);
  } else {
    return rule.coefficients(step);
  }
}

/// A rule of whole matrices on one block, whichever arguments it takes.
template <class R, class Update, class Parameters, class Workspace>
void transform(const R& rule, Update& update, const Parameters& parameters, Workspace& work, Step step,
               const typename MemoryOf<R>::type& memory) {
  if constexpr (requires { rule.transform(update, parameters, work, step, memory); }) {
    rule.transform(update, parameters, work, step, memory);
  } else if constexpr (requires { rule.transform(update, parameters, work, step); }) {
    rule.transform(update, parameters, work, step);
  } else {
    rule.transform(update, work, step);
  }
}

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
