// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/blocks.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// What an optimizer remembers: its values before the first step and after set_rule, and the names of its parts.

namespace descent::detail::inline DESCENT_BUILD {

/// Calls f<I>() for every leaf that the blocks of a variant follow.
template <class P, class F, std::size_t... I>
DESCENT_INLINE void for_each_leaf(const VariantInfo& info, F&& f, std::index_sequence<I...>) {
  ((info.contains(I) ? f(std::integral_constant<std::size_t, I>{}) : static_cast<void>(0)), ...);
}
template <class P, class F>
DESCENT_INLINE void for_each_leaf(const VariantInfo& info, F&& f) {
  for_each_leaf<P>(info, f, typename P::AllLeaves{});
}

/// The index of the first slot of a leaf in a variant.
constexpr std::size_t first_slot(const LeafInfo* leaves, const VariantInfo& info, std::size_t leaf) {
  std::size_t slots = 0;
  for (std::size_t k = 0; k < leaf; ++k)
    if (info.contains(k)) slots += leaves[k].slots;
  return slots;
}

/// Fills the slots of a block with their initial values, padding included.
template <class S, class Element>
DESCENT_OUTLINED void fill_slots(Element* slots, std::size_t stride, const double* values,
                                 std::size_t count) {
  for (std::size_t slot = 0; slot < count; ++slot)
    std::fill_n(slots + slot * stride, stride, static_cast<Element>(static_cast<S>(values[slot])));
}

/// Allocates and initialises the state of one block.
template <class P, class Scalars>
class BlockSetup {
  using B = Blocks<P, Scalars>;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;

 public:
  DESCENT_COLD BlockSetup(const B& blocks, const typename P::Rules& rules, std::size_t k)
      : blocks_(blocks),
        rules_(rules),
        record_(blocks.records[k]),
        info_(variant_infos<P>[blocks.layouts[k].state_variant]),
        k_(k) {}

  /// Allocates what rules of whole matrices need besides the slots.
  DESCENT_COLD void allocate() const {
    if constexpr (any_matrix_rule<P>) {
      if (!info_.whole) return;
      with_scratch([&]<class S>(MatrixScratch<P, S>& scratch, bool narrow) {
        const auto padded = static_cast<Eigen::Index>(padded_size<S>(record_.size));
        scratch.update.resize(padded);
        if (narrow || record_.layout != Layout::contiguous) scratch.parameters.resize(padded);
        for_each_leaf<P>(info_, [&](auto leaf) {
          using R = Leaf<leaf>;
          if constexpr (MatrixRule<R> && !PreparesWorkspace<R>)
            get<leaf>(scratch.workspaces).resize(record_.rows, record_.columns);
        });
      });
    }
  }

  /// Allocates a copy of the parameters if they are no longer contiguous: before a step writes anything.
  void make_room() const {
    if constexpr (any_matrix_rule<P>) {
      if (!info_.whole || record_.layout == Layout::contiguous) return;
      with_scratch([&]<class S>(MatrixScratch<P, S>& scratch, bool) {
        if (scratch.parameters.size() == 0)
          scratch.parameters.resize(static_cast<Eigen::Index>(padded_size<S>(record_.size)));
      });
    }
  }

  /// Sets the initial values of everything that rules remember of the block.
  DESCENT_COLD void fill() const {
    std::array<double, most_slots<P>(typename P::AllVariants{}) + 1> values{};
    for_each_leaf<P>(info_, [&](auto leaf) { this->set_initial<leaf>(values.data()); });
    dispatch_scalar<B::scalars>(record_.scalar, [&](auto scalar) {
      using Scalar = typename B::template ScalarAt<scalar>;
      using S = ComputeType<Scalar>;
      fill_slots<S>(blocks_.template slots_of<scalar>(record_), padded_size<S>(record_.size), values.data(),
                    info_.slots);
      if constexpr (is_narrow<Scalar>)
        if (!info_.freezes)
          std::fill_n(blocks_.masters[scalar] + blocks_.layouts[k_].masters, record_.size, 0.0F);
    });
    if constexpr (any_matrix_rule<P>)
      if (info_.whole) prepare_workspaces();
    if constexpr (keeps_block_memories<P>) clear_memories();
  }

