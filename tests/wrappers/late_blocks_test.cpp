// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/descent.hpp>

#include <string>
#include <vector>

// If the first gradient of a block comes late, the block must take the steps of an optimizer constructed at that time: for
// every rule that distinguishes a first step or counts steps, with intervals that do not divide the delay.

using namespace descent;

namespace {

using Tree = std::vector<Eigen::MatrixXd>;

Eigen::MatrixXd random(unsigned seed) {
  std::srand(seed);
  return Eigen::MatrixXd::Random(4, 3);
}

template <class R>
void check_late_block(const char* name, const R& rule) {
  INFO(name);
  constexpr unsigned delay = 4, steps = 9;
  Tree tree{random(1), random(2)}, alone{random(2)};
  const std::vector<std::size_t> second{1};
  Optimizer together(tree, RestAbsentBlocks{} | rule);
  Optimizer of_second(alone, rule);
  for (unsigned k = 0; k < delay; ++k)
    together.step(tree, Tree{random(10 + k), random(0)}, AbsentBlocks(second));
  for (unsigned k = 0; k < steps; ++k) {
    const Eigen::MatrixXd gradient = random(50 + k);
    together.step(tree, Tree{random(30 + k), gradient});
    of_second.step(alone, Tree{gradient});
    CAPTURE(k);
    CHECK(test::difference(tree[1], alone[0]) == "");
  }
  CHECK(test::difference(together.evaluation_point(tree)[1], of_second.evaluation_point(alone)[0]) == "");
}

}  // namespace

TEST_CASE("a late block is stepped as by an optimizer of its own: averages and first steps") {
  check_late_block("Adam", Adam{.learning_rate = 0.1});
  check_late_block("Sgd", Sgd{.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.5});
  check_late_block("OptimisticGradientDescent", OptimisticGradientDescent{.learning_rate = 0.1});
  check_late_block("NAdam", NAdam{.learning_rate = 0.1});
  check_late_block("RAdam", RAdam{.learning_rate = 0.1, .beta2 = 0.9});
  check_late_block("Adopt", Adopt{.learning_rate = 0.1});
  check_late_block("Mars", Mars{.learning_rate = 0.1, .plain_first_step = true});
  check_late_block("Adan", Adan{.learning_rate = 0.1});
  check_late_block("AcProp", AcProp{.learning_rate = 0.1, .epsilon_root = 0.01});
  check_late_block("MadGrad", MadGrad{.learning_rate = 0.1});
  check_late_block("Adagrad", Adagrad{.learning_rate = 0.1, .learning_rate_decay = 0.1});
  check_late_block("Asgd", Asgd{.learning_rate = 0.1, .t0 = 2});
}

TEST_CASE("a late block is stepped as by an optimizer of its own: intervals and starts") {
  check_late_block("ScheduleFreeSgd", ScheduleFreeSgd{.learning_rate = 0.1, .step_power = 1});
  check_late_block("Ftrl", Ftrl{.learning_rate = 0.1, .l1 = 0.01});
  check_late_block("Cocob", Cocob{});
  check_late_block("Lookahead", Sgd{.learning_rate = 0.1, .momentum = 0.9} | Lookahead{.every = 3} |
                                    PullBackMomentum{.every = 3, .slow_is_buffer = true});
  check_late_block("Ema", Sgd{.learning_rate = 0.1} | Ema{.decay = 0.9, .start = 1, .every = 3});
  check_late_block("Swa", Sgd{.learning_rate = 0.1} | Swa{.start = 1, .every = 3});
  check_late_block("Shampoo", Shampoo{.learning_rate = 0.1, .momentum = 0.5, .refresh_every = 3});
  check_late_block("Soap", Soap{.learning_rate = 0.1, .refresh_every = 3});
  check_late_block("Lamb", Lamb{.learning_rate = 0.1, .max_gradient_norm = 1e9});
  check_late_block("DoG by layers", DoG{.initial = 0.1, .layerwise = true});
}

TEST_CASE("a late block does not jump if the rule estimates over the whole tree") {
  Tree tree{random(1), random(2)};
  const std::vector<std::size_t> second{1};
  Optimizer optimizer(tree, RestAbsentBlocks{} | DAdaptSgd{.momentum = 0.9});
  for (unsigned k = 0; k < 4; ++k)
    optimizer.step(tree, Tree{random(10 + k), random(0)}, AbsentBlocks(second));
  const Eigen::MatrixXd before = tree[1];
  optimizer.step(tree, Tree{random(20), random(21)});
  CHECK((tree[1] - before).norm() < 1e-3);
}
