// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/engine.hpp>
#include <descent/core/saved/changes.hpp>
#include <descent/core/saved/replay.hpp>
#include <descent/core/saved/values.hpp>
#include <descent/core/simd/build.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Reads and writes everything that an optimizer holds except its rule.

namespace descent::detail::inline DESCENT_BUILD {

/// The prefix of names, and a bit for each leaf that names count.
struct StateNames {
  std::string prefix;
  std::uint64_t counted;
};

/// "ScaleByAdam"; "ScaleByAdam.2" for the second counted leaf of that name.
template <class P, std::size_t leaf, std::size_t... I>
std::string leaf_name(std::uint64_t counted, std::index_sequence<I...>) {
  constexpr std::string_view name = type_name<typename P::template Leaf<leaf>>();
  constexpr std::uint64_t same =
      ((I < leaf && type_name<typename P::template Leaf<I>>() == name ? std::uint64_t{1} << I : 0) | ... | 0);
  const int before = std::popcount(same & counted);
  return before == 0 ? std::string(name) : joined({name, ".", std::to_string(before + 1)});
}

/// Calls f(name, what a rule remembers) for the leaves whose bit is set in `leaves`.
template <class P, class List, class F>
void visit_memories(std::uint64_t leaves, const std::string& name, std::uint64_t counted, List& memories,
                    F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...> all) {
    auto visit = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>) {
      if constexpr (!std::is_empty_v<std::remove_cvref_t<decltype(get<leaf>(memories))>>)
        if ((leaves >> leaf & 1) != 0)
          f(joined({name, "/", leaf_name<P, leaf>(counted, all)}), get<leaf>(memories));
    };
    (visit(std::integral_constant<std::size_t, I>{}), ...);
  }(typename P::AllLeaves{});
}

/// The leaves that remember something of each block that does not follow from the block's description.
template <class P, std::size_t... I>
constexpr std::uint64_t leaves_with_block_memory(std::index_sequence<I...>) {
  return ((HasBlockState<typename P::template Leaf<I>> && !InspectsBlocks<typename P::template Leaf<I>>
               ? std::uint64_t{1} << I
               : 0) |
          ... | 0);
}

struct StateAccess {
  template <class O>
  static constexpr bool has_engine = requires(O& optimizer) { optimizer.engine_.steps(); };

  template <class O>
  static constexpr std::size_t leaves = O::Plan::leaves;

  /// Names count only leaves that have state, not the alternatives that a recipe did not choose.
  template <class O>
  static StateNames names_of(std::string prefix, O& optimizer) {
    return {std::move(prefix), leaves_with_state(optimizer)};
  }

