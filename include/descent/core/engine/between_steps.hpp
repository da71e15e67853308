// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/checks.hpp>
#include <descent/core/engine/engine.hpp>
#include <descent/core/memory/runs.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/block_lists.hpp>
#include <descent/core/state/initial_values.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

// Between steps. First, what rules offer: the point at which to evaluate the model, and state that takes inputs other
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

// What an engine does between steps: assigns each block its rules, makes and restores state, takes another rule.

template <class P, class Scalars, bool row_major_matrices, class Machine>
DESCENT_COLD Engine<P, Scalars, row_major_matrices, Machine>::Engine(Rule rule, typename P::Storage storage)
    : rule_(std::move(rule)), storage_(storage) {}

template <class P, class Scalars, bool row_major_matrices, class Machine>
DESCENT_COLD std::size_t Engine<P, Scalars, row_major_matrices, Machine>::variant_of(
    [[maybe_unused]] const typename P::Node& node, [[maybe_unused]] const BlockRecord& record,
    [[maybe_unused]] std::size_t k, [[maybe_unused]] const PathSource& path_of) {
  if constexpr (P::uniform) {
    return variant_for(node, BlockInfo{});
  } else {
    return variant_for(node, description_of(record, k, path_of));
  }
}

template <class P, class Scalars, bool row_major_matrices, class Machine>
DESCENT_COLD auto Engine<P, Scalars, row_major_matrices, Machine>::start(const BlockList& list,
                                                                         BlockGroup* groups,
                                                                         std::size_t count,
                                                                         const PathSource& path_of) -> Size {
  check_recipes(*rule_, 0);
  const auto node = P::node(*rule_);
  collect_rules<0, typename P::Node>(*rule_, in_use_.rules);
  varies_ = check_leaves<P>(in_use_.rules, 0, largest, 1, Leaves{});
  if constexpr (P::uniform) choose(variant_ = variant_for(node, BlockInfo{}));
  for (std::size_t k = 0; k < count; ++k) {
    BlockRecord& record = list.records[k];
    record.variant = static_cast<std::uint8_t>(variant_of(node, record, k, path_of));
    choose(record.variant);
    if constexpr (any_matrix_rule<P>)
      if (info_of(record).refuses_vectors && record.is_vector)
        fail_vector_block<P>(info_of(record), description_of(record, k, path_of));
  }
  if constexpr (!P::uniform)
    refuse_idle_selectors(node, {count, path_of}, [&](std::size_t k) { return list.records[k].variant; });
  static constexpr auto scalars = scalar_infos(Scalars{});
  Size size;
  size.totals = arrange_blocks(list.records, list.layouts, groups, count, variant_infos<P>.data(),
                               scalars.data(), size.states.data());
  small_ = size.totals.small;
  choose_steps();
  size.totals.sums *= most_sums<P>(Leaves{});
  return size;
}

template <class P, class Scalars, bool row_major_matrices, class Machine>
DESCENT_COLD void Engine<P, Scalars, row_major_matrices, Machine>::make_state(const View& view,
                                                                              const PathSource& path_of) {
  for (std::size_t k = 0; k < view.count; ++k) {
    const BlockSetup<P, Scalars> setup(view, in_use_.rules, k);
    setup.allocate();
    setup.fill();
    if constexpr (keeps_block_memories<P>)
      inspect_block<P>(info_of(view.records[k]), in_use_.rules, view.extras[k].memories,
                       description_of(view.records[k], k, path_of));
  }
  begin_rule_states(in_use_.rules, memories_, view);
}

template <class P, class Scalars, bool row_major_matrices, class Machine>
DESCENT_COLD void Engine<P, Scalars, row_major_matrices, Machine>::set_rule(Rule rule, const View& view,
                                                                            const PathSource& path_of) {
  const auto node = P::node(rule);
  auto rules = P::rules(rule);
  scale_rates<P>(rules, rate_factor_, Leaves{});
  check_recipes(rule, next_.index);
  const bool varies = check_leaves<P>(rules, next_.index, largest, rate_factor_, Leaves{});
  std::vector<typename P::BlockStates> memories(view.count);
  std::vector<std::uint8_t> variants(view.count);
  for (std::size_t k = 0; k < view.count; ++k) {
    const std::size_t variant = variant_of(node, view.records[k], k, path_of);
    variants[k] = static_cast<std::uint8_t>(variant);
    const std::size_t kept = view.layouts[k].state_variant;
    if (!fits_state<P>(variant, kept) || !fit_workspaces<P>(variant_infos<P>[variant], rules, in_use_.rules))
      fail_other_state(path_of(k), variant_infos<P>[kept].freezes);
    if constexpr (keeps_block_memories<P>) {
      memories[k] = view.extras[k].memories;
      inspect_block<P>(variant_infos<P>[variant], rules, memories[k],
                       description_of(view.records[k], k, path_of));
    }
  }
  if constexpr (!P::uniform)
    refuse_idle_selectors(node, {view.count, path_of}, [&](std::size_t k) { return variants[k]; });
  NextRuleStates<P, Scalars> next(memories_, view);
  if (next_.index == 0) next.begin(rules, skipped_ > 0);
  // Nothing below throws.
  in_use_.used = 0;
  if constexpr (P::uniform) choose(variant_ = variant_for(node, BlockInfo{}));
  for (std::size_t k = 0; k < view.count; ++k) {
    choose(view.records[k].variant = variants[k]);
    if (!variant_infos<P>[variants[k]].freezes) view.layouts[k].state_variant = variants[k];
    if constexpr (keeps_block_memories<P>) view.extras[k].memories = std::move(memories[k]);
  }
  in_use_.rules = std::move(rules);
  rule_.replace(std::move(rule));
  varies_ = varies;
  choose_steps();
  next.move_to(memories_, view);
}

}  // namespace descent::detail::inline DESCENT_BUILD
