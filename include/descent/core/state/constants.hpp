// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/calls.hpp>
#include <descent/core/plan/plan.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/format.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace descent::detail::inline DESCENT_BUILD {

/// Leaves its value uninitialized; an aggregate would zero it on every step.
template <class T>
struct SetLater {
  T value;
  SetLater() {}
};

/// This step's constants of every rule, in the element type.
template <class P, class S>
struct Constants {
  template <class Sequence>
  struct TupleOf;
  template <std::size_t... I>
  struct TupleOf<std::index_sequence<I...>> {
    using type = RuleList<SetLater<typename CoefficientsOf<typename P::template Leaf<I>, S>::type>...>;
  };
  Constants() {}
  typename TupleOf<typename P::AllLeaves>::type of;
  /// The rounding of state at this step.
  [[no_unique_address]] typename FormatOf<P, S>::Rounding rounding;

  template <std::size_t I, class InDouble>
  DESCENT_INLINE void set(const InDouble& in_double) {
    using R = typename P::template Leaf<I>;
    constexpr std::make_index_sequence<coefficient_count<R>> fields;
    if constexpr (Measures<R> && std::is_same_v<S, float>) {
      assign_fields<S>(get<I>(of).value, held_by_floats(in_double, fields), fields);
    } else {
      assign_fields<S>(get<I>(of).value, in_double, fields);
    }
  }

 private:
  /// Limits constants to the range of float: a block's norm divided by that of a gradient of 1e-40 can exceed
  /// it.
  template <class InDouble, std::size_t... F>
  static DESCENT_INLINE InDouble held_by_floats(const InDouble& in_double, std::index_sequence<F...>) {
    InDouble held = in_double;
    [[maybe_unused]] const auto fields = tie_fields<sizeof...(F)>(held);
    ((get<F>(fields) = static_cast<double>(saturate<float>(get<F>(fields)))), ...);
    return held;
  }
};

}  // namespace descent::detail::inline DESCENT_BUILD
