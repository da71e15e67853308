// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/core/memory/block_record.hpp>
#include <descent/core/memory/runs.hpp>
#include <descent/core/plan/calls.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/blocks.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

// The formulas of rules on a few packs: several rules are fused, and their values stay in registers from the
// gradient to the parameter.

namespace descent::detail::inline DESCENT_BUILD {

/// Whether a pass stores the state that it computes. Only the last pass does.
enum class Pass { reads, writes };

/// Pointers to the first element of a run, and to its slots of state.
template <class S, class Element>
struct Run {
  const S* update;  // the input of the pass: the gradient, or the result of a rule of whole matrices
  S* parameters;
  S* result;           // receives the update if it is not added to the parameters; else null
  Element* state;      // the first slot
  std::size_t stride;  // from one slot to the next

  /// What the pass writes.
  template <bool into_parameters>
  DESCENT_INLINE S* output() const {
    return into_parameters ? parameters : result;
  }
};

/// Several packs that go through the rules together, so that their latencies overlap.
template <class S, std::size_t packs>
struct Values {
  using V = simd::Pack<S>;
  V update[packs], parameter[packs], gradient[packs];

  template <bool into_parameters>
  DESCENT_INLINE V output(std::size_t k) const {
    if constexpr (into_parameters) return parameter[k] + update[k];
    return update[k];
  }
};

/// Applies one rule to one pack and its state.
template <class R, class Format, Pass pass, std::size_t first_slot, class V, class C, std::size_t... K>
DESCENT_INLINE V apply_with_state(V update, V parameter, V gradient,
                                  [[maybe_unused]] typename Format::Element* state,
                                  [[maybe_unused]] std::size_t stride, const C& coefficients,
                                  [[maybe_unused]] typename Format::Rounding rounding,
                                  std::index_sequence<K...>) {
  if constexpr (sizeof...(K) == 0) {
    Nothing none;
    return apply<R>(update, parameter, gradient, none, coefficients);
  } else {
    typename R::template State<V> values{Format::load(state + K * stride)...};
    const V result = apply<R>(update, parameter, gradient, values, coefficients);
    if constexpr (pass == Pass::writes) {
      const auto fields = tie_fields<sizeof...(K)>(values);
      (Format::store(get<K>(fields), state + K * stride, rounding.slot(first_slot + K)), ...);
    }
    return result;
  }
}

/// Applies one rule to all packs.
template <class R, class Format, Pass pass, std::size_t first_slot, class S, std::size_t packs, class C>
DESCENT_INLINE void apply_rule(Values<S, packs>& values, const Run<S, typename Format::Element>& run,
                               std::size_t i, const C& coefficients, typename Format::Rounding rounding) {
  constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
#pragma GCC unroll 8
  for (std::size_t k = 0; k < packs; ++k) {
    typename Format::Element* state = nullptr;
    if constexpr (slot_count<R> > 0) state = run.state + first_slot * run.stride + i + k * lanes;
    values.update[k] = apply_with_state<R, Format, pass, first_slot>(
        values.update[k], values.parameter[k], values.gradient[k], state, run.stride, coefficients, rounding,
        std::make_index_sequence<slot_count<R>>());
    if constexpr (RedefinesGradient<R>) values.gradient[k] = values.update[k];
  }
}

/// The slot that rule I adjusts: the nearest earlier one of its name; the number of all slots if there is
/// none.
template <class P, std::size_t I, std::size_t... J>
constexpr std::size_t adjusted_slot(std::index_sequence<J...>) {
  std::size_t found = (slot_count<typename P::template Leaf<J>> + ... + 0), next = 0;
  auto visit = [&]<class R>(const R*, bool before) {
    if constexpr (HasState<R>)
      for (std::size_t k = 0; k < slot_count<R>; ++k, ++next)
        if (before &&
            name_in_list(R::state_names(), k) == traits_of<typename P::template Leaf<I>>.adjusts_state)
          found = next;
  };
  (visit(static_cast<const typename P::template Leaf<J>*>(nullptr), J < I), ...);
  return found;
}

/// Lets a rule change one slot of another rule's state.
template <class R, class Format, std::size_t first_slot, std::size_t adjusted, class V, class C,
          std::size_t... K>
DESCENT_INLINE void adjust_state(typename Format::Element* state, std::size_t stride, const C& coefficients,
                                 typename Format::Rounding rounding, std::index_sequence<K...>) {
  V other = Format::load(state + adjusted * stride);
  if constexpr (requires { R::adjust(other, coefficients); }) {
    R::adjust(other, coefficients);
  } else {
    typename R::template State<V> own{Format::load(state + (first_slot + K) * stride)...};
    R::adjust(other, own, coefficients);
    const auto fields = tie_fields<sizeof...(K)>(own);
    (Format::store(get<K>(fields), state + (first_slot + K) * stride, rounding.slot(first_slot + K)), ...);
  }
  Format::store(other, state + adjusted * stride, rounding.slot(adjusted));
}

/// The rules of a segment in order, with their constants broadcast to packs.
template <class P, class Variant, class Segment, Pass pass, class S>
class Formula;
template <class P, class Variant, std::size_t... I, Pass pass, class S>
class Formula<P, Variant, std::index_sequence<I...>, pass, S> {
 public:
  using V = simd::Pack<S>;
  using Format = FormatOf<P, S>;
  using RunOf = Run<S, typename Format::Element>;