  /// Calls visit(name, value) for everything in the optimizer except slots.
  template <class O, class F>
  static void visit_numbers(const StateNames& names, O& optimizer, F& visit) {
    visit_common(names, optimizer, visit);
    for (std::size_t k = 0; k < count(optimizer); ++k) visit_block(names, optimizer, k, visit);
  }
  /// The part that belongs to no block.
  template <class O, class F>
  static void visit_common(const StateNames& names, O& optimizer, F&& visit) {
    auto& engine = optimizer.engine_;
    visit(names.prefix + "steps", engine.next_.index);
    visit(names.prefix + "skipped_steps", engine.skipped_);
    visit(names.prefix + "learning_rate_factor", engine.rate_factor_);
    visit_memories<typename O::Plan>(leaves_with_state(optimizer), names.prefix + "memory", names.counted,
                                     engine.memories_.now(), visit);
  }
  /// The part that belongs to block k.
  template <class O, class F>
  static void visit_block(const StateNames& names, O& optimizer, std::size_t k, F&& visit) {
    using P = typename O::Plan;
    const auto& view = optimizer.store_.view();
    const std::string path = optimizer.store_.path(k);
    [[maybe_unused]] const std::uint64_t leaves = leaves_of<P>(view, k);
    if constexpr (keeps_block_memories<P>)
      visit_memories<P>(leaves & leaves_with_block_memory<P>(typename P::AllLeaves{}),
                        joined({names.prefix, "block_memory/", path}), names.counted, view.extras[k].memories,
                        visit);
    if constexpr (has_clocks<P>) {
      auto& clock = view.extras[k].clock;
      visit(joined({names.prefix, "clock/", path, "/rested"}), clock.rested);
      visit_memories<P>(leaves, joined({names.prefix, "clock/", path}), names.counted, clock.memories.now(),
                        visit);
    }
  }
  template <class O>
  static std::size_t count(const O& optimizer) {
    return optimizer.store_.count();
  }
  /// A bit for each leaf that some block follows, or followed before it was frozen, because a frozen block
  /// keeps its state.
  template <class O>
  static std::uint64_t leaves_with_state(O& optimizer) {
    std::uint64_t leaves = optimizer.engine_.in_use_.used;
    const auto& view = optimizer.store_.view();
    for (std::size_t k = 0; k < count(optimizer); ++k) leaves |= leaves_of<typename O::Plan>(view, k);
    return leaves;
  }
  template <class O>
  static std::string path(const O& optimizer, std::size_t k) {
    return optimizer.store_.path(k);
  }
  template <class O>
  static std::pair<Eigen::Index, Eigen::Index> shape(const O& optimizer, std::size_t k) {
    return {optimizer.store_.record(k).rows, optimizer.store_.record(k).columns};
  }
  /// The names of the rules that keep state of block k: none if it was frozen from the start.
  template <class O>
  static std::vector<std::string> rules_of(O& optimizer, std::size_t k, std::uint64_t counted) {
    using P = typename O::Plan;
    std::vector<std::string> found;
    const std::uint64_t leaves = leaves_of<P>(optimizer.store_.view(), k);
    [&]<std::size_t... I>(std::index_sequence<I...> all) {
      auto add = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>) {
        if ((leaves >> leaf & 1) != 0 && !KeepsBlockClocks<typename P::template Leaf<leaf>>)
          found.push_back(leaf_name<P, leaf>(counted, all));
      };
      (add(std::integral_constant<std::size_t, I>{}), ...);
    }(typename P::AllLeaves{});
    return found;
  }
  /// Starts block k after `steps` steps of the others.
  template <class O>
  static void begin_block(O& optimizer, std::size_t k, std::int64_t steps) {
    optimizer.store_.view().extras[k].clock.rested = steps;
  }
  /// Calls f(tensor) for every slot.
  template <class O, class F>
  static void visit_slots(const StateNames& names, O& optimizer, F&& f) {
    optimizer.for_each_state([&](const std::string& path, const std::string& name, auto values) {
      f(tensor_of_block(joined({names.prefix, "state/", path, "/", name}), values));
    });
  }

  /// Checks the values of `tensors` for an optimizer, and prepares to copy them. Errors:
  /// std::invalid_argument.
  template <class O>
  static void prepare(const std::string& prefix, O& optimizer, TensorIndex& tensors, Changes& changes) {
    optimizer.check_alive();
    const StateNames names = names_of(prefix, optimizer);
    using P = typename O::Plan;
    auto prepare_value = [&]<class T>(const std::string& name, T& value) {
      T next = value;
      fill_value(tensors, name, next);
      changes.assign(value, std::move(next));
    };
    visit_numbers(names, optimizer, prepare_value);
    visit_spares(names, optimizer, prepare_value);
    visit_slots(names, optimizer,
                [&](const SavedTensor& place) { changes.copy(tensor_for(tensors, place), place); });
    auto rules = rules_at<P>(names, tensors, optimizer.engine_);
    if constexpr (has_clocks<P>) check_clocks(names, tensors, optimizer.store_);
    changes.assign(optimizer.engine_.in_use_.rules, std::move(rules));
  }
  /// Collects the tensors of an optimizer.
  template <class O>
  static void collect(const StateNames& names, O& optimizer, TensorCollector& collector) {
    optimizer.check_alive();
    auto visit = [&](const std::string& name, auto& value) { visit_value(name, value, collector); };
    visit_numbers(names, optimizer, visit);
    visit_slots(names, optimizer, [&](const SavedTensor& tensor) { collector.tensors.push_back(tensor); });
  }

  /// Compiles if `replay` can recompute everything that slots do not hold.
  template <class O>
  static constexpr void require_replay() {
    using P = typename O::Plan;
    static_assert(!keeps_block_memories<P> && !has_clocks<P> && !any_matrix_rule<P>,
                  "descent: the state of this rule is not that of an optimizer of PyTorch");
  }

  /// Sets the step count, and recomputes what rules remember of the whole tree after `steps` steps, as far as
  /// it follows from the options.
  template <class O>
  static void replay(O& optimizer, std::int64_t steps) {
    using P = typename O::Plan;
    require_replay<O>();
    auto& engine = optimizer.engine_;
    const auto replay_leaf = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>) {
      if constexpr (!measures_tree<typename P::template Leaf<leaf>>)
        replay_memory(get<leaf>(engine.in_use_.rules), get<leaf>(engine.memories_.now()), steps);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (replay_leaf(std::integral_constant<std::size_t, I>{}), ...);
    }(typename P::AllLeaves{});
    engine.next_.index = steps;
  }

  /// Sets the learning rates of later steps in the rules.
  template <class O>
  static void set_rates(const StateNames& names, O& optimizer, TensorIndex& tensors) {
    optimizer.engine_.in_use_.rules = rules_at<typename O::Plan>(names, tensors, optimizer.engine_);
  }

 private:
  /// The spare memories, which receive the same values as the current ones: a step does not write those of
  /// rules whose blocks are all frozen, and must not allocate to write the others.
  template <class O, class F>
  static void visit_spares(const StateNames& names, O& optimizer, F& visit) {
    using P = typename O::Plan;
    auto& engine = optimizer.engine_;
    visit_memories<P>(leaves_with_state(optimizer), names.prefix + "memory", names.counted,
                      engine.memories_.spare(), visit);
    if constexpr (has_clocks<P>) {
      const auto& view = optimizer.store_.view();
      for (std::size_t k = 0; k < count(optimizer); ++k) {
        auto& clock = view.extras[k].clock;
        visit_memories<P>(leaves_of<P>(view, k), joined({names.prefix, "clock/", path(optimizer, k)}),
                          names.counted, clock.memories.spare(), visit);
      }
    }
  }

  /// The rules with the learning rates of later steps.
  template <class P, class Engine>
  static typename P::Rules rules_at(const StateNames& names, TensorIndex& tensors, const Engine& engine) {
    std::int64_t steps = 0, skipped = 0;
    double factor = 1;
    fill_value(tensors, names.prefix + "steps", steps);
    fill_value(tensors, names.prefix + "skipped_steps", skipped);
    fill_value(tensors, names.prefix + "learning_rate_factor", factor);
    check_count(tensors, names.prefix + "steps", steps);
    check_count(tensors, names.prefix + "skipped_steps", skipped);
    Check(tensors.owner())(names.prefix + "learning_rate_factor", factor, legal::non_negative);
    typename P::Rules rules = P::rules(*engine.rule_);
    scale_rates<P>(rules, factor, typename P::AllLeaves{});
    check_leaves<P>(rules, steps, Engine::largest, factor, typename P::AllLeaves{});
    return rules;
  }
  template <class Store>
  static void check_clocks(const StateNames& names, TensorIndex& tensors, Store& store) {
    std::int64_t steps = 0, rested = 0;
    fill_value(tensors, names.prefix + "steps", steps);
    for (std::size_t k = 0; k < store.count(); ++k) {
      const std::string name = joined({names.prefix, "clock/", store.path(k), "/rested"});
      fill_value(tensors, name, rested);
      if (rested < 0 || rested > steps)
        tensors.fail({"'", name, "' is ", std::to_string(rested), " of ", std::to_string(steps), " steps"});
    }
  }
  static void check_count(const TensorIndex& tensors, std::string_view name, std::int64_t count) {
    constexpr std::int64_t most = std::int64_t{1} << 62;  // schedules may add to it
    if (count < 0 || count > most)
      tensors.fail({"'", name, "' is ", std::to_string(count), ", must be at least 0 and at most 2^62"});
  }

  template <class P, class View>
  static std::uint64_t leaves_of(const View& view, std::size_t k) {
    const VariantInfo& info = variant_infos<P>[view.layouts[k].state_variant];
    return info.freezes ? 0 : info.leaves;
  }
};

template <class T>
concept HasEngineState = StateAccess::has_engine<T>;

/// Visits an optimizer that is a member of the saved object.
template <HasEngineState O>
void visit_engine_state(const std::string& name, O& optimizer, TensorCollector& collector) {
  StateAccess::collect(StateAccess::names_of(name.empty() ? "" : name + "/", optimizer), optimizer,
                       collector);
}
template <HasEngineState O>
void visit_engine_state(const std::string& name, O& optimizer, TensorFiller& filler) {
  Changes changes;
  StateAccess::prepare(name + "/", optimizer, filler.index(), changes);
  changes.make();
}

}  // namespace descent::detail::inline DESCENT_BUILD
