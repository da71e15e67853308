// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/tree_pass.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Blocks that may rest at a step, each with a clock of its own: what rules remember of the steps so far is
// kept for each block, and so are the constants of a step. What is measured over the tree stays common.

namespace descent::detail {

template <class R>
concept KeepsBlockClocks = requires { requires R::keeps_block_clocks; };

template <class P, std::size_t... I>
constexpr bool any_block_clocks(std::index_sequence<I...>) {
  return (KeepsBlockClocks<typename P::template Leaf<I>> || ...);
}

template <class P, class AllConstants>
struct BlockClock {
  // Two of them, as in the engine: a step writes the spare one.
  std::array<typename P::Memories, 2> memories{};
  AllConstants constants{};
  std::size_t current = 0;
  std::int64_t rested = 0;
  bool absent = false;
};

template <class P, class AllConstants>
class BlockClocks {
 public:
  using Clock = BlockClock<P, AllConstants>;

  void bind(std::size_t blocks) {
    clocks_.assign(blocks, Clock{});
    blocks_ = blocks;
  }
  std::size_t size() const { return clocks_.size(); }
  void reset() {
    for (Clock& clock : clocks_) clock = Clock{};
  }
  Clock& operator[](std::size_t block) { return clocks_[block]; }
  const Clock& operator[](std::size_t block) const { return clocks_[block]; }
  auto begin() { return clocks_.begin(); }
  auto end() { return clocks_.end(); }

  /// Which blocks rest at this step.
  void set_absent(std::span<const std::size_t> absent, std::string_view rule) {
    if (clocks_.size() != blocks_) [[unlikely]]
      fail_invalid_argument(std::string(rule) + ": the optimizer was moved from");
    for (const std::size_t block : absent)
      if (block >= clocks_.size()) fail_absent(block, rule);
    for (Clock& clock : clocks_) clock.absent = false;
    for (const std::size_t block : absent) clocks_[block].absent = true;
  }

  /// The step was taken.
  void advance() {
    for (Clock& clock : clocks_) {
      if (clock.absent) {
        ++clock.rested;
      } else {
        clock.current = 1 - clock.current;
      }
    }
  }

  /// f(clock, first_chunk, block, ...) for every block that has a gradient.
  template <class F, class Tree, class... Others>
  void for_each_present(F&& f, Tree& tree, Others&... others) {
    ChunkCounter counter;
    std::size_t index = 0;
    auto visit = [&](auto& block, auto&... beside) {
      const std::size_t chunk = counter.next(static_cast<std::size_t>(block.size())).first;
      Clock& clock = clocks_[index++];
      if (!clock.absent) f(clock, chunk, block, beside...);
    };
    walk(visit, tree, others...);
  }

 private:
  [[noreturn]] DESCENT_COLD void fail_absent(std::size_t block, std::string_view rule) const {
    fail_invalid_argument(std::string(rule) + ": the absent block " + std::to_string(block) +
                          " is not among the " + std::to_string(clocks_.size()) + " blocks of the tree");
  }

  std::vector<Clock> clocks_;
  std::size_t blocks_ = 0;
};

/// The memory of a rule that measures the tree, after this step.
template <class R, class Measured>
DESCENT_OUTLINED void advance_common(const R& rule, const typename MemoryOf<R>::type& before,
                                     typename MemoryOf<R>::type& next, const Step& step,
                                     const Measured& measured) {
  next_memory(rule, before, next, step, measured);
}
/// Its constants for one block.
template <std::size_t I, class R, class AllConstants, class Measured>
DESCENT_OUTLINED void set_common_constants(const R& rule, const typename MemoryOf<R>::type& memory,
                                           const Step& step, const Measured& measured,
                                           AllConstants& constants) {
  set_constants<I>(constants, coefficients(rule, memory, step, measured));
}

/// One step of the blocks that are present.
template <class P, class AllConstants, class Context>
class ClockedStep {
 public:
  using Clocks = BlockClocks<P, AllConstants>;
  using Clock = typename Clocks::Clock;

  ClockedStep(Clocks& clocks, const Context& common, std::size_t variant)
      : clocks_(clocks), common_(common), variant_(variant) {}

