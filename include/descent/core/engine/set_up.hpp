// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/checks.hpp>
#include <descent/core/engine/engine.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/block_lists.hpp>
#include <descent/core/state/initial_values.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

// What an engine does between steps: assigns each block its rules, makes and restores state, takes another rule.

namespace descent::detail::inline DESCENT_BUILD {

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

}  // namespace descent::detail::inline DESCENT_BUILD
