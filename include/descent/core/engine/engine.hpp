// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/checks.hpp>
#include <descent/core/engine/fixed_passes.hpp>
#include <descent/core/engine/step.hpp>
#include <descent/core/plan/requirements.hpp>
#include <descent/core/state/block_store.hpp>
#include <descent/core/state/initial_values.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent::detail {

/// The implementation of Optimizer: keeps what rules remember, and takes steps of the blocks that a store holds. Knows the
/// rule and the element types, not the tree.
template <class P, class Scalars, bool row_major_matrices>
class Engine {
 public:
  using View = Blocks<P, Scalars>;
  using Size = TreeSize<View::scalars>;
  using Rules = typename P::Rules;
  using Node = typename P::Node;
  using Context = StepContext<P, Scalars>;
  using Leaves = typename P::AllLeaves;

  explicit Engine(typename P::Storage storage) : storage_(storage) {}

  /// Takes over the rules; the blocks in `records` get their variants, and places in groups, chunks and state.
  DESCENT_COLD Size start(const Node& node, BlockRecord* records, BlockLayout* layouts, BlockGroup* groups,
                          std::size_t count, const PathSource& path_of) {
    rules_ = P::rules(node);
    varies_ = check_leaves<P>(rules_, 0, Leaves{});
    Size size;
    ChunkCounter chunks;
    std::size_t next_sums = 0;
    if constexpr (P::uniform) choose(variant_ = variant_for(node, BlockInfo{}));
    for (std::size_t k = 0; k < count; ++k) {
      BlockRecord& record = records[k];
      const BlockInfo info = description_of(record, k, path_of);
      record.variant = static_cast<std::uint8_t>(variant_for(node, info));
      if (info_of(record).refuses_vectors && info.is_vector) fail_vector_block<P>(info_of(record), info);
      choose(record.variant);
      record.first_chunk = static_cast<std::uint32_t>(chunks.next(record.size).first);
      record.first_sums = static_cast<std::uint32_t>(next_sums);
      next_sums += chunks_in(record.size);
      size.elements += record.size;
      place(record, layouts[k], size);
      group_up(groups, size.groups, record, k);
    }
    size.chunks = chunks.count();
    size.sums = std::max(size.chunks, next_sums) * most_sums(Leaves{});
    return size;
  }

  /// Allocates and fills what rules remember of the blocks.
  DESCENT_COLD void make_state(const View& view, const PathSource& path_of) {
    for (std::size_t k = 0; k < view.count; ++k) {
      const BlockSetup<P, Scalars> setup(view, rules_, k);
      setup.allocate();
      setup.fill();
      if constexpr (keeps_block_memories<P>)
        meet_block<P>(info_of(view.records[k]), rules_, view.extras[k].memories,
                      description_of(view.records[k], k, path_of));
    }
  }

  /// One step; what is in the records belongs to it. Errors: std::invalid_argument for an option that leaves its range
  /// at this step; nothing has changed then.
  DESCENT_OUTLINED void step(const View& view, const Step& step) {
    check_varying();
    AllConstants<P, Scalars> constants;
    Context x = context(view, step, constants);
    const TreePasses<Context, row_major_matrices> passes(x);
    advance(view, StepInOrder<TreePasses<Context, row_major_matrices>, Context>(passes, x).take());
  }

  /// The same in place, for blocks of which the compiler knows number and sizes.
  template <class Sequence>
  DESCENT_INLINE void step_in_place(const View& view, const Step& step) {
    check_varying();
    AllConstants<P, Scalars> constants;
    Context x = context(view, step, constants);
    const FixedPasses<Context, Sequence> passes(x);
    advance(view, StepInOrder<FixedPasses<Context, Sequence>, Context>(passes, x).take());
  }

  /// Goes on with other rules. Errors: std::invalid_argument, and nothing has changed.
  DESCENT_COLD void set_rules(const Node& node, Rules rules, const View& view, const PathSource& path_of) {
    const bool varies = check_leaves<P>(rules, steps_, Leaves{});
    std::vector<typename P::BlockMemories> memories(view.count);
    std::vector<std::uint8_t> variants(view.count);
    for (std::size_t k = 0; k < view.count; ++k) {
      const BlockInfo info = description_of(view.records[k], k, path_of);
      const std::size_t variant = variant_for(node, info);
      variants[k] = static_cast<std::uint8_t>(variant);
      if constexpr (keeps_block_memories<P>) memories[k] = view.extras[k].memories;
      const bool fits = same_state<P>(variant, view.records[k].variant) &&
                        keep_workspaces<P>(variant_infos<P>[variant], rules, rules_);
      meet_block<P>(variant_infos<P>[variant], rules, memories[k], info);
      if (!fits) fail_other_state(info.path);
    }
    used_ = 0;
    if constexpr (P::uniform) choose(variant_ = variant_for(node, BlockInfo{}));
    for (std::size_t k = 0; k < view.count; ++k) {
      choose(view.records[k].variant = variants[k]);
      if constexpr (keeps_block_memories<P>) view.extras[k].memories = std::move(memories[k]);
    }
    memories_[1 - current_] = memories_[current_];  // a step does not touch those of rules that are left out
    if constexpr (has_clocks<P>)
      for (std::size_t k = 0; k < view.count; ++k) {
        auto& clock = view.extras[k].clock;
        clock.memories[1 - clock.current] = clock.memories[clock.current];
      }
    rules_ = std::move(rules);
    varies_ = varies;
  }
  /// Groups the blocks again, after set_rules.
  DESCENT_COLD std::size_t regroup(BlockRecord* records, BlockGroup* groups, std::size_t count) const {
    std::size_t made = 0;
    for (std::size_t k = 0; k < count; ++k) group_up(groups, made, records[k], k);
    return made;
  }

