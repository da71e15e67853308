// SPDX-License-Identifier: MIT
#pragma once

#include "support/no_malloc.hpp"

#include "support/all_rules.hpp"
#include "support/rule_under_test.hpp"

#include <descent/core/saved_state.hpp>
#include <descent/runtime/rule_to_string.hpp>
#include <descent/testing/conformance_erasure.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// Makes a RuleUnderTest from a rule of the list: the only place where the property tests instantiate
// optimizers.

namespace test {

/// Takes a step; rules that use the loss receive 2.
template <class Tree, class Rule, class StateStorage, class Parameters, class Gradient>
void step_along(descent::Optimizer<Tree, Rule, StateStorage>& optimizer, Parameters& parameters,
                const Gradient& gradient) {
  using Plan = descent::detail::Plan<Rule>;
  if constexpr (descent::detail::any_needs_loss<Plan>(typename Plan::AllLeaves{})) {
    optimizer.step(parameters, gradient, 2.0);
  } else {
    optimizer.step(parameters, gradient);
  }
}

template <class Make>
using RuleOf = decltype(std::declval<const Make&>()());

template <class Base, class S, class Tree, class Gradient, class Rule>
class OptimizerOf : public Base {
 public:
  OptimizerOf(const Tree& parameters, Rule rule) : optimizer(parameters, std::move(rule)) {}

  void step(Tree& parameters, const Gradient& gradient) override {
    step_along(optimizer, parameters, gradient);
  }
  std::int64_t steps() const override { return optimizer.steps(); }
  void reset() override { optimizer.reset(); }
  std::vector<Slot<S>> state() override {
    std::vector<Slot<S>> slots;
    optimizer.for_each_state([&](const std::string& path, const std::string& name, const auto& values) {
      slots.push_back({path, name, values});
    });
    return slots;
  }

  descent::Optimizer<Tree, Rule> optimizer;
};

/// A user's functor, which descent must assume to throw; and this one does.
template <class S>
struct Throwing {
  Eigen::Index* left;
  S operator()(S x) const {
    if ((*left)-- == 0) throw 1;
    return x;
  }
};

template <class S, class Rule>
class BlocksOptimizerOf final : public OptimizerOf<BlocksOptimizer<S>, S, Blocks<S>, Gradients<S>, Rule> {
  using Base = OptimizerOf<BlocksOptimizer<S>, S, Blocks<S>, Gradients<S>, Rule>;
  using Interface = BlocksOptimizer<S>;

 public:
  using Base::Base;