  /// False where a rule skips the step.
  template <class Tree, class Gradient, class States>
  bool take(Tree& parameters, const Gradient& gradient, States& states) {
    for (Clock& clock : clocks_) {
      if (clock.absent) continue;
      prepare_rules<P>(typename P::AllLeaves{}, common_.rules, clock.memories[clock.current],
                       clock.memories[1 - clock.current], step_of(clock), clock.constants);
    }
    if (!measure_all(typename P::AllLeaves{}, parameters, gradient, states)) return false;
    measure_on_the_way(parameters, gradient, states);
    auto commit = [&](Clock& clock, std::size_t, auto& block, const auto& block_gradient, auto& state) {
      const Context own = context_of(clock);
      Commit<P, Among::all_blocks, AllConstants, Context>{clock.constants, own, variant_}(
          WholeBlock{}, 0, block, block_gradient, state);
    };
    clocks_.for_each_present(commit, parameters, gradient, states);
    clocks_.advance();
    return true;
  }

 private:
  Step step_of(const Clock& clock) const {
    Step step = common_.step;
    step.rested = clock.rested;
    return step;
  }
  Context context_of(Clock& clock) const {
    return {common_.rules, clock.memories[clock.current], clock.memories[1 - clock.current], step_of(clock),
            nullptr};
  }

  template <std::size_t... I, class Tree, class Gradient, class States>
  bool measure_all(std::index_sequence<I...>, const Tree& parameters, const Gradient& gradient,
                   States& states) {
    return (measure_leaf<I>(parameters, gradient, states) && ...);
  }

  template <std::size_t I, class Tree, class Gradient, class States>
  bool measure_leaf([[maybe_unused]] const Tree& parameters, [[maybe_unused]] const Gradient& gradient,
                    [[maybe_unused]] States& states) {
    using R = typename P::template Leaf<I>;
    if constexpr (measures_tree<R>) {
      const R& rule = get<I>(common_.rules);
      const auto known = known_measurement<I, P>(common_);
      const auto measured = known.has_value() ? *known : measure<I>(parameters, gradient, states);
      auto& memory = get<I>(common_.memories);
      advance_common(rule, get<I>(common_.before), memory, common_.step, measured);
      if constexpr (MaySkip<R>) {
        if (rule.skips(measured)) {
          get<I>(common_.before) = memory;
          return false;
        }
      }
      for (Clock& clock : clocks_)
        if (!clock.absent) set_common_constants<I>(rule, memory, step_of(clock), measured, clock.constants);
    }
    return true;
  }

  /// What rule I measures over the blocks that are present.
  template <std::size_t I, class Tree, class Gradient, class States>
  auto measure(const Tree& parameters, const Gradient& gradient, States& states) {
    using R = typename P::template Leaf<I>;
    ChunkSums<R> sums;
    auto add = [&](Clock& clock, std::size_t chunk, const auto& block, const auto& block_gradient,
                   auto& state) {
      const Context own = context_of(clock);
      const auto measuring =
          measuring_constants(get<I>(common_.rules), get<I>(common_.before), own.step);
      TreeMeasurement<I, P, AllConstants, Context>{clock.constants, own, variant_, measuring, sums}(
          WholeBlock{}, chunk, block, block_gradient, state);
    };
    clocks_.for_each_present(add, parameters, gradient, states);
    sums.close();
    return sums.total.measured();
  }

  /// For a rule that uses at the next step what is measured at this one.
  template <class Tree, class Gradient, class States>
  void measure_on_the_way([[maybe_unused]] const Tree& parameters, [[maybe_unused]] const Gradient& gradient,
                          [[maybe_unused]] States& states) {
    constexpr std::size_t I = on_the_way<P>;
    if constexpr (I < P::leaves) {
      if (!get<I>(common_.rules).measures_on_the_way()) return;
      auto& memory = get<I>(common_.memories);
      memory.measured = true;
      memory.last = measure<I>(parameters, gradient, states);
    }
  }

  Clocks& clocks_;
  const Context& common_;
  std::size_t variant_;
};

}  // namespace descent::detail
