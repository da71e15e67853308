// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/core/memory/runs.hpp>
#include <descent/core/plan/lookup.hpp>
#include <descent/core/plan/requirements.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/block_lists.hpp>
#include <descent/runtime/stage.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

// What stages add to a rule, and what is known of the rule.

namespace descent::detail::inline DESCENT_BUILD {

/// The first transformation of a stage that compares its update with the gradient: brings the update of the stage before.
struct TakeUpdate {
  bool is_on = false;

  static constexpr RuleTraits traits{.may_be_off = true};
  bool active() const { return is_on; }
  DESCENT_STATE(update_taken)
  template <class V>
  static V update(V, V, const State<V>& state) {
    return state.update_taken;
  }
};
/// The last transformation of a stage: keeps the update for the next one, and leaves the parameters as they are.
struct KeepUpdate {
  DESCENT_STATE(update_kept)
  template <class V>
  static V update(V u, V, State<V>& state) {
    state.update_kept = u;
    return V(0);
  }
};
/// Like above, if it is on.
struct KeepUpdateIf {
  bool is_on = false;

  static constexpr RuleTraits traits{.may_be_off = true};
  bool active() const { return is_on; }
  template <class V>
  using State = KeepUpdate::State<V>;
  static constexpr const char* state_names() { return KeepUpdate::state_names(); }
  template <class V>
  static V update(V u, V p, State<V>& state) {
    return KeepUpdate::update(u, p, state);
  }
};
/// A copy of the momentum of an earlier stage, for a rule that changes it.
struct AdjustedMomentum {
  static constexpr const char* name = "momentum_buffer";
  DESCENT_STATE(momentum_buffer)
  template <class V>
  static V update(V u, V, const State<V>&) {
    return u;
  }
};
/// State of these names belongs to no rule.
inline bool is_name_of_update(std::string_view name) {
  return name.starts_with("update_taken") || name.starts_with("update_kept");
}

/// Selects the blocks in a mask; all if it is empty.
struct FollowedBlocks {
  static constexpr bool may_match_nothing = true;
  BlockMask mask;
  bool operator()(const BlockInfo& block) const { return mask.empty() || mask[block.index]; }
};

// ---- facts

template <class P, class Predicate, std::size_t... I>
constexpr std::uint64_t leaves_where(std::index_sequence<I...>, Predicate predicate) {
  return ((predicate(static_cast<const typename P::template Leaf<I>*>(nullptr)) ? std::uint64_t{1} << I : 0) |
          ... | 0);
}
/// A bit for each leaf of P for which the predicate holds.
template <class P, class Predicate>
constexpr std::uint64_t leaves_where(Predicate predicate) {
  return leaves_where<P>(typename P::AllLeaves{}, predicate);
}

/// The leaves that a rule with these options uses, or may use if its blocks choose.
template <class P>
std::uint64_t used_leaves(const typename P::Rule& rule) {
  if constexpr (P::uniform) {
    return variant_infos<P>[variant_for(P::node(rule), BlockInfo{})].leaves;
  } else {
    static_cast<void>(rule);
    return ~std::uint64_t{0};
  }
}

template <class R>
inline constexpr bool sees_gradient =
    leaves_where<Plan<R>>([]<class Leaf>(const Leaf*) { return SeesGradient<Leaf>; }) != 0;
template <class R>
inline constexpr bool adjusts_state =
    leaves_where<Plan<R>>([]<class Leaf>(const Leaf*) { return AdjustsState<Leaf>; }) != 0;

template <class R>
RuleFacts runtime_facts(const R& rule) {
  using P = Plan<R>;
  const std::uint64_t used = used_leaves<P>(rule);
  const auto any = [used](std::uint64_t leaves) { return (used & leaves) != 0; };
  RuleFacts facts;
  facts.name = is_chain<R> ? rule_name<P>() : type_name<R>();
  if constexpr (adjusts_state<R>) facts.adjusts = AdjustedMomentum::name;
  facts.has_learning_rate = any(leaves_where<P>([]<class L>(const L*) { return BringsLearningRate<L>; }));
  facts.sees_gradient = any(leaves_where<P>([]<class L>(const L*) { return SeesGradient<L>; }));
  facts.replaces_gradient = any(leaves_where<P>([]<class L>(const L*) { return RedefinesGradient<L>; }));
  facts.takes_matrices = any(leaves_where<P>([]<class L>(const L*) { return MatrixRule<L>; }));
  facts.measures_tree = any(leaves_where<P>([]<class L>(const L*) { return measures_tree<L>; }));
  facts.may_skip = any(leaves_where<P>([]<class L>(const L*) { return MaySkip<L>; }));
  facts.needs_skipped_gradients =
      any(leaves_where<P>([]<class L>(const L*) { return NeedsSkippedGradients<L>; }));
  facts.needs_loss = any(leaves_where<P>([]<class L>(const L*) { return NeedsLoss<L>; }));
  facts.changes_objective = any(leaves_where<P>([]<class L>(const L*) { return ChangesObjective<L>; }));
  facts.freezes = any(leaves_where<P>([]<class L>(const L*) { return Freezes<L>; }));
  return facts;
}

// ---- binding

/// Elements of a gradient in the order of the parameters.
template <class S>
void read_whole_gradient(const BlockRecord& record, const BlockLayout& layout, S* to) {
  if (record.layout == Layout::contiguous) {
    std::copy_n(static_cast<const S*>(record.gradient), record.size, to);
  } else {
    read_gradient<S>(record, layout, 0, record.size, to);
  }
}

/// Points a block's gradient to values that lie contiguously in the order of its parameters.
template <class S>
void use_as_gradient(const S* update, BlockRecord& record, BlockLayout& layout) {
  record.gradient = update;
  if (record.layout == Layout::contiguous) return;
  if (record.layout == Layout::sparse) layout.read_sparse = nullptr;
  record.layout = Layout::strided;
  layout.read = nullptr;
  layout.gradient_inner = 1;
  layout.gradient_outer = static_cast<Eigen::Index>(record.inner_size());
}

/// Copies what a step has bound; `updates`, if there are any, take the place of the gradient.
template <class S, class Store>
void copy_binding(const HeapTable& bound, Store& store, const S* const* updates) {
  const BlockList to = store.list();
  for (std::size_t k = 0; k < store.count(); ++k) {
    const BlockRecord& from = bound.record(k);
    BlockRecord& record = to.records[k];
    const BlockLayout& layout = bound.layout(k);
    record.parameters = from.parameters;
    record.gradient = from.gradient;
    record.layout = from.layout;
    BlockLayout& own = to.layouts[k];
    own.inner = layout.inner;
    own.outer = layout.outer;
    own.gradient_inner = layout.gradient_inner;
    own.gradient_outer = layout.gradient_outer;
    own.read = layout.read;
    own.read_sparse = layout.read_sparse;
    if (updates != nullptr && updates[k] != nullptr) use_as_gradient(updates[k], record, own);
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
