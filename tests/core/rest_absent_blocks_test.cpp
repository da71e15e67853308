// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/asgd.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/polyak_step.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <array>
#include <limits>
#include <string>
#include <vector>

using namespace descent;
using test::refusal_of;

namespace {

using Tree = std::vector<Eigen::MatrixXd>;

Tree blocks(unsigned seed) {
  std::srand(seed);
  return {Eigen::MatrixXd::Random(5, 3), Eigen::MatrixXd::Random(2, 4), Eigen::MatrixXd::Random(1, 7)};
}

AbsentBlocks absent(const std::vector<std::size_t>& indices) { return AbsentBlocks(indices); }

const std::vector<std::size_t> none, first{0}, last_two{1, 2}, all{0, 1, 2};

std::vector<Eigen::MatrixXd> state_of(auto& optimizer) {
  std::vector<Eigen::MatrixXd> values;
  optimizer.for_each_state(
      [&](const std::string&, const std::string&, const auto& slot) { values.push_back(slot); });
  return values;
}

}  // namespace

TEST_CASE("with all gradients there, blocks that may rest are stepped as they are without") {
  Tree resting = blocks(1), plain = resting;
  const auto rule = ClipByGlobalNorm{.max_norm = 0.5} | AdamW{.learning_rate = [](std::int64_t k) {
                      return 0.1 / (1.0 + static_cast<double>(k));
                    }};
  Optimizer may_rest(resting, RestAbsentBlocks{} | rule);
  Optimizer optimizer(plain, rule);
  for (unsigned k = 0; k < 4; ++k) {
    may_rest.step(resting, blocks(10 + k), absent(none));
    optimizer.step(plain, blocks(10 + k));
  }
  for (std::size_t b = 0; b < plain.size(); ++b) CHECK(test::difference(resting[b], plain[b]) == "");
}

TEST_CASE("a block that rests keeps its values, its state and its count of steps") {
  Tree tree = blocks(1);
  Eigen::MatrixXd alone = tree[0];
  Optimizer optimizer(tree, RestAbsentBlocks{} | AdamW{.learning_rate = 0.1});
  Optimizer of_first(alone, AdamW{.learning_rate = 0.1});
  for (unsigned k = 0; k < 6; ++k) {
    const Tree gradient = blocks(10 + k), before = tree;
    const auto state = state_of(optimizer);
    const bool rests = k % 2 == 1;
    optimizer.step(tree, gradient, absent(rests ? first : none));
    if (!rests) of_first.step(alone, gradient[0]);
    CHECK(test::difference(tree[0], alone) == "");
    if (!rests) continue;
    CHECK(test::difference(tree[0], before[0]) == "");
    CHECK(state_of(optimizer)[0] == state[0]);
    CHECK(tree[1] != before[1]);
  }
  CHECK(optimizer.steps() == 6);
}

TEST_CASE("schedules keep the optimizer's count while a block rests") {
  Tree tree = blocks(1);
  Optimizer optimizer(
      tree, RestAbsentBlocks{} | Sgd{.learning_rate = [](std::int64_t k) { return static_cast<double>(k); }});
  optimizer.step(tree, blocks(2), absent(all));
  optimizer.step(tree, blocks(2), absent(all));
  const Tree before = tree, gradient = blocks(3);
  optimizer.step(tree, gradient);
  CHECK(tree[0].isApprox(before[0] - 2 * gradient[0]));
}

TEST_CASE("what is measured over the tree leaves out absent blocks, whose gradients are not read") {
  Tree tree = blocks(1);
  Tree gradient = blocks(2);
  const Tree before = tree;
  gradient[1].setConstant(std::numeric_limits<double>::quiet_NaN());
  gradient[2].setConstant(1e300);
  for (const bool delayed : {false, true}) {
    tree = before;
    Optimizer optimizer(tree, ClipByGlobalNorm{.max_norm = 0.01, .delayed = delayed} | RestAbsentBlocks{} |
                                  Sgd{.learning_rate = 1});
    optimizer.step(tree, gradient, absent(last_two));
    CHECK((tree[0] - before[0]).norm() == Approx(0.01));
    CHECK(tree[1] == before[1]);
    CHECK(tree[2] == before[2]);
  }
}

TEST_CASE("an estimate over the tree is common to blocks, also to one that comes late") {
  Tree tree = blocks(1);
  Optimizer optimizer(tree, RestAbsentBlocks{} | Prodigy{.initial_distance = 0.01});
  const Tree target = blocks(9);
  const auto gradient = [&] {
    Tree slope = tree;
    for (std::size_t b = 0; b < tree.size(); ++b) slope[b] -= target[b];
    return slope;
  };
  for (int k = 0; k < 5; ++k) optimizer.step(tree, gradient(), absent(first));
  const double estimate = optimizer.rule_state<Prodigy>().d;
  CHECK(estimate > 0.01);
  const Eigen::MatrixXd before = tree[0];
  optimizer.step(tree, gradient());
  CHECK(optimizer.rule_state<Prodigy>().d >= estimate);
  CHECK(tree[0].allFinite());
  CHECK((tree[0] - before).norm() > 0);
}

