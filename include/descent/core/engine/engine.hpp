// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/value_list.hpp>
#include <descent/core/engine/checks.hpp>
#include <descent/core/engine/fixed_passes.hpp>
#include <descent/core/engine/step.hpp>
#include <descent/core/engine/tree_passes.hpp>
#include <descent/core/plan/lookup.hpp>
#include <descent/core/plan/requirements.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/block_store.hpp>
#include <descent/core/state/initial_values.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace descent::detail::inline DESCENT_BUILD {

struct StateAccess;

/// The implementation of Optimizer: owns the rule and what it remembers, and steps the blocks of a store.
/// Depends on the rule and the element types, not on the tree, so that trees share it and DESCENT_EXTERN can
/// compile it in a different file. For that, its members are defined outside of the class.
template <class P, class Scalars, bool row_major_matrices, class Machine = InstructionSet>
class Engine {
 public:
  using View = Blocks<P, Scalars>;
  using Size = TreeSize<View::scalars>;
  using Rule = typename P::Rule;
  using Rules = typename P::Rules;
  using Context = StepContext<P, Scalars>;
  using Leaves = typename P::AllLeaves;

  Engine(Rule rule, typename P::Storage storage);

  /// Assigns the blocks in `list` their variants, groups, chunks and places in the state.
  Size start(const BlockList& list, BlockGroup* groups, std::size_t count, const PathSource& path_of);
  /// Allocates and initialises what rules remember of the blocks.
  void make_state(const View& view, const PathSource& path_of);

  /// Performs one step with the pointers in the records. `regular`: every block and its gradient are
  /// contiguous, in the same order. Errors: std::invalid_argument for an option that leaves its range at this
  /// step; nothing has changed then.
  void step(const View& view, const Step& step, bool regular);
  /// Whether steps in which every block and its gradient are contiguous can be taken by step_small: no rule
  /// measures, and the blocks are small.
  DESCENT_INLINE bool takes_small_steps() const {
    if constexpr (may_step_small<P, Scalars>) return steps_small_;
    return false;
  }
  /// Like `step`, shorter. The constant part of a step is what a small model waits for.
  void step_small(const View& view, const Step& step);
  /// Checks the options of the next step, so that nothing throws later. Errors: as of a step.
  void check_options() { check_varying(); }
  /// Like `step`, in place, for blocks whose number and sizes are known at compile time.
  template <class Sequence>
  DESCENT_INLINE void step_in_place(const View& view, const Step& step) {
    check_varying();
    AllConstants<P, Scalars> constants;
    Context x = context(view, step, constants, true);
    const FixedPasses<Context, Sequence> passes(x);
    advance(view, StepInOrder<FixedPasses<Context, Sequence>, Context>(passes, x).take());
  }
  /// The same if takes_small_steps().
  template <class Sequence>
  DESCENT_INLINE void step_small_in_place(BlockRecord* records, const std::array<void*, View::scalars>& slots,
                                          const Step& step) {
    AllConstants<P, Scalars> constants;
    prepare_small(step, constants);
    const SmallStep<P, Scalars> x{{records, slots}, constants};
    FixedPasses<SmallStep<P, Scalars>, Sequence>(x).write();
    count_step();
  }

  /// Replaces the rule. Errors: std::invalid_argument, and nothing has changed.
  void set_rule(Rule rule, const View& view, const PathSource& path_of);
  /// Multiplies the learning rates. Errors: std::invalid_argument, and nothing has changed.
  void set_rate_factor(double factor);
  /// Restores the initial state, as before the first step.
  void reset(const View& view);
  /// Marks the blocks that have no gradient at this step.
  void set_absent(const View& view, std::span<const std::size_t> absent) const;
  /// Refuses a sparse gradient if the rule of its block, with its options, needs all elements.
  void check_sparsity(const View& view, const PathSource& path_of) const;

  const Rule& rule() const { return *rule_; }
  std::int64_t steps() const { return next_.index; }
  /// The next step, without inputs of the caller. Kept, because filling one takes a tenth of a tiny step.
  DESCENT_INLINE const Step& next_step() const { return next_; }
  std::int64_t skipped_steps() const { return skipped_; }
  void skip_step() { ++skipped_; }
  double rate_factor() const { return rate_factor_; }
  double learning_rate() const { return rate_of<P>(in_use_.rules, variant_, next_.index); }
  double learning_rate_of(const BlockRecord& record) const {
    double rate = 0;
    P::dispatch(record.variant, [&](auto chosen) { rate = rate_in<P>(chosen, in_use_.rules, next_.index); });
    return rate;
  }
  const Rules& rules() const { return in_use_.rules; }
  const typename P::Storage& storage() const { return storage_; }
  const typename P::RuleStates& memories() const { return memories_.now(); }
  std::uint64_t used() const { return in_use_.used; }

 private:
  static constexpr double largest = largest_number(Scalars{});

  static const VariantInfo& info_of(const BlockRecord& record) { return variant_infos<P>[record.variant]; }
  static BlockInfo description_of(const BlockRecord& record, std::size_t k, const PathSource& path_of) {
    return {path_of(k), record.rows, record.columns, k, record.is_vector};
  }
  static std::size_t variant_of(const typename P::Node& node, const BlockRecord& record, std::size_t k,
                                const PathSource& path_of);
  void choose(std::size_t variant) { in_use_.used |= variant_infos<P>[variant].leaves; }

