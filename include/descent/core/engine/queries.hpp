// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/block_pass.hpp>
#include <descent/core/tree/shapes.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

// What rules offer beside steps: the point at which to evaluate the model, and state that takes in
// something else than gradients. Both go through small tiles: they are not the inner loop of a training.

namespace descent::detail {

template <class R, class V>
concept GivesEvaluationPoint = requires(V p, const typename R::template State<V>& state) {
  R::evaluation_point(p, state);
} || requires(V p, const typename R::template State<V>& state, const typename CoefficientsOf<R, V>::type& c) {
  R::evaluation_point(p, state, c);
};
template <class R, class V>
concept ObservesHessian = requires(V h, typename R::template State<V>& state) {
  R::observe_hessian(h, state);
} || requires(V h, typename R::template State<V>& state, const typename CoefficientsOf<R, V>::type& c) {
  R::observe_hessian(h, state, c);
};

template <class R>
inline constexpr bool gives_evaluation_point = false;
template <HasState R>
inline constexpr bool gives_evaluation_point<R> = GivesEvaluationPoint<R, ProbePack>;
template <class R>
inline constexpr bool observes_hessian = false;
template <HasState R>
inline constexpr bool observes_hessian<R> = ObservesHessian<R, ProbePack>;

template <class P, std::size_t... I>
constexpr bool any_observes_hessian(std::index_sequence<I...>) {
  return (observes_hessian<typename P::template Leaf<I>> || ...);
}

/// The state of rule I for the pack that begins at element i.
template <std::size_t I, class P, class Variant, class State>
class SlotsAt {
 public:
  using R = typename P::template Leaf<I>;
  using S = typename State::S;
  using V = simd::Pack<S>;
  using Format = FormatOf<P, S>;
  static constexpr std::size_t first = VariantTraits<P, Variant>::slots_before(I), count = slot_count<R>;

  SlotsAt(State& state, std::size_t i) : begin_(state.slots.data() + first * state.slots.stride() + i) {
    stride_ = state.slots.stride();
  }
  auto load() const {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return typename R::template State<V>{Format::load(begin_ + K * stride_)...};
    }(std::make_index_sequence<count>());
  }
  template <class Values>
  void store(Values& values, typename Format::Rounding rounding) const {
    const auto fields = tie_fields<count>(values);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (Format::store(get<K>(fields), begin_ + K * stride_, rounding.slot(first + K)), ...);
    }(std::make_index_sequence<count>());
  }

 private:
  typename State::Element* begin_;
  std::size_t stride_;
};

/// f(values, i, count) for the elements of a block or expression, pack by pack, in the storage order of
/// the state; what f leaves in `values` goes to `result`, a block of the same shape, where there is one.
template <bool row_major, class S, class X, class Result, class F>
void for_each_pack(const X& x, Result* result, F&& f) {
  using V = simd::Pack<S>;
  constexpr auto lanes = static_cast<std::size_t>(V::size);
  const auto size = static_cast<std::size_t>(x.size());
  const auto inner_size = static_cast<std::size_t>(row_major ? x.cols() : x.rows());
  for (std::size_t i = 0; i < size; i += lanes) {
    S numbers[lanes] = {};
    const std::size_t count = std::min(lanes, size - i);
    gather_expression<row_major>(x, i, count, numbers);
    V values = V::load(numbers);
    f(values, i);
    if (result == nullptr) continue;
    values.store(numbers);
    for (std::size_t k = 0; k < count; ++k) {
      const auto outer = static_cast<Eigen::Index>((i + k) / inner_size);
      const auto inner = static_cast<Eigen::Index>((i + k) % inner_size);
      auto& element = row_major ? result->coeffRef(outer, inner) : result->coeffRef(inner, outer);
      element = static_cast<typename Result::Scalar>(numbers[k]);
    }
  }
}

template <std::size_t I, class P, class S>
auto coefficients_between_steps(const typename P::Rules& rules, const typename P::Memories& memories,
                                Step step) {
  using R = typename P::template Leaf<I>;
  const auto in_double = coefficients(get<I>(rules), get<I>(memories), step, Nothing{});
  return convert_coefficients<R, simd::Pack<S>>(convert_coefficients<R, S>(in_double));
}