  DESCENT_COLD void reset(const View& view) {
    for (std::size_t k = 0; k < view.count; ++k) BlockSetup<P, Scalars>(view, rules_, k).fill();
    memories_ = {};
    if constexpr (has_clocks<P>)
      for (std::size_t k = 0; k < view.count; ++k) view.extras[k].clock = {};
    steps_ = 0;
  }

  /// Says which blocks have no gradient at this step.
  DESCENT_COLD void set_absent(const View& view, std::span<const std::size_t> absent) const {
    for (const std::size_t block : absent)
      if (block >= view.count) fail_absent(rule_name<P>(), block, view.count);
    for (std::size_t k = 0; k < view.count; ++k) view.records[k].absent = false;
    for (const std::size_t block : absent) view.records[block].absent = true;
  }

  /// Refuses a sparse gradient if the rule of its block, as the options choose, needs all elements.
  DESCENT_COLD void check_sparsity(const View& view, const PathSource& path_of) const {
    for (std::size_t k = 0; k < view.count; ++k)
      if (view.records[k].layout == Layout::sparse && !info_of(view.records[k]).takes_sparse_gradients)
        fail_sparse(rule_name<P>(), path_of(k));
  }

  std::int64_t steps() const { return steps_; }
  std::size_t variant() const { return variant_; }
  const Rules& rules() const { return rules_; }
  Rules& rules() { return rules_; }
  const typename P::Storage& storage() const { return storage_; }
  const typename P::Memories& memories() const { return memories_[current_]; }

 private:
  static const VariantInfo& info_of(const BlockRecord& record) { return variant_infos<P>[record.variant]; }
  static BlockInfo description_of(const BlockRecord& record, std::size_t k, const PathSource& path_of) {
    return {path_of(k), record.rows, record.columns, k, record.is_vector};
  }
  void choose(std::size_t variant) { used_ |= variant_infos<P>[variant].leaves; }
  void place(BlockRecord& record, BlockLayout& layout, Size& size) const {
    dispatch_scalar<View::scalars>(record.scalar, [&](auto scalar) {
      using Scalar = typename View::template ScalarAt<scalar>;
      StateSize& own = size.states[scalar];
      record.state = own.slots;
      layout.masters = own.masters;
      own.slots += padded_size<ComputeType<Scalar>>(record.size) * info_of(record).slots;
      if (is_narrow<Scalar> && !info_of(record).freezes) own.masters += record.size;
    });
  }
  static void group_up(BlockGroup* groups, std::size_t& made, const BlockRecord& record, std::size_t k) {
    const auto number = static_cast<std::uint32_t>(k);
    if (made > 0 && groups[made - 1].variant == record.variant && groups[made - 1].scalar == record.scalar) {
      groups[made - 1].last = number + 1;
    } else {
      groups[made++] = {number, number + 1, record.variant, record.scalar};
    }
  }
  template <class R>
  static constexpr std::size_t sums_of_rule() {
    if constexpr (Measures<R>) return measured_count<R>;
    return 0;
  }
  template <std::size_t... I>
  static constexpr std::size_t most_sums(std::index_sequence<I...>) {
    return std::max({std::size_t{0}, sums_of_rule<typename P::template Leaf<I>>()...});
  }

  DESCENT_INLINE void check_varying() {
    if (varies_) [[unlikely]]
      check_leaves<P>(rules_, steps_, Leaves{});
  }
  DESCENT_INLINE Context context(const View& view, const Step& step, AllConstants<P, Scalars>& constants) {
    set_rounding(std::make_index_sequence<View::scalars>(), constants, step);
    if constexpr (has_clocks<P>)
      for (std::size_t k = 0; k < view.count; ++k)
        set_rounding(std::make_index_sequence<View::scalars>(), view.extras[k].constants, step);
    return {view, rules_, memories_[current_], memories_[1 - current_], step, constants, used_};
  }
  template <std::size_t... s>
  DESCENT_INLINE void set_rounding(std::index_sequence<s...>,
                                   [[maybe_unused]] AllConstants<P, Scalars>& constants,
                                   [[maybe_unused]] const Step& step) const {
    ((get<s>(constants).rounding =
          FormatOf<P, typename View::template ComputeAt<s>>::rounding(storage_, step.index)),
     ...);
  }
  DESCENT_INLINE void advance([[maybe_unused]] const View& view, bool taken) {
    if (!taken) return;
    current_ = 1 - current_;
    ++steps_;
    if constexpr (has_clocks<P>)
      for (std::size_t k = 0; k < view.count; ++k) {
        auto& clock = view.extras[k].clock;
        if (view.records[k].absent) {
          ++clock.rested;
        } else {
          clock.current = 1 - clock.current;
        }
      }
  }

  [[no_unique_address]] typename P::Storage storage_;
  Rules rules_{};
  // Two of them: a step writes the spare one, so that it can be dropped, and nothing is copied after.
  std::array<typename P::Memories, 2> memories_{};
  std::size_t current_ = 0;
  std::int64_t steps_ = 0;
  std::uint64_t used_ = 0;   // a bit for each leaf that some block follows
  std::size_t variant_ = 0;  // of all blocks, if they follow one
  bool varies_ = false;
};

}  // namespace descent::detail
