// SPDX-License-Identifier: MIT
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <descent/runtime/parse_rule.hpp>

#include <cstddef>
#include <string>

// A rule whose text is chosen at run time takes the steps of the rule, to the last bit.

namespace {

using namespace test;

const Shapes shapes = {{5, 7}, {9, 1}, {16, 16}, {1, 3}, {70, 3}};
constexpr std::size_t steps = 8;

/// The text names things of the program, or what belongs to an Optimizer's type.
bool is_for_programs_only(const RuleUnderTest& rule) {
  return rule.text.find("<callable>") != std::string::npos ||
         rule.text.find("RestAbsentBlocks") != std::string::npos;
}

template <class S>
std::string difference_of_text(const RuleUnderTest& rule) {
  const auto start = random_blocks<S>(shapes, 1);
  const auto gradients = random_gradients<S>(shapes, steps, 2);
  BlockData<S> data(start);
  descent::AnyOptimizer<Blocks<S>> optimizer = descent::make_optimizer(data.blocks, rule.text);
  if (optimizer.rule() != rule.text) return "its text is " + optimizer.rule();
  const auto same_rule = rule.of<S>().blocks(data.blocks);
  BlockData<S> compiled(start);
  for (const auto& gradient : gradients) {
    optimizer.step(data.blocks, gradient, 2.0);
    same_rule->step(compiled.blocks, gradient);
  }
  for (std::size_t k = 0; k < start.size(); ++k) {
    const std::string found = difference(data.values()[k], compiled.values()[k]);
    if (!found.empty()) return "block " + std::to_string(k) + ": " + found;
  }
  return "";
}

}  // namespace

TEST_CASE("every rule that can be written as text takes the same steps at run time") {
  std::size_t said = 0;
  for (const RuleUnderTest& rule : rules_under_test()) {
    if (is_for_programs_only(rule)) continue;
    INFO(rule.name << ": " << rule.text);
    ++said;
    CHECK(difference_of_text<double>(rule) == "");
  }
  CHECK(said > rules_under_test().size() / 2);
}

TEST_CASE("a rule is made from its name and a map of options") {
  BlockData<double> data(random_blocks<double>({{4, 4}}, 1));
  const auto optimizer =
      descent::make_optimizer(data.blocks, "AdamW", {{"learning_rate", "0.01"}, {"beta1", "0.8"}});
  CHECK(optimizer.rule() == "AdamW{.learning_rate = 0.01, .beta1 = 0.8}");
}
