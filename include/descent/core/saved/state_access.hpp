// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/engine.hpp>
#include <descent/core/saved/values.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// All that an optimizer holds beside its rule, out of it and into it.

namespace descent::detail {

/// "ScaleByAdam", and for the second of that name in a chain "ScaleByAdam.2".
template <class P, std::size_t leaf, std::size_t... I>
std::string leaf_name(std::index_sequence<I...>) {
  constexpr std::string_view name = type_name<typename P::template Leaf<leaf>>();
  const std::size_t before =
      ((I < leaf && type_name<typename P::template Leaf<I>>() == name ? 1U : 0U) + ... + 0U);
  return before == 0 ? std::string(name) : joined({name, ".", std::to_string(before + 1)});
}

/// f(name, what a rule remembers) for the leaves of which `leaves` has the bit.
template <class P, class List, class F>
void visit_memories(std::uint64_t leaves, const std::string& name, List& memories, F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...> all) {
    auto visit = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>) {
      if ((leaves >> leaf & 1) != 0) f(joined({name, "/", leaf_name<P, leaf>(all)}), get<leaf>(memories));
    };
    (visit(std::integral_constant<std::size_t, I>{}), ...);
  }(typename P::AllLeaves{});
}

/// The leaves that remember something of each block, beyond what they are told when the optimizer is made.
template <class P, std::size_t... I>
constexpr std::uint64_t leaves_with_block_memory(std::index_sequence<I...>) {
  return ((HasBlockMemory<typename P::template Leaf<I>> && !MeetsBlocks<typename P::template Leaf<I>>
               ? std::uint64_t{1} << I
               : 0) |
          ... | 0);
}

struct StateAccess {
  template <class O>
  static constexpr bool has_engine = requires(O& optimizer) { optimizer.engine_.steps(); };

  /// visit(name, value) for everything but slots, in the optimizer.
  template <class O, class F>
  static void visit_numbers(const std::string& prefix, O& optimizer, F& visit) {
    visit_common(prefix, optimizer, visit);
    for (std::size_t k = 0; k < count(optimizer); ++k) visit_block(prefix, optimizer, k, visit);
  }
  /// The part of it that belongs to no block.
  template <class O, class F>
  static void visit_common(const std::string& prefix, O& optimizer, F&& visit) {
    auto& engine = optimizer.engine_;
    visit(prefix + "steps", engine.steps_);
    visit(prefix + "skipped_steps", engine.skipped_);
    visit(prefix + "learning_rate_factor", engine.rate_factor_);
    visit_memories<typename O::Plan>(engine.used_, prefix + "memory", engine.memories_[engine.current_],
                                     visit);
  }
  /// The part of it that belongs to block k.
  template <class O, class F>
  static void visit_block(const std::string& prefix, O& optimizer, std::size_t k, F&& visit) {
    using P = typename O::Plan;
    const auto& view = optimizer.store_.view();
    const std::string path = optimizer.store_.path(k);
    [[maybe_unused]] const std::uint64_t leaves = leaves_of<P>(view, k);
    if constexpr (keeps_block_memories<P>)
      visit_memories<P>(leaves & leaves_with_block_memory<P>(typename P::AllLeaves{}),
                        joined({prefix, "block_memory/", path}), view.extras[k].memories, visit);
    if constexpr (has_clocks<P>) {
      auto& clock = view.extras[k].clock;
      visit(joined({prefix, "clock/", path, "/rested"}), clock.rested);
      visit_memories<P>(leaves, joined({prefix, "clock/", path}), clock.memories[clock.current], visit);
    }
  }
  template <class O>
  static std::size_t count(const O& optimizer) {
    return optimizer.store_.count();
  }
  template <class O>
  static std::string path(const O& optimizer, std::size_t k) {
    return optimizer.store_.path(k);
  }
  template <class O>
  static std::pair<Eigen::Index, Eigen::Index> shape(const O& optimizer, std::size_t k) {
    return {optimizer.store_.record(k).rows, optimizer.store_.record(k).columns};
  }
  /// Lets block k begin after so many steps of the others.
  template <class O>
  static void begin_block(O& optimizer, std::size_t k, std::int64_t steps) {
    optimizer.store_.view().extras[k].clock.rested = steps;
  }
  /// f(tensor) for every slot.
  template <class O, class F>
  static void visit_slots(const std::string& prefix, O& optimizer, F&& f) {
    optimizer.for_each_state([&](const std::string& path, const std::string& name, auto values) {
      f(tensor_of_block(joined({prefix, "state/", path, "/", name}), values));
    });
  }