/// Replaces the copy of a block by the point at which rule I wants it evaluated, where it wants any.
template <std::size_t I, class P, class Variant, class B, class Point, class State, class Context>
void evaluate_leaf(const B& block, Point& point, State& state, const Context& context) {
  using R = typename P::template Leaf<I>;
  using S = typename State::S;
  using V = simd::Pack<S>;
  if constexpr (gives_evaluation_point<R>) {
    const auto c = coefficients_between_steps<I, P, S>(context.rules, context.memories, context.step);
    for_each_pack<static_cast<bool>(B::IsRowMajor), S>(block, &point, [&](V& values, std::size_t i) {
      const auto slots = SlotsAt<I, P, Variant, State>(state, i).load();
      if constexpr (requires { R::evaluation_point(values, slots); }) {
        values = R::evaluation_point(values, slots);
      } else {
        values = R::evaluation_point(values, slots, c);
      }
    });
  }
}

template <class P, class B, class Point, class State, class Context, std::size_t... I>
void evaluate_block(std::index_sequence<I...> variant, const B& block, Point& point, State& state,
                    const Context& context) {
  if constexpr (!VariantTraits<P, decltype(variant)>::freezes)
    (evaluate_leaf<I, P, decltype(variant)>(block, point, state, context), ...);
}

/// Lets rule I take in the diagonal of a block's Hessian, where it can.
template <std::size_t I, class P, class Variant, class H, class State, class Context>
void observe_leaf(const H& hessian, State& state, const Context& context,
                  typename FormatOf<P, typename State::S>::Rounding rounding) {
  using R = typename P::template Leaf<I>;
  using S = typename State::S;
  using V = simd::Pack<S>;
  if constexpr (observes_hessian<R>) {
    const auto c = coefficients_between_steps<I, P, S>(context.rules, context.memories, context.step);
    for_each_pack<State::Values::IsRowMajor != 0, S>(
        hessian, static_cast<typename State::Values*>(nullptr), [&](V& values, std::size_t i) {
          const SlotsAt<I, P, Variant, State> at(state, i);
          auto slots = at.load();
          if constexpr (requires { R::observe_hessian(values, slots); }) {
            R::observe_hessian(values, slots);
          } else {
            R::observe_hessian(values, slots, c);
          }
          at.store(slots, rounding);
        });
  }
}

template <class P, class H, class State, class Context, std::size_t... I>
void observe_block(std::index_sequence<I...> variant, const H& hessian, State& state, const Context& context,
                   typename FormatOf<P, typename State::S>::Rounding rounding) {
  if constexpr (!VariantTraits<P, decltype(variant)>::freezes)
    (observe_leaf<I, P, decltype(variant)>(hessian, state, context, rounding), ...);
}

template <class Tree, class Copy>
void copy_tree(const Tree& tree, Copy& copy) {
  auto assign = [](const auto& block, auto& to) { to = block; };
  walk(assign, tree, copy);
}

/// `context_of(block)` gives what is known of the rules for the block of a number.
template <class P, class Tree, class Point, class States, class ContextOf>
void evaluate_tree(const Tree& parameters, Point& point, States& states, const ContextOf& context_of,
                   std::size_t common) {
  std::size_t index = 0;
  auto evaluate = [&](const auto& block, auto& copy, auto& state) {
    const auto context = context_of(index++);
    if (!context.started) return;
    P::dispatch(state.variant_or(common),
                [&](auto variant) { evaluate_block<P>(variant, block, copy, state, context); });
  };
  walk(evaluate, parameters, point, states);
}

template <class P, class Hessian, class States, class ContextOf>
void observe_tree(const Hessian& hessian, States& states, const ContextOf& context_of, std::size_t common,
                  const typename P::Storage& storage) {
  std::size_t index = 0;
  auto observe = [&](const auto& block, auto& state) {
    using S = typename std::remove_cvref_t<decltype(state)>::S;
    const auto context = context_of(index++);
    const auto rounding = FormatOf<P, S>::rounding(storage, ~context.step.index);  // not that of any step
    P::dispatch(state.variant_or(common),
                [&](auto variant) { observe_block<P>(variant, block, state, context, rounding); });
  };
  walk(observe, hessian, states);
}

/// The number of a rule among the leaves, or of all leaves.
template <class P, class R, std::size_t... I>
constexpr std::size_t leaf_of_type(std::index_sequence<I...>) {
  std::size_t found = P::leaves;
  static_cast<void>(((std::is_same_v<R, typename P::template Leaf<I>> ? (found = I, true) : false) || ...));
  return found;
}

}  // namespace descent::detail
