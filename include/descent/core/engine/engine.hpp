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
  template <class Parameters, class Store>
  DESCENT_INLINE void step_in_place(Store& store, const Step& step) {
    using Sequence = BlocksOf<Parameters&>;
    AllConstants<P, Scalars> constants;
    if (takes_small_steps()) [[likely]] {
      prepare_small(step, constants);
      const SmallStep<P, Scalars> x{{store.records(), store.slots()}, constants};
      FixedPasses<SmallStep<P, Scalars>, Sequence>(x).write();
      return count_step();
    }
    check_varying();
    const View view = store.view();
    Context x = context(view, step, constants, true);
    const FixedPasses<Context, Sequence> passes(x);
    advance(view, StepInOrder<FixedPasses<Context, Sequence>, Context>(passes, x).take());
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
  void choose_steps() { steps_small_ = small_ && (in_use_.used & leaves_with_passes<P>(Leaves{})) == 0; }

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
    const bool small = may_step_small<P, Scalars> && regular && small_ &&
                       (in_use_.used & leaves_with_own_constants<P>(Leaves{})) == 0;
    return {view, in_use_, memories_, step, constants, regular, small};
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
  bool small_ = false;        // whether one thread steps all blocks, and none is large
  bool steps_small_ = false;  // whether, besides, no rule in use measures
};

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
    PassContext pass(nullptr);
    run_small_groups<WritingKernels<P>>(view, constants, pass);
    count_step();
  }
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

}  // namespace descent::detail::inline DESCENT_BUILD