TEST_CASE("rules that measure each block let it rest") {
  Tree tree = blocks(1);
  Eigen::MatrixXd alone = tree[0];
  Optimizer optimizer(tree, RestAbsentBlocks{} | Lamb{.learning_rate = 0.1});
  Optimizer of_first(alone, Lamb{.learning_rate = 0.1, .max_gradient_norm = 1e9});
  for (unsigned k = 0; k < 4; ++k) {
    Tree gradient = blocks(10 + k);
    for (auto& block : gradient) block *= 1e-3;  // below the norm at which Lamb clips
    optimizer.step(tree, gradient, absent(k == 1 ? first : none));
    if (k != 1) of_first.step(alone, gradient[0]);
  }
  CHECK(tree[0].isApprox(alone, 1e-12));
}

TEST_CASE("a block that never had a gradient is evaluated where it is") {
  Tree tree = blocks(1);
  Optimizer optimizer(tree, RestAbsentBlocks{} | Asgd{.learning_rate = 0.1, .t0 = 0});
  for (int k = 0; k < 3; ++k) optimizer.step(tree, blocks(2), absent(last_two));
  const Tree point = optimizer.evaluation_point(tree);
  CHECK(point[0] != tree[0]);
  CHECK(point[1] == tree[1]);
}

TEST_CASE("reset, copies and set_rule know the clocks of the blocks") {
  const auto rule = RestAbsentBlocks{} | AdamW{.learning_rate = 0.1};
  Tree tree = blocks(1), other = tree;
  Optimizer optimizer(tree, rule), fresh(other, rule);
  for (unsigned k = 0; k < 3; ++k) optimizer.step(tree, blocks(k), absent(first));
  auto copy = optimizer;
  copy.set_rule(rule);
  Tree copied = tree;
  optimizer.step(tree, blocks(7));
  copy.step(copied, blocks(7));
  CHECK(tree == copied);
  optimizer.reset();
  tree = other;
  for (unsigned k = 0; k < 3; ++k) {
    optimizer.step(tree, blocks(k), absent(last_two));
    fresh.step(other, blocks(k), absent(last_two));
  }
  CHECK(tree == other);
}

TEST_CASE("a step that is skipped moves no block's clock") {
  Tree tree = blocks(1), other = tree;
  const auto rule = RestAbsentBlocks{} | SkipNonFinite{} | AdamW{.learning_rate = 0.1};
  Optimizer optimizer(tree, rule), undisturbed(other, rule);
  Tree bad = blocks(2);
  bad[1](0, 0) = std::numeric_limits<double>::infinity();
  optimizer.step(tree, bad, absent(first));
  CHECK(optimizer.rule_state<SkipNonFinite>().skipped == 1);
  optimizer.step(tree, blocks(3), absent(last_two));
  undisturbed.step(other, blocks(3), absent(last_two));
  CHECK(tree == other);
}

TEST_CASE("the numbers of absent blocks come from a selector, and must be in the tree") {
  Tree tree = blocks(1);
  const auto wide = block_indices(tree, [](const BlockInfo& block) { return block.columns > 3; });
  CHECK(wide == last_two);
  const auto named = block_indices(tree, [](const BlockInfo& block) { return block.path == "[0]"; });
  CHECK(named == first);
  const Tree before = tree;
  Optimizer optimizer(tree, RestAbsentBlocks{} | AdamW{});
  const std::vector<std::size_t> outside{1, 3};
  CHECK(refusal_of([&] { optimizer.step(tree, blocks(2), AbsentBlocks(outside)); }) ==
        "descent: AdamW: the absent block 3 is not among the 3 blocks of the tree");
  CHECK(tree == before);
  CHECK(optimizer.steps() == 0);
}

TEST_CASE("rules that use the loss are not stepped without") {
  Tree tree = blocks(1);
  const Tree before = tree;
  Optimizer optimizer(tree, RestAbsentBlocks{} | PolyakStep{});
  CHECK(refusal_of([&] { optimizer.step(tree, blocks(2), absent(first)); }) ==
        "descent: PolyakStep: loss is nan; this rule uses it, hand in {.loss = ...}");
  CHECK(tree == before);
  optimizer.step(tree, blocks(2), absent(first), {.loss = 2});
  CHECK(tree[0] == before[0]);
  CHECK(tree[1] != before[1]);
}

TEST_CASE("an optimizer that was moved from is not stepped") {
  Eigen::Vector2d x(1, 2);
  Optimizer optimizer(x, RestAbsentBlocks{} | AdamW{});
  auto taken = std::move(optimizer);
  taken.step(x, x);
  CHECK(refusal_of([&] { optimizer.step(x, x); }) == "descent: AdamW: the optimizer was moved from");
}
