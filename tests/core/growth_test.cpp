// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/growth.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/novograd.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/soap.hpp>
#include <descent/optimizers/sparse_adam.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/lookahead.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/selectors.hpp>

#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

// An optimizer for a tree that has grown.

using namespace descent;
using test::refusal_of;

namespace {

struct Small {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)
};
/// With new blocks before, between and after the old ones.
struct Big {
  Eigen::MatrixXd first;
  Eigen::MatrixXd weights;
  Eigen::VectorXd between;
  Eigen::VectorXd bias;
  std::vector<Eigen::MatrixXd> more;
  DESCENT_PARAMETERS(first, weights, between, bias, more)
};

Small small(unsigned seed) {
  test::Numbers<double> numbers(seed);
  return {numbers.plain_matrix(3, 4), numbers.plain_matrix(5, 1)};
}
Big grown_from(const Small& old, unsigned seed) {
  test::Numbers<double> numbers(seed + 1000);
  return {numbers.plain_matrix(2, 2),
          old.weights,
          numbers.plain_matrix(3, 1),
          old.bias,
          {numbers.plain_matrix(1, 6)}};
}

/// Steps before and after growth. Old blocks must have the same bits as without growth, and new ones those of
/// an optimizer that starts at the same time with the old schedule (the rule `later`, shifted by `before`
/// steps).
template <class R, class Later>
void check_growth(const R& rule, const Later& later, unsigned before = 7) {
  Small model = small(1);
  Optimizer optimizer(model, rule);
  for (unsigned k = 0; k < before; ++k) optimizer.step(model, small(10 + k));
  Big big = grown_from(model, 5), alone = big;
  Optimizer grown(big, optimizer);
  Optimizer fresh(alone, later);
  CHECK(grown.steps() == before);
  for (unsigned k = before; k < before + 6; ++k) {
    INFO("step " << k);
    const Small gradient = small(10 + k);
    optimizer.step(model, gradient);
    grown.step(big, grown_from(gradient, k));
    fresh.step(alone, grown_from(gradient, k));
    CHECK(test::difference(big.weights, model.weights) == "");
    CHECK(test::difference(big.bias, model.bias) == "");
    CHECK(test::difference(big.first, alone.first) == "");
    CHECK(test::difference(big.between, alone.between) == "");
    CHECK(test::difference(big.more[0], alone.more[0]) == "");
  }
}
template <class R>
void check_growth(const R& rule) {
  check_growth(rule, rule);
}

}  // namespace

TEST_CASE("a tree that grows: old blocks go on as without growth, new ones as if the optimizer were new") {
  check_growth(Adam{.learning_rate = 0.1});
  check_growth(Adam{.learning_rate = 0.1, .amsgrad = true});
  check_growth(Sgd{.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.3});
  check_growth(NovoGrad{.learning_rate = 0.1});
  check_growth(Lion{.learning_rate = 0.1});
  check_growth(SparseAdam{.learning_rate = 0.1});
  check_growth(Adam{.learning_rate = 0.1} | Ema{.decay = 0.9});
  check_growth(Adam{.learning_rate = 0.1} | Lookahead{.every = 3});
  check_growth(Soap{.learning_rate = 0.1, .refresh_every = 4});
}

TEST_CASE("a tree that grows: schedules keep the optimizer's count") {
  const auto schedule = warmup(10) >> CosineDecay{.initial = 0.1, .steps = 20};
  const auto moved = [=](std::int64_t step) { return schedule(step + 7); };
  check_growth(AdamW{.learning_rate = schedule, .weight_decay = 0.1},
               AdamW{.learning_rate = moved, .weight_decay = 0.1});
}

TEST_CASE("the first step of a new block is Adam's first: the rate") {
  Small model = small(1);
  Optimizer optimizer(model, Adam{.learning_rate = 0.01});
  for (unsigned k = 0; k < 50; ++k) optimizer.step(model, small(k));
  Big big = grown_from(model, 5);
  const Big before = big;
  Optimizer grown(big, optimizer);
  grown.step(big, grown_from(small(60), 60));
  CHECK((big.first - before.first).cwiseAbs().isApproxToConstant(0.01, 1e-4));
  CHECK((big.between - before.between).cwiseAbs().isApproxToConstant(0.01, 1e-4));
}