  DESCENT_INLINE explicit Formula(const Constants<P, S>& constants)
      : coefficients_{{convert_coefficients<typename P::template Leaf<I>, V>(get<I>(constants.of).value)}...},
        rounding_(constants.rounding) {}

  template <std::size_t packs>
  DESCENT_INLINE void operator()(Values<S, packs>& values, const RunOf& run, std::size_t i) const {
    apply_all(values, run, i, std::index_sequence_for<typename P::template Leaf<I>...>());
  }

  /// Prefetches what the rules will read and write of `count` elements, one prefetch distance after number i.
  template <std::size_t count, bool into_parameters>
  static DESCENT_INLINE void prefetch_ahead(const RunOf& run, std::size_t i) {
    const std::size_t ahead = i + prefetch_distance<S>;
    prefetch<count>(run.update + ahead);
    if constexpr (pass == Pass::writes) prefetch<count>(run.template output<into_parameters>() + ahead);
    (ask_for_slots<count>(run, ahead, VariantTraits<P, Variant>::slots_before(I),
                          slot_count<typename P::template Leaf<I>>),
     ...);
  }

 private:
  template <std::size_t count>
  static DESCENT_INLINE void ask_for_slots(const RunOf& run, std::size_t i, std::size_t first,
                                           std::size_t slots) {
#pragma GCC unroll 8
    for (std::size_t k = first; k < first + slots; ++k) prefetch<count>(run.state + k * run.stride + i);
  }

  template <std::size_t packs, std::size_t... Place>
  DESCENT_INLINE void apply_all([[maybe_unused]] Values<S, packs>& values, [[maybe_unused]] const RunOf& run,
                                [[maybe_unused]] std::size_t i, std::index_sequence<Place...>) const {
    (apply_rule<typename P::template Leaf<I>, Format, pass, VariantTraits<P, Variant>::slots_before(I)>(
         values, run, i, get<Place>(coefficients_), rounding_),
     ...);
    if constexpr (pass == Pass::writes) (adjust<I, packs>(run, i, get<Place>(coefficients_)), ...);
  }

  template <std::size_t leaf, std::size_t packs, class C>
  DESCENT_INLINE void adjust([[maybe_unused]] const RunOf& run, [[maybe_unused]] std::size_t i,
                             [[maybe_unused]] const C& coefficients) const {
    using R = typename P::template Leaf<leaf>;
    if constexpr (AdjustsState<R>) {
      constexpr std::size_t adjusted = adjusted_slot<P, leaf>(Variant{});
      if constexpr (adjusted < VariantTraits<P, Variant>::slots) {
        for (std::size_t k = 0; k < packs; ++k)
          adjust_state<R, Format, VariantTraits<P, Variant>::slots_before(leaf), adjusted, V>(
              run.state + i + k * static_cast<std::size_t>(V::size), run.stride, coefficients, rounding_,
              std::make_index_sequence<slot_count<R>>());
      }
    }
  }

