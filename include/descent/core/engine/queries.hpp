// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/runs.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/initial_values.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

// What rules offer between steps: the point at which to evaluate the model, and state that takes inputs other
// than gradients. Both use small tiles, because training calls them rarely.

namespace descent::detail::inline DESCENT_BUILD {

template <class P, std::size_t... I>
constexpr bool any_gives_evaluation_point(std::index_sequence<I...>) {
  return (traits_of<typename P::template Leaf<I>>.has_evaluation_point || ...);
}
template <class P, std::size_t... I>
constexpr bool any_observes_hessian(std::index_sequence<I...>) {
  return (traits_of<typename P::template Leaf<I>>.takes_hessian || ...);
}

/// The inputs of rules between two steps.
template <class P, class Scalars>
struct QueryContext {
  const Blocks<P, Scalars>& blocks;
  const typename P::Rules& rules;
  const typename P::RuleStates& memories;
  Step step;

  Step step_of([[maybe_unused]] std::size_t k) const {
    Step own = step;
    if constexpr (has_clocks<P>) own.rested = blocks.extras[k].clock.rested;
    return own;
  }
  const typename P::RuleStates& memories_of([[maybe_unused]] std::size_t k) const {
    if constexpr (has_clocks<P>) {
      const auto& clock = blocks.extras[k].clock;
      return clock.memories.now();
    } else {
      return memories;
    }
  }
};

/// Queries of a block of element type number s.
template <class P, class Scalars, std::size_t s>
class BlockQuery {
  using B = Blocks<P, Scalars>;
  using Context = QueryContext<P, Scalars>;
  using Scalar = typename B::template ScalarAt<s>;
  using S = ComputeType<Scalar>;
  using V = simd::Pack<S>;
  using Format = FormatOf<P, S>;
  static constexpr auto lanes = static_cast<std::size_t>(V::size);
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;

 public:
  BlockQuery(const Context& x, std::size_t k)
      : x_(x),
        record_(x.blocks.records[k]),
        layout_(x.blocks.layouts[k]),
        info_(variant_infos<P>[record_.variant]),
        k_(k) {}

  /// Replaces the parameters by a rule's evaluation point, if a rule has one.
  void evaluate() const {
    for_each_leaf<P>(info_, [&](auto leaf) {
      if constexpr (traits_of<Leaf<leaf>>.has_evaluation_point) this->template evaluate_leaf<leaf>();
    });
  }
  /// Passes the diagonal of the Hessian, bound as the gradient, to rules that use it.
  void observe(const typename P::Storage& storage, std::int64_t draw) const {
    for_each_leaf<P>(info_, [&](auto leaf) {
      if constexpr (traits_of<Leaf<leaf>>.takes_hessian)
        this->template observe_leaf<leaf>(Format::rounding(storage, draw));
    });
  }

 private:
  template <std::size_t I>
  void evaluate_leaf() const {
    using R = Leaf<I>;
    const auto c = coefficients_of<I>();
    for_each_pack([&](V& values, std::size_t i) {
      const auto slots = load<I>(i);
      if constexpr (requires { R::evaluation_point(values, slots); }) {
        values = R::evaluation_point(values, slots);
      } else {
        values = R::evaluation_point(values, slots, c);
      }
      S numbers[lanes];
      values.store(numbers);
      write(numbers, i, std::min(lanes, record_.size - i));
    });
  }
  template <std::size_t I>
  void observe_leaf(typename Format::Rounding rounding) const {
    using R = Leaf<I>;
    const auto c = coefficients_of<I>();
    for_each_pack([&](V& values, std::size_t i) {
      auto slots = load<I>(i);
      if constexpr (requires { R::observe_hessian(values, slots); }) {
        R::observe_hessian(values, slots);
      } else {
        R::observe_hessian(values, slots, c);
      }
      store<I>(slots, i, rounding);
    });
  }

  template <std::size_t I>
  auto coefficients_of() const {
    using R = Leaf<I>;
    const auto in_double =
        coefficients(get<I>(x_.rules), get<I>(x_.memories_of(k_)), x_.step_of(k_), Nothing{});
    return convert_coefficients<R, V>(convert_coefficients<R, S>(in_double));
  }

  /// Calls f(values, i) for the tree bound as the gradient, pack by pack, in the order of the state.
  template <class F>
  void for_each_pack(F&& f) const {
    for (std::size_t i = 0; i < record_.size; i += lanes) {
      S numbers[lanes] = {};
      const std::size_t count = std::min(lanes, record_.size - i);
      if (record_.layout == Layout::contiguous) {
        std::copy_n(static_cast<const S*>(record_.gradient) + i, count, numbers);
      } else {
        read_gradient(record_, layout_, i, count, numbers);
      }
      V values = V::load(numbers);
      f(values, i);
    }
  }
  void write(const S* numbers, std::size_t first, std::size_t count) const {
    auto* const parameters = static_cast<Scalar*>(record_.parameters);
    const StridedView<Scalar> view =
        record_.layout == Layout::contiguous
            ? StridedView<Scalar>{parameters, 1, static_cast<Eigen::Index>(record_.inner_size())}
            : StridedView<Scalar>{parameters, layout_.inner, layout_.outer};
    for_each_element(view, record_.inner_size(), first, count,
                     [&](Scalar& element, std::size_t k) { element = static_cast<Scalar>(numbers[k]); });
  }

  template <std::size_t I>
  std::size_t slot_number() const {
    return first_slot(leaf_infos<P>.data(), info_, I);
  }
  auto* slot_at(std::size_t slot, std::size_t i) const {
    return x_.blocks.template slots_of<s>(record_) + slot * padded_size<S>(record_.size) + i;
  }
  template <std::size_t I>
  auto load(std::size_t i) const {
    const std::size_t first = slot_number<I>();
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return typename Leaf<I>::template State<V>{Format::load(slot_at(first + K, i))...};
    }(std::make_index_sequence<slot_count<Leaf<I>>>());
  }
  template <std::size_t I, class Values>
  void store(Values& values, std::size_t i, typename Format::Rounding rounding) const {
    const std::size_t first = slot_number<I>();
    const auto fields = tie_fields<slot_count<Leaf<I>>>(values);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (Format::store(get<K>(fields), slot_at(first + K, i), rounding.slot(first + K)), ...);
    }(std::make_index_sequence<slot_count<Leaf<I>>>());
  }

  const Context& x_;
  const BlockRecord& record_;
  const BlockLayout& layout_;
  const VariantInfo& info_;
  std::size_t k_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