TEST_CASE("a rule that measures the tree grows with it") {
  Small model = small(1);
  Optimizer optimizer(model, Prodigy{.initial_distance = 0.01});
  for (unsigned k = 0; k < 5; ++k) optimizer.step(model, model);
  const double estimate = optimizer.rule_state<Prodigy>().d;
  CHECK(estimate > 0.01);
  Big big = grown_from(model, 5);
  Optimizer grown(big, optimizer);
  CHECK(grown.rule_state<Prodigy>().d == estimate);
  for (int k = 0; k < 5; ++k) grown.step(big, big);
  CHECK(grown.rule_state<Prodigy>().d >= estimate);
  CHECK(big.first.allFinite());
  CHECK(big.weights.allFinite());
}

TEST_CASE("a tree can grow twice, and its rule may have clocks before") {
  using Tree = std::vector<Eigen::MatrixXd>;
  const auto block = [](unsigned seed) -> Eigen::MatrixXd {
    return test::Numbers<double>(seed).plain_matrix(2, 3);
  };
  Tree tree{block(1)}, alone = tree;
  const std::vector<std::size_t> first{0};
  const auto rule = RestAbsentBlocks{} | AdamW{.learning_rate = 0.1};
  Optimizer one(tree, rule), of_first(alone, rule);
  for (unsigned k = 0; k < 3; ++k) one.step(tree, Tree{block(k)}), of_first.step(alone, Tree{block(k)});
  one.step(tree, Tree{block(9)}, AbsentBlocks(first));
  of_first.step(alone, Tree{block(9)}, AbsentBlocks(first));

  tree.push_back(block(2));
  Eigen::MatrixXd second = block(2), third = block(3);
  Optimizer two(tree, one);
  Optimizer of_second(second, AdamW{.learning_rate = 0.1});
  static_assert(std::is_same_v<decltype(two), decltype(one)>);
  const auto step_second = [&](unsigned k) { of_second.step(second, block(50 + k)); };
  for (unsigned k = 4; k < 6; ++k) {
    two.step(tree, Tree{block(k), block(50 + k)});
    of_first.step(alone, Tree{block(k)});
    step_second(k);
  }
  tree.push_back(block(3));
  Optimizer three(tree, two);
  Optimizer of_third(third, AdamW{.learning_rate = 0.1});
  for (unsigned k = 6; k < 9; ++k) {
    three.step(tree, Tree{block(k), block(50 + k), block(70 + k)});
    of_first.step(alone, Tree{block(k)});
    step_second(k);
    of_third.step(third, block(70 + k));
  }
  CHECK(test::difference(tree[0], alone[0]) == "");
  CHECK(test::difference(tree[1], second) == "");
  CHECK(test::difference(tree[2], third) == "");
  CHECK(three.steps() == 9);
}

TEST_CASE("a grown optimizer keeps factor, counts and the type of its state") {
  std::vector<Eigen::MatrixXf> tree{Eigen::MatrixXf::Ones(2, 3)};
  Optimizer optimizer(tree, AdamW{.learning_rate = 0.1}, StateInBfloat16{});
  optimizer.set_learning_rate_factor(0.25);
  for (int k = 0; k < 3; ++k) optimizer.step(tree, std::vector<Eigen::MatrixXf>{tree[0]});
  const Eigen::MatrixXf state = [&] {
    Eigen::MatrixXf kept;
    optimizer.for_each_state([&](const std::string&, const std::string& name, const auto& values) {
      if (name == "exp_avg") kept = values.template cast<float>();
    });
    return kept;
  }();
  tree.emplace_back(Eigen::MatrixXf::Ones(1, 2));
  Optimizer grown(tree, optimizer);
  CHECK(grown.steps() == 3);
  CHECK(grown.learning_rate_factor() == 0.25);
  CHECK(grown.learning_rate() == optimizer.learning_rate());
  grown.for_each_state([&](const std::string& path, const std::string& name, const auto& values) {
    static_assert(std::is_same_v<typename std::remove_cvref_t<decltype(values)>::Scalar, Eigen::bfloat16>);
    if (name != "exp_avg") return;
    const Eigen::MatrixXf found = values.template cast<float>();
    if (path == "[0]") CHECK(test::difference(found, state) == "");
    if (path == "[1]") CHECK(found.isZero());
  });
}

TEST_CASE("parameters in half precision keep their masters through growth") {
  using Half = Eigen::Matrix<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>;
  const auto block = [](unsigned seed) -> Half {
    return test::Numbers<float>(seed).plain_matrix(2, 3).cast<Eigen::half>();
  };
  std::vector<Half> plain{block(1)};
  Optimizer optimizer(plain, Sgd{.learning_rate = 1e-3});
  for (unsigned k = 0; k < 3; ++k) optimizer.step(plain, std::vector<Half>{block(k)});
  std::vector<Half> more{plain[0], block(7)};
  Optimizer grown(more, optimizer);
  for (unsigned k = 3; k < 9; ++k) {
    optimizer.step(plain, std::vector<Half>{block(k)});
    grown.step(more, std::vector<Half>{block(k), block(k)});
    CHECK(plain[0].cast<float>() == more[0].cast<float>());
  }
}