  DESCENT_INLINE void check_varying() {
    if (varies_) [[unlikely]]
      check_leaves<P>(in_use_.rules, next_.index, largest, rate_factor_, Leaves{});
  }
  DESCENT_INLINE Context context(const View& view, const Step& step, AllConstants<P, Scalars>& constants,
                                 bool regular) {
    set_rounding(std::make_index_sequence<View::scalars>(), constants, step);
    if constexpr (has_clocks<P>)
      for (std::size_t k = 0; k < view.count; ++k)
        set_rounding(std::make_index_sequence<View::scalars>(), view.extras[k].constants, step);
    return {view, in_use_, memories_, step, constants, regular};
  }
  template <std::size_t... s>
  DESCENT_INLINE void set_rounding(std::index_sequence<s...>,
                                   [[maybe_unused]] AllConstants<P, Scalars>& constants,
                                   [[maybe_unused]] const Step& step) const {
    ((get<s>(constants).rounding =
          FormatOf<P, typename View::template ComputeAt<s>>::rounding(storage_, step.index)),
     ...);
  }
  DESCENT_INLINE void prepare_small(const Step& step, AllConstants<P, Scalars>& constants) {
    check_varying();
    set_rounding(std::make_index_sequence<View::scalars>(), constants, step);
    prepare_rules<P>(in_use_, memories_, step, constants);
  }
  DESCENT_INLINE void count_step() {
    memories_.exchange();
    ++next_.index;
  }
  DESCENT_INLINE void advance([[maybe_unused]] const View& view, bool taken) {
    if (!taken) {
      ++skipped_;
      return;
    }
    count_step();
    if constexpr (has_clocks<P>)
      for (std::size_t k = 0; k < view.count; ++k) {
        auto& clock = view.extras[k].clock;
        if (view.records[k].absent) {
          ++clock.rested;
        } else {
          clock.memories.exchange();
        }
      }
  }

  friend StateAccess;

  Replaceable<Rule> rule_;
  [[no_unique_address]] typename P::Storage storage_;
  RulesInUse<P> in_use_;
  RuleStatePair<P> memories_;
  Step next_{.largest = largest};
  std::int64_t skipped_ = 0;
  double rate_factor_ = 1;
  std::size_t variant_ = 0;  // the variant of all blocks, if they share one
  bool varies_ = false;
  bool small_ = false, steps_small_ = false;
};

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
  steps_small_ = small_ && (in_use_.used & leaves_with_passes<P>(Leaves{})) == 0;
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
DESCENT_OUTLINED void Engine<P, Scalars, row_major_matrices, Machine>::step(const View& view,
                                                                            const Step& step, bool regular) {
  check_varying();
  if constexpr (any_matrix_rule<P>)
    for (std::size_t k = 0; k < view.count; ++k) BlockSetup<P, Scalars>(view, in_use_.rules, k).make_room();
  AllConstants<P, Scalars> constants;
  Context x = context(view, step, constants, regular);
  const TreePasses<Context, row_major_matrices> passes(x);
  advance(view, StepInOrder<TreePasses<Context, row_major_matrices>, Context>(passes, x).take());
}

template <class P, class Scalars, bool row_major_matrices, class Machine>
DESCENT_OUTLINED void Engine<P, Scalars, row_major_matrices, Machine>::step_small(const View& view,
                                                                                  const Step& step) {
  if constexpr (may_step_small<P, Scalars>) {
    AllConstants<P, Scalars> constants;
    prepare_small(step, constants);
    if (view.group_count == 1) [[likely]] {
      write_small_group(view, view.groups[0], constants);
    } else {
      write_small_groups(view, constants);
    }
    count_step();
  }
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
  steps_small_ = small_ && (in_use_.used & leaves_with_passes<P>(Leaves{})) == 0;
  next.move_to(memories_, view);
}

template <class P, class Scalars, bool row_major_matrices, class Machine>
DESCENT_COLD void Engine<P, Scalars, row_major_matrices, Machine>::set_rate_factor(double factor) {
  auto rules = P::rules(*rule_);
  scale_rates<P>(rules, factor, Leaves{});
  check_leaves<P>(rules, next_.index, largest, factor, Leaves{});
  in_use_.rules = std::move(rules);
  rate_factor_ = factor;
}

template <class P, class Scalars, bool row_major_matrices, class Machine>
DESCENT_COLD void Engine<P, Scalars, row_major_matrices, Machine>::reset(const View& view) {
  for (std::size_t k = 0; k < view.count; ++k) BlockSetup<P, Scalars>(view, in_use_.rules, k).fill();
  begin_rule_states(in_use_.rules, memories_, view);
  next_.index = skipped_ = 0;
}

template <class P, class Scalars, bool row_major_matrices, class Machine>
void Engine<P, Scalars, row_major_matrices, Machine>::set_absent(const View& view,
                                                                 std::span<const std::size_t> absent) const {
  for (const std::size_t block : absent)
    if (block >= view.count) fail_absent(rule_name<P>(), block, view.count);
  for (std::size_t k = 0; k < view.count; ++k) view.records[k].absent = false;
  for (const std::size_t block : absent) view.records[block].absent = true;
}

template <class P, class Scalars, bool row_major_matrices, class Machine>
void Engine<P, Scalars, row_major_matrices, Machine>::check_sparsity(const View& view,
                                                                     const PathSource& path_of) const {
  for (std::size_t k = 0; k < view.count; ++k)
    if (view.records[k].layout == Layout::sparse && !info_of(view.records[k]).takes_sparse_gradients)
      fail_sparse(rule_name<P>(), path_of(k));
}

}  // namespace descent::detail::inline DESCENT_BUILD