  void step_with_throwing_gradient(Blocks<S>& parameters, const Gradients<S>& gradient,
                                   Eigen::Index bad) override {
    std::vector<Eigen::CwiseUnaryOp<Throwing<S>, const Matrix<S>>> expressions;
    expressions.reserve(gradient.size());
    for (const Matrix<S>& block : gradient) expressions.push_back(block.unaryExpr(Throwing<S>{&bad}));
    step_along(this->optimizer, parameters, expressions);
  }
  std::vector<descent::SavedTensor> tensors() override { return descent::saved_state(this->optimizer); }
  void set_tensors(std::span<const descent::SavedTensor> tensors) override {
    descent::restore_state(this->optimizer, tensors);
  }
  std::unique_ptr<Interface> copy() const override { return std::make_unique<BlocksOptimizerOf>(*this); }
  std::unique_ptr<Interface> move() override { return std::make_unique<BlocksOptimizerOf>(std::move(*this)); }
  void assign(const Interface& other) override {
    this->optimizer = static_cast<const BlocksOptimizerOf&>(other).optimizer;
  }
  void move_assign(Interface& other) override {
    this->optimizer = std::move(static_cast<BlocksOptimizerOf&>(other).optimizer);
  }
  void set_same_rule() override { this->optimizer.set_rule(this->optimizer.rule()); }
};

/// Sets each epsilon to 0 in a rule, or in the parts of a chain.
template <class Rule>
void clear_epsilons(Rule& rule) {
  if constexpr (descent::detail::is_chain<Rule>)
    rule.rules.apply([](auto&... each) { (clear_epsilons(each), ...); });
  if constexpr (requires { rule.epsilon = 0.0; }) rule.epsilon = 0.0;
  if constexpr (requires { rule.epsilon_root = 0.0; }) rule.epsilon_root = 0.0;
}

template <class S, class Make>
void add_blocks(Makers<S>& makers, Make) {
  makers.blocks = [](const Blocks<S>& parameters) -> std::unique_ptr<BlocksOptimizer<S>> {
    return std::make_unique<BlocksOptimizerOf<S, RuleOf<Make>>>(parameters, Make{}());
  };
  makers.blocks_with = [](const Blocks<S>& parameters,
                          const void* rule) -> std::unique_ptr<BlocksOptimizer<S>> {
    return std::make_unique<BlocksOptimizerOf<S, RuleOf<Make>>>(parameters,
                                                                *static_cast<const RuleOf<Make>*>(rule));
  };
  makers.without_epsilon = [](const Blocks<S>& parameters) -> std::unique_ptr<BlocksOptimizer<S>> {
    auto rule = Make{}();
    clear_epsilons(rule);
    return std::make_unique<BlocksOptimizerOf<S, RuleOf<Make>>>(parameters, std::move(rule));
  };
}

template <class S, class Make>
void add_broken(Makers<S>& makers, Make) {
  makers.broken = [](const Blocks<S>& parameters, std::size_t option, std::int64_t from,
                     double value) -> std::unique_ptr<BlocksOptimizer<S>> {
    auto rule = Make{}();
    descent::testing::conformance::break_option(rule, option, from, value);
    return std::make_unique<BlocksOptimizerOf<S, RuleOf<Make>>>(parameters, std::move(rule));
  };
}

template <class S, class Make>
void add_views(Makers<S>& makers, Make) {
  makers.views = [](const Views<S>& parameters) -> std::unique_ptr<ViewsOptimizer<S>> {
    return std::make_unique<OptimizerOf<ViewsOptimizer<S>, S, Views<S>, ViewsGradient<S>, RuleOf<Make>>>(
        parameters, Make{}());
  };
}

template <class S, class Make>
void add_fixed(Makers<S>& makers, Make) {
  using Made = OptimizerOf<FixedOptimizer<S>, S, Fixed<S>, Fixed<S>, RuleOf<Make>>;
  makers.fixed = [](const Fixed<S>& parameters) -> std::unique_ptr<FixedOptimizer<S>> {
    return std::make_unique<Made>(parameters, Make{}());
  };
  static const RuleOf<Make> rule = Make{}();  // its own memory is not counted
  makers.on_the_stack = [](Fixed<S>& parameters, const Fixed<S>& gradient, void (*made)()) {
    Made optimizer(parameters, rule);
    made();
    for (int k = 0; k < 3; ++k) optimizer.step(parameters, gradient);
    optimizer.reset();
  };
}

template <class Plan, std::size_t... I>
constexpr bool any_measures(std::index_sequence<I...>) {
  return (descent::detail::Measures<typename Plan::template Leaf<I>> || ...);
}
template <class Plan, std::size_t... I>
constexpr bool any_takes_matrices(std::index_sequence<I...>) {
  return (descent::detail::MatrixRule<typename Plan::template Leaf<I>> || ...);
}

/// A rule that draws a number for each element.
template <class R>
concept DrawsNumbers = requires(const R& rule) { rule.seed; };
/// A rule that treats the rows of a matrix differently from its columns.
template <class R>
concept HasUnits = requires(const R& rule) { rule.units; };

template <class Plan, std::size_t... I>
constexpr bool any_draws_numbers(std::index_sequence<I...>) {
  return (DrawsNumbers<typename Plan::template Leaf<I>> || ...);
}
template <class Plan, std::size_t... I>
constexpr bool any_has_units(std::index_sequence<I...>) {
  return (HasUnits<typename Plan::template Leaf<I>> || ...);
}

/// One of two, by the rule's type alone, so that rules of one type share their code.
template <class Rule>
constexpr bool tossed() {
  unsigned sum = 0;
  for (const char c : descent::detail::qualified_type_name<Rule>()) sum += static_cast<unsigned char>(c);
  return sum % 2 == 0;
}

/// Fills in the properties of a rule.
template <class Make>
void describe_rule(RuleUnderTest& result, const NamedRule<Make>& rule) {
  using Rule = RuleOf<Make>;
  using Plan = descent::detail::Plan<Rule>;
  using Leaves = typename Plan::AllLeaves;
  result.name = rule.name;
  result.text = descent::to_string(rule.make());
  result.type = &type_mark<Rule>;
  result.climbs = (rule.notes & climbing) != 0;
  result.needs_heap = (rule.notes & needs_heap) != 0;
  result.takes_whole_matrices = any_takes_matrices<Plan>(Leaves{});
  result.draws_numbers = any_draws_numbers<Plan>(Leaves{});
  result.has_units = any_has_units<Plan>(Leaves{});
  result.elementwise = Plan::uniform && !result.takes_whole_matrices && !any_measures<Plan>(Leaves{});
  result.description = descent::testing::conformance::describe(rule.make());
}

inline constexpr std::size_t count_of_rules = decltype(all_rules)::count;

/// Whether this build tests rule number `rule`: first_rule, first_rule + stride, ... (DESCENT_TEST_RULES of CMake).
constexpr bool is_tested(std::size_t rule) {
  constexpr std::size_t stride = DESCENT_TEST_RULE_STRIDE, first_rule = DESCENT_TEST_FIRST_RULE;
  return rule % stride == first_rule;
}

/// The part of each rule, counted from 1; 0: not tested. Rules of the same type are in one part, because they
/// share code; consecutive types are in different parts, because expensive types are often consecutive.
inline constexpr auto part_of_rule = []<std::size_t... I>(std::index_sequence<I...>) {
  // Names: under -fsanitize=undefined, g++ does not compare the addresses of marks in a constant.
  const std::string_view types[] = {
      descent::detail::qualified_type_name<decltype(get<I>(all_rules).make())>()...};
  std::array<std::size_t, sizeof...(I)> part{};
  std::size_t next = 0;
  for (std::size_t k = 0; k < part.size(); ++k) {
    if (!is_tested(k)) continue;
    std::size_t same = 0;
    while (!is_tested(same) || types[same] != types[k]) ++same;
    part[k] = same < k ? part[same] : next++ % DESCENT_TEST_PARTS + 1;
  }
  return part;
}(std::make_index_sequence<count_of_rules>());

template <bool in_float>
auto& of(RuleUnderTest& rule) {
  if constexpr (in_float) {
    return rule.of_float;
  } else {
    return rule.of_double;
  }
}

/// The groups of code compiled for a rule. Views and blocks of fixed size have one element type each
/// (tossed), or compiling takes too long.
enum class Share : std::size_t { blocks_of_float, blocks_of_double, views, fixed };
inline constexpr std::size_t shares = 4;

/// The part of a share of a rule that is spread over several parts.
constexpr std::size_t part_of_share(std::size_t rule, Share share) {
  constexpr std::size_t parts = DESCENT_TEST_PARTS;
  return (part_of_rule[rule] + parts - 1 + static_cast<std::size_t>(share) * parts / shares) % parts + 1;
}

/// Whether a share of a rule is in a part. All shares of a rule are in one part, because its trees share
/// code; but rules of whole matrices, which share little code and take long, are spread.
template <std::size_t rule, std::size_t part>
constexpr bool is_in_part(Share share) {
  constexpr std::size_t own = part_of_rule[rule];
  if constexpr (own == 0 ||
                (part != own && part != part_of_share(rule, Share::blocks_of_double) &&
                 part != part_of_share(rule, Share::views) && part != part_of_share(rule, Share::fixed))) {
    return false;
  } else {
    using Plan = descent::detail::Plan<RuleOf<decltype(get<rule>(all_rules).make)>>;
    return part == (any_takes_matrices<Plan>(typename Plan::AllLeaves{}) ? part_of_share(rule, share) : own);
  }
}

template <std::size_t part, std::size_t I>
void add_rule(RuleUnderTest& result) {
  constexpr const auto& rule = get<I>(all_rules);
  if constexpr (is_in_part<I, part>(Share::blocks_of_float)) {
    describe_rule(result, rule);
    add_blocks(result.of_float, rule.make);
  }
  if constexpr (is_in_part<I, part>(Share::blocks_of_double)) {
    add_broken(result.of_double, rule.make);
    add_blocks(result.of_double, rule.make);
  }
  if constexpr (is_in_part<I, part>(Share::views)) {
    constexpr bool in_float = tossed<RuleOf<decltype(rule.make)>>();
    add_views(of<in_float>(result), rule.make);
  }
  if constexpr (is_in_part<I, part>(Share::fixed)) {
    constexpr bool in_float = !tossed<RuleOf<decltype(rule.make)>>();
    add_fixed(of<in_float>(result), rule.make);
  }
}

template <std::size_t part>
void add_part(std::vector<RuleUnderTest>& rules) {
  rules.resize(count_of_rules);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (add_rule<part, I>(rules[I]), ...);
  }(std::make_index_sequence<count_of_rules>());
}

}  // namespace test