 private:
  template <std::size_t I>
  DESCENT_INLINE void set_initial([[maybe_unused]] double* values) const {
    using R = Leaf<I>;
    if constexpr (HasInitialState<R>) {
      const typename R::template State<double> initial = get<I>(rules_).initial_state();
      double* const first = values + first_slot(leaf_infos<P>.data(), info_, I);
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        ((first[K] = get<K>(tie_fields<sizeof...(K)>(initial))), ...);
      }(std::make_index_sequence<slot_count<R>>());
    }
  }
  /// Calls f(scratch, whether the parameters are in half precision).
  template <class F>
  void with_scratch(F&& f) const {
    dispatch_scalar<B::scalars>(record_.scalar, [&](auto scalar) {
      f(get<scalar>(blocks_.extras[k_].scratch), is_narrow<typename B::template ScalarAt<scalar>>);
    });
  }
  void prepare_workspaces() const {
    with_scratch([&](auto& scratch, bool) {
      for_each_leaf<P>(info_, [&](auto leaf) {
        using R = Leaf<leaf>;
        if constexpr (MatrixRule<R> && PreparesWorkspace<R>)
          get<leaf>(rules_).prepare(get<leaf>(scratch.workspaces),
                                    MatrixShape{record_.rows, record_.columns, record_.is_vector, k_});
      });
    });
  }
  void clear_memories() const {
    auto& extra = blocks_.extras[k_];
    for_each_leaf<P>(info_, [&](auto leaf) {
      if constexpr (!InspectsBlocks<Leaf<leaf>>)
        get<leaf>(extra.memories) = get<leaf>(extra.next_memories) = {};
    });
  }

  const B& blocks_;
  const typename P::Rules& rules_;
  const BlockRecord& record_;
  const VariantInfo& info_;
  std::size_t k_;
};

/// What rules remember before the first step.
template <class R>
DESCENT_INLINE void begin_rule_state(const R& rule, typename RuleStateOf<R>::type& state) {
  if constexpr (traits_of<R>.has_initial_rule_state) {
    state = rule.initial_rule_state();
  } else {
    state = {};
  }
}
template <class... R, std::size_t... I, class States>
DESCENT_COLD void begin_rule_states([[maybe_unused]] const RuleListOf<std::index_sequence<I...>, R...>& rules,
                                    [[maybe_unused]] States& states) {
  (begin_rule_state(get<I>(rules), get<I>(states)), ...);
}
/// The same for the tree, and for blocks with clocks of their own.
template <class P, class Scalars>
DESCENT_COLD void begin_rule_states(const typename P::Rules& rules, RuleStatePair<P>& of_tree,
                                    [[maybe_unused]] const Blocks<P, Scalars>& view) {
  for (auto& states : of_tree.both) begin_rule_states(rules, states);
  if constexpr (has_clocks<P>)
    for (std::size_t k = 0; k < view.count; ++k) {
      auto& clock = view.extras[k].clock;
      clock = {};
      for (auto& states : clock.memories.both) begin_rule_states(rules, states);
    }
}

/// What rules remember after set_rule: copied before anything changes, because copies may allocate.
template <class P, class Scalars>
class NextRuleStates {
  using Both = std::array<typename P::RuleStates, 2>;

 public:
  /// Spares get the current values, because a step does not write those of rules that are left out.
  DESCENT_COLD NextRuleStates(const RuleStatePair<P>& of_tree, const Blocks<P, Scalars>& view)
      : all_{Both{of_tree.now(), of_tree.now()}} {
    if constexpr (has_clocks<P>)
      for (std::size_t k = 0; k < view.count; ++k) {
        const auto& memories = view.extras[k].clock.memories;
        all_.push_back(Both{memories.now(), memories.now()});
      }
  }
  /// Begins again by the options of `rules`; only rules that have refused steps keep what they learned.
  DESCENT_COLD void begin(const typename P::Rules& rules, bool has_skipped) {
    for (auto& both : all_)
      for (auto& states : both) begin(rules, has_skipped, states, typename P::AllLeaves{});
  }
  DESCENT_COLD void move_to(RuleStatePair<P>& of_tree, [[maybe_unused]] const Blocks<P, Scalars>& view) {
    of_tree.both = std::move(all_[0]);
    if constexpr (has_clocks<P>)
      for (std::size_t k = 0; k < view.count; ++k)
        view.extras[k].clock.memories.both = std::move(all_[k + 1]);
  }

 private:
  template <std::size_t... I>
  static void begin(const typename P::Rules& rules, [[maybe_unused]] bool has_skipped,
                    typename P::RuleStates& states, std::index_sequence<I...>) {
    typename P::RuleStates initial{};
    begin_rule_states(rules, initial);
    const auto restart = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>) {
      if (!MaySkip<typename P::template Leaf<leaf>> || !has_skipped)
        get<leaf>(states) = std::move(get<leaf>(initial));
    };
    (restart(std::integral_constant<std::size_t, I>{}), ...);
  }
  std::vector<Both> all_;  // of the tree, then of blocks with clocks
};