  RuleList<typename CoefficientsOf<typename P::template Leaf<I>, V>::type...> coefficients_;
  [[no_unique_address]] typename Format::Rounding rounding_;
};

// The pass over memory: the only loop in which formulas run.

template <class S, std::size_t packs, class E>
DESCENT_INLINE void load(Values<S, packs>& values, const Run<S, E>& run, std::size_t i) {
  using V = simd::Pack<S>;
  constexpr auto lanes = static_cast<std::size_t>(V::size);
#pragma GCC unroll 8
  for (std::size_t k = 0; k < packs; ++k) {
    values.update[k] = values.gradient[k] = V::load(run.update + i + k * lanes);
    values.parameter[k] = V::load(run.parameters + i + k * lanes);
  }
}

/// The first `count` lanes of one pack; 0 in the others.
template <class S, class E>
DESCENT_INLINE void load_tail(Values<S, 1>& values, const Run<S, E>& run, std::size_t i, int count) {
  using V = simd::Pack<S>;
  values.update[0] = values.gradient[0] = V::load(run.update + i, count);
  values.parameter[0] = V::load(run.parameters + i, count);
}

/// Loads one pack, of which only the first `valid` elements may exist.
template <class S, class E>
DESCENT_INLINE void load_part(Values<S, 1>& values, const Run<S, E>& run, std::size_t i, std::size_t valid) {
  if (valid >= static_cast<std::size_t>(simd::Pack<S>::size)) {
    load(values, run, i);
  } else {
    load_tail(values, run, i, static_cast<int>(valid));
  }
}
template <bool into_parameters, class S, class E>
DESCENT_INLINE void store_part(const Values<S, 1>& values, const Run<S, E>& run, std::size_t i,
                               std::size_t valid) {
  const auto output = values.template output<into_parameters>(0);
  if (valid >= static_cast<std::size_t>(simd::Pack<S>::size)) {
    output.store(run.template output<into_parameters>() + i);
  } else {
    output.store(run.template output<into_parameters>() + i, static_cast<int>(valid));
  }
}

template <std::size_t packs, bool into_parameters, class S, class E, class F>
DESCENT_INLINE void step_packs(const F& formula, const Run<S, E>& run, std::size_t i) {
  constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
  Values<S, packs> values;
  load(values, run, i);
  formula(values, run, i);
#pragma GCC unroll 8
  for (std::size_t k = 0; k < packs; ++k)
    values.template output<into_parameters>(k).store(run.template output<into_parameters>() + i + k * lanes);
}

/// Steps one pack, of which only the first `valid` elements may exist, with the same formula.
template <bool into_parameters, class S, class E, class F>
DESCENT_INLINE void step_part(const F& formula, const Run<S, E>& run, std::size_t i, std::size_t valid) {
  Values<S, 1> values;
  load_part(values, run, i, valid);
  formula(values, run, i);
  store_part<into_parameters>(values, run, i, valid);
}

/// Steps a run of `count` elements: two packs at a time, then one, which may be partial.
template <bool into_parameters, class F, class S, class E, class Count>
DESCENT_INLINE void step_run_with(const F& formula, const Run<S, E>& where, Count count, bool prefetches) {
  const Run<S, E> run = where;  // a local copy: no store can change it
  constexpr auto lanes = static_cast<std::size_t>(simd::Pack<S>::size);
  const auto walk = PrefetchedWalk::over(count, prefetches);
  std::size_t i = 0;
  while (i + 2 * lanes <= count) {
    if (i < walk.last) formula.template prefetch_ahead<prefetched_together, into_parameters>(run, i);
    const std::size_t end = std::min<std::size_t>(count, i + walk.tile);
    for (; i + 2 * lanes <= end; i += 2 * lanes) step_packs<2, into_parameters>(formula, run, i);
  }
  for (; i < count; i += lanes) step_part<into_parameters>(formula, run, i, count - i);
}

/// Largest size of a fixed-size block whose loop is unrolled at the call.
inline constexpr std::size_t largest_inlined = 64;

}  // namespace descent::detail::inline DESCENT_BUILD
