// SPDX-License-Identifier: MIT
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <memory>
#include <stdexcept>

// A step happens or it does not: after any error, parameters, state, step number and the rule's memory must
// be unchanged. The test continues in parallel with a twin that had no error.

namespace {

using namespace test;

const Shapes shapes = {{3, 5}, {17, 1}, {4, 2}};

template <class S>
struct Twins {
  explicit Twins(const RuleUnderTest& rule)
      : start(random_blocks<S>(shapes, 1)),
        gradients(random_gradients<S>(shapes, 6, 2)),
        disturbed_data(start),
        twin_data(start),
        disturbed(rule.of<S>().blocks(disturbed_data.blocks)),
        twin(rule.of<S>().blocks(twin_data.blocks)) {}

  void step(std::size_t k) {
    disturbed->step(disturbed_data.blocks, gradients[k]);
    twin->step(twin_data.blocks, gradients[k]);
  }
  std::string compare() const {
    if (disturbed->steps() != twin->steps()) return "another step number";
    return difference(outcome(*disturbed, disturbed_data), outcome(*twin, twin_data));
  }

  std::vector<Matrix<S>> start;
  std::vector<Gradients<S>> gradients;
  BlockData<S> disturbed_data, twin_data;
  std::unique_ptr<BlocksOptimizer<S>> disturbed, twin;
};

/// Something fails before the first step, and again after each.
template <class S, class Fail>
void check_that_failing_changes_nothing(const RuleUnderTest& rule, Fail fail) {
  Twins<S> twins(rule);
  fail(twins);
  CHECK(twins.compare() == "");
  for (std::size_t k = 0; k < 4; ++k) {
    twins.step(k);
    CHECK(twins.compare() == "");
    fail(twins);
    CHECK(twins.compare() == "");
  }
}

template <class S>
void fail_with_wrong_shapes(Twins<S>& twins) {
  auto refused = [&](Blocks<S>& parameters, const Gradients<S>& gradient) {
    CHECK_THROWS_AS(twins.disturbed->step(parameters, gradient), std::invalid_argument);
  };
  Blocks<S>& blocks = twins.disturbed_data.blocks;
  Gradients<S> gradient = twins.gradients[5];
  gradient[2] = gradient[2].transpose().eval();
  refused(blocks, gradient);  // the last block's gradient is transposed
  gradient.pop_back();
  refused(blocks, gradient);  // one is missing
  gradient = twins.gradients[5];
  gradient.push_back(gradient[0]);
  refused(blocks, gradient);  // one too many

  gradient = twins.gradients[5];
  Blocks<S> reshaped(blocks.begin(), blocks.end() - 1);
  reshaped.emplace_back(blocks[2].data(), 2, 4);
  refused(reshaped, gradient);  // other parameters
  Blocks<S> smaller;
  smaller.emplace_back(blocks[0].data(), 3, 4);
  smaller.insert(smaller.end(), blocks.begin() + 1, blocks.end());
  gradient[0] = gradient[0].leftCols(4).eval();
  refused(smaller, gradient);  // other parameters with a gradient that fits them
  Blocks<S> two(blocks.begin(), blocks.end() - 1);
  refused(two, twins.gradients[5]);
  refused(two, {twins.gradients[5][0], twins.gradients[5][1]});
}

}  // namespace

TEST_CASE("every rule: a wrong shape changes nothing") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    check_that_failing_changes_nothing<float>(rule, fail_with_wrong_shapes<float>);
    check_that_failing_changes_nothing<double>(rule, fail_with_wrong_shapes<double>);
  }
}

TEST_CASE("every rule: a gradient that throws changes nothing") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    auto fail = [](auto& twins) {
      for (const Eigen::Index bad : {0, 15, 39})
        CHECK_THROWS_AS(twins.disturbed->step_with_throwing_gradient(twins.disturbed_data.blocks,
                                                                     twins.gradients[5], bad),
                        int);
    };
    check_that_failing_changes_nothing<float>(rule, fail);
    check_that_failing_changes_nothing<double>(rule, fail);
  }
}

TEST_CASE("every rule: a gradient that could throw and does not is an ordinary one") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    Twins<double> twins(rule);
    twins.disturbed->step_with_throwing_gradient(twins.disturbed_data.blocks, twins.gradients[0], 1000);
    twins.twin->step(twins.twin_data.blocks, twins.gradients[0]);
    CHECK(twins.compare() == "");
  }
}

TEST_CASE("a step too many would be found") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    Twins<float> twins(rule);
    twins.step(0);
    twins.disturbed->step(twins.disturbed_data.blocks, twins.gradients[1]);
    CHECK(twins.compare() != "");
  }
}