/// Lets rules inspect a block; what they keep of it goes to `memories`.
template <class P>
DESCENT_COLD void inspect_block(const VariantInfo& info, [[maybe_unused]] const typename P::Rules& rules,
                                [[maybe_unused]] typename P::BlockStates& memories,
                                [[maybe_unused]] const BlockInfo& block) {
  for_each_leaf<P>(info, [&](auto leaf) {
    if constexpr (InspectsBlocks<typename P::template Leaf<leaf>>)
      get<leaf>(rules).inspect_block(get<leaf>(memories), block);
  });
}

/// The names of all slots of a variant; repeated names get a number: "momentum_buffer.2".
class SlotNames {
 public:
  DESCENT_COLD SlotNames(const LeafInfo* leaves, std::size_t count, const VariantInfo& info) {
    for (std::size_t leaf = 0; leaf < count; ++leaf)
      for (std::size_t k = 0; info.contains(leaf) && k < leaves[leaf].slots; ++k)
        names_.emplace_back(name_in_list(leaves[leaf].state_names, k));
    slots_ = names_.size();
  }
  std::size_t slots() const { return slots_; }
  std::string slot(std::size_t k) const { return numbered(names_[k], k + 1); }
  /// Adds a name of something that is not a slot.
  std::string add(const char* name) {
    names_.emplace_back(name);
    return numbered(name, names_.size());
  }

 private:
  std::string numbered(const std::string& name, std::size_t among) const {
    const auto same = std::count(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(among), name);
    return same > 1 ? joined({name, ".", std::to_string(same)}) : name;
  }
  std::vector<std::string> names_;
  std::size_t slots_ = 0;
};

/// Calls f(name, values) for all that is remembered of block k, which is of type Type: slots and masters as Maps
/// in the shape of the block, and between them the matrices of rules of whole matrices.
template <class Type, class P, class Scalars, class F>
DESCENT_COLD void visit_state(const Blocks<P, Scalars>& blocks, std::size_t k, F& f) {
  const BlockRecord& record = blocks.records[k];
  const VariantInfo& info = variant_infos<P>[blocks.layouts[k].state_variant];
  if (info.freezes) return;
  constexpr std::size_t s = place_in<typename Type::Scalar, Scalars>;
  constexpr int order = Type::row_major ? Eigen::RowMajor : Eigen::ColMajor;
  using S = ComputeType<typename Type::Scalar>;
  SlotNames names(leaf_infos<P>.data(), P::leaves, info);
  for (std::size_t slot = 0; slot < names.slots(); ++slot)
    f(names.slot(slot), Eigen::Map<Eigen::Matrix<StateElement<P, S>, Type::rows, Type::columns, order>>(
                            blocks.template slots_of<s>(record) + slot * padded_size<S>(record.size),
                            record.rows, record.columns));
  if constexpr (any_matrix_rule<P>) {
    for_each_leaf<P>(info, [&](auto leaf) {
      using R = typename P::template Leaf<leaf>;
      auto visit = [&](const char* name, auto& matrix) {
        using Matrix = std::remove_cvref_t<decltype(matrix)>;
        f(names.add(name), Eigen::Map<Matrix>(matrix.data(), matrix.rows(), matrix.cols()));
      };
      if constexpr (MatrixRule<R> && HasMatrixState<R>)
        R::for_each_state(get<leaf>(get<s>(blocks.extras[k].scratch).workspaces), visit);
    });
  }
  if constexpr (is_narrow<typename Type::Scalar>)
    f(std::string("master"), Eigen::Map<Eigen::Matrix<float, Type::rows, Type::columns, order>>(
                                 blocks.masters[s] + blocks.layouts[k].masters, record.rows, record.columns));
}

/// Whether the rules that a block follows fit the workspaces that `before` prepared.
template <class P>
DESCENT_COLD bool fit_workspaces(const VariantInfo& info, const typename P::Rules& rules,
                                 const typename P::Rules& before) {
  bool fit = true;
  for_each_leaf<P>(info, [&](auto leaf) {
    if constexpr (ComparesState<typename P::template Leaf<leaf>>)
      fit = fit && get<leaf>(rules).keeps_state_of(get<leaf>(before));
  });
  return fit;
}

}  // namespace descent::detail::inline DESCENT_BUILD