  /// Checks what `tensors` has of all that; the function that is returned takes it over, and does not throw.
  /// Errors: std::invalid_argument.
  template <class O>
  static std::function<void()> prepare(const std::string& prefix, O& optimizer, TensorIndex& tensors) {
    using P = typename O::Plan;
    std::vector<std::function<void()>> changes;
    auto prepare_value = [&]<class T>(const std::string& name, T& value) {
      T next = value;
      fill_value(tensors, name, next);
      changes.emplace_back([&value, next = std::move(next)]() mutable { value = std::move(next); });
    };
    visit_numbers(prefix, optimizer, prepare_value);
    visit_slots(prefix, optimizer, [&](const Tensor& place) {
      changes.emplace_back([from = tensor_for(tensors, place), place] { copy_tensor(from, place); });
    });
    auto rules = rules_at<P>(prefix, tensors, optimizer.engine_);
    if constexpr (has_clocks<P>) check_clocks(prefix, tensors, optimizer.store_);
    changes.emplace_back([&engine = optimizer.engine_, rules = std::move(rules)]() mutable {
      engine.rules_ = std::move(rules);
    });
    return [changes = std::move(changes)] {
      for (const auto& change : changes) change();
    };
  }

  /// Sets the count of steps, and lets what rules remember of the whole tree become what it is after so many steps, as
  /// far as it follows from the options.
  template <class O>
  static void replay(O& optimizer, std::int64_t steps) {
    using P = typename O::Plan;
    static_assert(!keeps_block_memories<P> && !has_clocks<P> && !any_matrix_rule<P>,
                  "descent: the state of this rule is not that of an optimizer of PyTorch");
    auto& engine = optimizer.engine_;
    const auto replay_leaf = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>) {
      if constexpr (!measures_tree<typename P::template Leaf<leaf>>)
        for (Step step; step.index < steps; ++step.index) {
          auto& memory = get<leaf>(engine.memories_[engine.current_]);
          next_memory(get<leaf>(engine.rules_), memory, memory, step, Nothing{});
        }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (replay_leaf(std::integral_constant<std::size_t, I>{}), ...);
    }(typename P::AllLeaves{});
    engine.steps_ = steps;
  }

  /// Gives the rules the rates of the steps to come.
  template <class O>
  static void set_rates(const std::string& prefix, O& optimizer, TensorIndex& tensors) {
    optimizer.engine_.rules_ = rules_at<typename O::Plan>(prefix, tensors, optimizer.engine_);
  }

 private:
  /// The rules with the rates of the steps to come.
  template <class P, class Engine>
  static typename P::Rules rules_at(const std::string& prefix, TensorIndex& tensors, const Engine& engine) {
    std::int64_t steps = 0, skipped = 0;
    double factor = 1;
    fill_value(tensors, prefix + "steps", steps);
    fill_value(tensors, prefix + "skipped_steps", skipped);
    fill_value(tensors, prefix + "learning_rate_factor", factor);
    refuse_negative(tensors, prefix + "steps", steps);
    refuse_negative(tensors, prefix + "skipped_steps", skipped);
    Check(tensors.owner())(prefix + "learning_rate_factor", factor, legal::non_negative);
    typename P::Rules rules = P::rules(P::node(*engine.rule_));
    scale_rates<P>(rules, factor, typename P::AllLeaves{});
    check_leaves<P>(rules, steps, Engine::largest, typename P::AllLeaves{});
    return rules;
  }
  template <class Store>
  static void check_clocks(const std::string& prefix, TensorIndex& tensors, Store& store) {
    std::int64_t steps = 0, rested = 0;
    fill_value(tensors, prefix + "steps", steps);
    for (std::size_t k = 0; k < store.count(); ++k) {
      const std::string name = joined({prefix, "clock/", store.path(k), "/rested"});
      fill_value(tensors, name, rested);
      if (rested < 0 || rested > steps)
        tensors.fail({"'", name, "' is ", std::to_string(rested), " of ", std::to_string(steps), " steps"});
    }
  }
  static void refuse_negative(const TensorIndex& tensors, std::string_view name, std::int64_t count) {
    if (count < 0) tensors.fail({"'", name, "' is ", std::to_string(count), ", must be at least 0"});
  }

  template <class P, class View>
  static std::uint64_t leaves_of(const View& view, std::size_t k) {
    const VariantInfo& info = variant_infos<P>[view.layouts[k].state_variant];
    return info.freezes ? 0 : info.leaves;
  }
};

template <class T>
concept HasEngineState = StateAccess::has_engine<T>;

/// An optimizer among what an object remembers.
template <HasEngineState O>
void visit_engine_state(const std::string& name, O& optimizer, TensorCollector& collector) {
  const std::string prefix = name.empty() ? "" : name + "/";
  auto visit = [&](const std::string& each, auto& value) { visit_value(each, value, collector); };
  StateAccess::visit_numbers(prefix, optimizer, visit);
  StateAccess::visit_slots(prefix, optimizer,
                           [&](const Tensor& tensor) { collector.tensors.push_back(tensor); });
}
template <HasEngineState O>
void visit_engine_state(const std::string& name, O& optimizer, TensorFiller& filler) {
  StateAccess::prepare(name + "/", optimizer, filler.index())();
}

}  // namespace descent::detail
