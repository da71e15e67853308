// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// Calling what a rule declares, with whichever arguments it takes.

namespace descent::detail {

/// An aggregate with the fields of another, each as a `To`.
template <class Target, class To, class From, std::size_t... I>
DESCENT_INLINE Target convert_fields(const From& from, std::index_sequence<I...>) {
  [[maybe_unused]] const auto fields = tie_fields<sizeof...(I)>(from);
  return Target{static_cast<To>(get<I>(fields))...};
}

/// Stores a number by itself: g++ would gather neighbours in a register first, to store them at once, which
/// takes longer.
template <class T>
DESCENT_INLINE void store_apart(T& to, const T& value) {
  if constexpr (std::is_arithmetic_v<T>) {
    volatile T& apart = to;
    apart = value;
  } else {
    to = value;
  }
}

/// The same into an aggregate that is there.
template <class To, class Target, class From, std::size_t... I>
DESCENT_INLINE void assign_fields([[maybe_unused]] Target& target, const From& from,
                                  std::index_sequence<I...>) {
  [[maybe_unused]] const auto fields = tie_fields<sizeof...(I)>(from);
  [[maybe_unused]] const auto assigned = tie_fields<sizeof...(I)>(target);
  (store_apart(get<I>(assigned), static_cast<To>(get<I>(fields))), ...);
}

/// Coefficients with fields of another type: double to the element type, the element type to packs.
template <class R, class To, class From>
DESCENT_INLINE auto convert_coefficients(const From& from) {
  return convert_fields<typename CoefficientsOf<R, To>::type, To>(
      from, std::make_index_sequence<coefficient_count<R>>());
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

/// The measurement of R, whichever of its arguments it takes.
template <class R, class State, class Coefficients, class Sums, class... Values>
DESCENT_INLINE void call_measure(State& state, const Coefficients& coefficients, Sums& sums,
                                 Values... values) {
  if constexpr (requires { R::measure(values..., std::as_const(state), coefficients, sums); }) {
    R::measure(values..., std::as_const(state), coefficients, sums);
  } else if constexpr (HasState<R> && requires { R::measure(values..., std::as_const(state), sums); }) {
    R::measure(values..., std::as_const(state), sums);
  } else if constexpr (requires { R::measure(values..., coefficients, sums); }) {
    R::measure(values..., coefficients, sums);
  } else {
    R::measure(values..., sums);
  }
}

template <class R, class V, class State, class Coefficients, class Sums>
DESCENT_INLINE void apply_measure(V update, V parameter, V gradient, State& state,
                                  const Coefficients& coefficients, Sums& sums) {
  if constexpr (SeesGradient<R>) {
    call_measure<R>(state, coefficients, sums, update, parameter, gradient);
  } else {
    call_measure<R>(state, coefficients, sums, update, parameter);
  }
}

/// Lets the rule remember that a step was taken; `measured` is Nothing for rules that do not measure.
template <class R, class Measured>
DESCENT_INLINE void advance(const R& rule, typename RuleStateOf<R>::type& memory, Step step,
                            const Measured& measured) {
  if constexpr (Measures<R> && requires { rule.advance(memory, step, measured); }) {
    rule.advance(memory, step, measured);
  } else if constexpr (requires { rule.advance(memory, step); }) {
    rule.advance(memory, step);
  }
}

/// Whether a rule refuses a step; `state` has taken in the measurement.
template <class R, class Measured>
bool skips(const R& rule, const typename RuleStateOf<R>::type& state, const Measured& measured) {
  if constexpr (requires { rule.skips(state, measured); }) {
    return rule.skips(state, measured);
  } else {
    return rule.skips(measured);
  }
}

/// This step's constants, in double.
template <class R, class Measured>
DESCENT_INLINE auto coefficients(const R& rule, const typename RuleStateOf<R>::type& memory, Step step,
                                 const Measured& measured) {
  if constexpr (!HasCoefficients<R>) {
    return Nothing{};
  } else if constexpr (Measures<R> && requires { rule.coefficients(step, memory, measured); }) {
    return rule.coefficients(step, memory, measured);
  } else if constexpr (Measures<R> && requires { rule.coefficients(step, measured); }) {
    return rule.coefficients(step, measured);
  } else if constexpr (requires { rule.coefficients(step, memory); }) {
    return rule.coefficients(step, memory);
  } else {
    return rule.coefficients(step);
  }
}

/// The same of a rule that remembers something of the block.
template <class R, class Measured>
DESCENT_INLINE auto coefficients_of_block(const R& rule, const typename RuleStateOf<R>::type& memory,
                                          const typename BlockStateOf<R>::type& block_memory, Step step,
                                          const Measured& measured) {
  if constexpr (!HasCoefficients<R>) {
    return Nothing{};
  } else if constexpr (Measures<R> && requires { rule.coefficients(step, memory, block_memory, measured); }) {
    return rule.coefficients(step, memory, block_memory, measured);
  } else if constexpr (Measures<R> && requires { rule.coefficients(step, block_memory, measured); }) {
    return rule.coefficients(step, block_memory, measured);
  } else if constexpr (HasRuleState<R> && requires { rule.coefficients(step, memory, block_memory); }) {
    return rule.coefficients(step, memory, block_memory);
  } else if constexpr (requires { rule.coefficients(step, block_memory); }) {
    return rule.coefficients(step, block_memory);
  } else {
    return coefficients(rule, memory, step, measured);
  }
}

/// A rule of whole matrices on one block, whichever arguments it takes.
template <class R, class Update, class Parameters, class Workspace>
void transform(const R& rule, Update& update, const Parameters& parameters, Workspace& work, Step step,
               const typename RuleStateOf<R>::type& memory) {
  if constexpr (requires { rule.transform(update, parameters, work, step, memory); }) {
    rule.transform(update, parameters, work, step, memory);
  } else if constexpr (requires { rule.transform(update, parameters, work, step); }) {
    rule.transform(update, parameters, work, step);
  } else if constexpr (requires { rule.transform(update, work, step, memory); }) {
    rule.transform(update, work, step, memory);
  } else {
    rule.transform(update, work, step);
  }
}

/// The constants with which a rule measures.
template <class R>
DESCENT_INLINE auto measuring_coefficients([[maybe_unused]] const R& rule,
                                           [[maybe_unused]] const typename RuleStateOf<R>::type& memory,
                                           [[maybe_unused]] Step step) {
  if constexpr (!HasMeasuringCoefficients<R>) {
    return Nothing{};
  } else if constexpr (requires { rule.measuring_coefficients(step, memory); }) {
    return rule.measuring_coefficients(step, memory);
  } else {
    return rule.measuring_coefficients(step);
  }
}

/// The constants with which a rule measures, before anything is known of this step.
template <class R, class V>
struct MeasuringCoefficientsOf {
  using type = Nothing;
};
template <HasMeasuringCoefficients R, class V>
struct MeasuringCoefficientsOf<R, V> {
  using type = typename R::template MeasuringCoefficients<V>;
};
template <class R>
using MeasuringConstants = typename MeasuringCoefficientsOf<R, double>::type;

template <class R>
DESCENT_INLINE auto spread_over_lanes([[maybe_unused]] const MeasuringConstants<R>& constants) {
  if constexpr (HasMeasuringCoefficients<R>) {
    using Wide = simd::Pack<double>;
    return convert_fields<typename MeasuringCoefficientsOf<R, Wide>::type, Wide>(
        constants, std::make_index_sequence<field_count<MeasuringConstants<R>>>());
  } else {
    return Nothing{};
  }
}

}  // namespace descent::detail