namespace {
/// By the position of a block: the first is frozen, the second follows rule 0, others rule 1.
struct ByPlace {
  int operator()(const BlockInfo& block) const { return block.index == 0 ? 2 : block.index == 1 ? 0 : 1; }
};
}  // namespace

TEST_CASE("a block that growth moves to another group begins there") {
  const auto block = [](unsigned seed) -> Eigen::MatrixXd {
    return test::Numbers<double>(seed).plain_matrix(2, 2);
  };
  Eigen::MatrixXd a = block(1), b = block(2), c = block(3), d = block(4);
  const auto rule = partition(ByPlace{}, Adam{.learning_rate = 0.1}, Adam{.learning_rate = 0.01}, Freeze{});
  auto tree = std::make_tuple(named("a", a), named("b", b), named("c", c));
  Optimizer optimizer(tree, rule);
  for (unsigned k = 0; k < 5; ++k) optimizer.step(tree, std::tuple(block(k), block(k), block(k)));
  auto more = std::make_tuple(named("d", d), named("a", a), named("b", b), named("c", c));
  Optimizer grown(more, optimizer);
  const Eigen::MatrixXd a0 = a, b0 = b, c0 = c, d0 = d;
  grown.step(more, std::tuple(block(9), block(9), block(9), block(9)));
  CHECK(d == d0);
  CHECK((a - a0).cwiseAbs().isApproxToConstant(0.1, 1e-4));   // was frozen
  CHECK((b - b0).cwiseAbs().isApproxToConstant(0.01, 1e-4));  // now follows a different rule
  const Eigen::MatrixXd moved = c;
  a = a0, b = b0, c = c0;
  optimizer.step(tree, std::tuple(block(9), block(9), block(9)));
  CHECK(test::difference(c, moved) == "");
}

TEST_CASE("a group that only new blocks follow does not take the others' state") {
  Eigen::MatrixXd w = test::Numbers<double>(1).plain_matrix(2, 2), plain = w;
  Eigen::VectorXd v = test::Numbers<double>(2).plain_matrix(3, 1), alone = v;
  const auto rule =
      partition(no_decay, AdamW{.learning_rate = 0.1, .weight_decay = 0}, AdamW{.learning_rate = 0.01});
  auto tree = std::make_tuple(named("w", plain));
  Optimizer optimizer(tree, rule);
  auto fresh_tree = std::make_tuple(named("v", alone));
  Optimizer fresh(fresh_tree, rule);
  for (unsigned k = 0; k < 4; ++k)
    optimizer.step(tree, std::tuple(test::Numbers<double>(k).plain_matrix(2, 2)));
  w = plain;
  auto more = std::make_tuple(named("v", v), named("w", w));
  Optimizer grown(more, optimizer);
  for (unsigned k = 4; k < 8; ++k) {
    const Eigen::MatrixXd of_w = test::Numbers<double>(k).plain_matrix(2, 2);
    const Eigen::VectorXd of_v = test::Numbers<double>(k).plain_matrix(3, 1);
    grown.step(more, std::tuple(of_v, of_w));
    optimizer.step(tree, std::tuple(of_w));
    fresh.step(fresh_tree, std::tuple(of_v));
    CHECK(test::difference(w, plain) == "");
    CHECK(test::difference(v, alone) == "");
  }
}

TEST_CASE("what a tree that grows must not lose is refused") {
  Small model = small(1);
  Optimizer optimizer(model, Adam{});
  optimizer.step(model, small(2));
  Big big = grown_from(model, 5);
  Optimizer grown(big, optimizer);
  CHECK(refusal_of([&] { Optimizer back(model, grown); }) ==
        "descent: grown optimizer: there is no block 'first' in the new tree, which must contain all blocks "
        "of the old one");
  big.weights.resize(3, 5);
  CHECK(refusal_of([&] { Optimizer wider(big, optimizer); }) ==
        "descent: grown optimizer: block 'weights' is 3x5, but was 3x4; a block of another shape needs "
        "another name");
  Eigen::MatrixXf weights = Eigen::MatrixXf::Ones(3, 4);
  auto in_float = std::make_tuple(named("weights", weights), named("bias", model.bias));
  CHECK(refusal_of([&] { Optimizer other(in_float, optimizer); }) ==
        "descent: grown optimizer: 'state/weights/exp_avg' is 3x4 of float64, must be 3x4 of float32");
}
