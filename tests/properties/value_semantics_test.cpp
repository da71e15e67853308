// SPDX-License-Identifier: MIT
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <memory>

// Optimizers are values: copies are independent and equal, moves transfer everything, reset clears
// everything.

namespace {

using namespace test;

const Shapes shapes = {{3, 5}, {17, 1}, {4, 2}};

/// An optimizer with its parameters, after some steps.
template <class S>
struct Run {
  explicit Run(const RuleUnderTest& rule, std::size_t steps = 3)
      : gradients(random_gradients<S>(shapes, 6, 2)),
        data(random_blocks<S>(shapes, 1)),
        optimizer(rule.of<S>().blocks(data.blocks)) {
    for (std::size_t k = 0; k < steps; ++k) step(k);
  }
  /// The same parameters, with the given optimizer.
  Run(const Run& other, std::unique_ptr<BlocksOptimizer<S>> moved)
      : gradients(other.gradients), data(other.data.values()), optimizer(std::move(moved)) {}

  void step(std::size_t k) { optimizer->step(data.blocks, gradients[k]); }
  Outcome<S> now() const { return outcome(*optimizer, data); }

  std::vector<Gradients<S>> gradients;
  BlockData<S> data;
  std::unique_ptr<BlocksOptimizer<S>> optimizer;
};

template <class S>
void check_values(const RuleUnderTest& rule) {
  Run<S> original(rule), expected(rule);
  const auto before = original.now();

  Run<S> copy(original, original.optimizer->copy());
  CHECK(copy.optimizer->steps() == 3);
  copy.step(3);
  copy.step(4);
  CHECK(difference(original.now(), before) == "");  // the copy's steps are its own
  CHECK(original.optimizer->steps() == 3);

  expected.step(3);
  expected.step(4);
  CHECK(difference(copy.now(), expected.now()) == "");

  original.optimizer->assign(*original.optimizer);  // to itself
  CHECK(difference(original.now(), before) == "");
  original.optimizer->set_same_rule();
  CHECK(difference(original.now(), before) == "");
  original.step(3);
  original.step(4);
  CHECK(difference(original.now(), expected.now()) == "");

  Run<S> assigned(rule, 1);
  assigned.optimizer->assign(*expected.optimizer);
  assigned.data.blocks[0] = expected.data.blocks[0];
  assigned.data.blocks[1] = expected.data.blocks[1];
  assigned.data.blocks[2] = expected.data.blocks[2];
  Run<S> moved(expected, expected.optimizer->copy()->move());
  Run<S> move_assigned(expected, rule.of<S>().blocks(expected.data.blocks));
  move_assigned.optimizer->move_assign(*expected.optimizer->copy());
  expected.step(5);
  for (Run<S>* other : {&assigned, &moved, &move_assigned}) {
    CHECK(other->optimizer->steps() == 5);
    other->step(5);
    CHECK(difference(other->now(), expected.now()) == "");
  }
}

template <class S>
void check_reset(const RuleUnderTest& rule) {
  Run<S> used(rule, 5), fresh(rule, 0);
  used.optimizer->reset();
  CHECK(used.optimizer->steps() == 0);
  Run<S> again(fresh, std::move(used.optimizer));
  CHECK(difference(again.now(), fresh.now()) == "");
  for (std::size_t k = 0; k < 3; ++k) {
    again.step(k);
    fresh.step(k);
    CHECK(difference(again.now(), fresh.now()) == "");
  }
}

}  // namespace

TEST_CASE("every rule: copy, move, assignment, also to itself, and the same rule set again") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    check_values<float>(rule);
    check_values<double>(rule);
  }
}

TEST_CASE("every rule: after reset as new") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    check_reset<float>(rule);
    check_reset<double>(rule);
  }
}

TEST_CASE("every rule: what was moved from refuses to step") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    Run<float> run(rule);
    const auto moved = run.optimizer->move();
    CHECK_THROWS_AS(run.step(3), std::invalid_argument);
  }
}
