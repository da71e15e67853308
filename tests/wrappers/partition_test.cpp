// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/descent.hpp>

#include <cmath>
#include <limits>

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using test::difference;
using test::refusal_of;
using test::same_bits;

namespace {

using Rate = ScaleByLearningRate;  // the simplest rule, quick to compile

struct Layer {
  MatrixXd weights = MatrixXd::Ones(2, 3);
  VectorXd bias = VectorXd::Ones(2);
  DESCENT_PARAMETERS(weights, bias)
};
struct Network {
  Layer encoder, head;
  DESCENT_PARAMETERS(encoder, head)
};

bool is_in_encoder(const BlockInfo& block) { return block.path.starts_with("encoder"); }

}  // namespace

TEST_CASE("the selector is asked once for each block, with path, shape and place") {
  Network network;
  std::vector<std::string> seen;
  auto selector = [&seen](const BlockInfo& block) {
    seen.push_back(block.path + " " + std::to_string(block.rows) + "x" + std::to_string(block.columns) + " " +
                   std::to_string(block.index) + (block.is_vector ? " vector" : "") +
                   (block.is_matrix() ? " matrix" : ""));
    return block.index % 2;
  };
  Optimizer optimizer(network, partition(selector, Rate{}, Freeze{}));
  CHECK(seen == std::vector<std::string>{"encoder.weights 2x3 0 matrix", "encoder.bias 2x1 1 vector",
                                         "head.weights 2x3 2 matrix", "head.bias 2x1 3 vector"});
  optimizer.step(network, Network{});
  CHECK(seen.size() == 4);
}

TEST_CASE("each block follows its rule: the first for true or 0") {
  Network network;
  const Network gradient;
  Optimizer optimizer(network, partition(is_in_encoder, Rate{0.5}, Rate{0.25}));
  optimizer.step(network, gradient);
  CHECK(network.encoder.weights.isConstant(0.5, 0));
  CHECK(network.head.bias.isConstant(0.75, 0));

  Optimizer by_number(network, partition([](const BlockInfo& block) { return is_in_encoder(block) ? 2 : 0; },
                                         Rate{0.25}, Rate{100}, Freeze{}));
  by_number.step(network, gradient);
  CHECK(network.encoder.weights.isConstant(0.5, 0));
  CHECK(network.head.bias.isConstant(0.5, 0));
}

TEST_CASE("a selector may return any kind of number") {
  MatrixXd p = MatrixXd::Ones(1, 1);
  auto after = [&](auto selector) {
    p.setOnes();
    Optimizer optimizer(p, partition(selector, Freeze{}, Rate{0.5}));
    optimizer.step(p, MatrixXd::Ones(1, 1));
    return p(0, 0);
  };
  CHECK(after([](const BlockInfo&) { return 1; }) == 0.5);
  CHECK(after([](const BlockInfo&) { return std::size_t{1}; }) == 0.5);
  CHECK(after([](const BlockInfo&) { return static_cast<unsigned char>(1); }) == 0.5);
  CHECK(after([](const BlockInfo&) { return std::int64_t{1}; }) == 0.5);
  CHECK(after([](const BlockInfo&) { return false; }) == 0.5);
  enum Group { frozen, trained };
  CHECK(after([](const BlockInfo&) { return trained; }) == 0.5);
}

TEST_CASE("a number without a rule is refused, with the block and what is legal") {
  Network network;
  auto refusal = [&](auto selector) {
    return refusal_of([&] { Optimizer(network, partition(selector, Rate{}, Freeze{})); });
  };
  CHECK(refusal([](const BlockInfo& block) { return block.path == "head.bias" ? 2 : 0; }) ==
        "descent: partition: the selector returned 2 for block 'head.bias', must be at least 0 and less than "
        "2");
  CHECK(refusal([](const BlockInfo&) { return -1; }) ==
        "descent: partition: the selector returned -1 for block 'encoder.weights', must be at least 0 and "
        "less than 2");
}

TEST_CASE("a matrix rule for a vector is refused if a selector chose it") {
  Network network;
  CHECK(refusal_of([&] { Optimizer(network, partition(is_in_encoder, Muon{}, Rate{})); }) ==
        "descent: Muon: block 'encoder.bias' is a vector of 2; the rule works on matrices: give the block "
        "another rule "
        "in partition()");
  CHECK(refusal_of([&] { Optimizer(network, partition(matrices, Muon{}, Rate{})); }) == "");
}

TEST_CASE("frozen blocks keep every bit, whatever their gradient") {
  Eigen::VectorXd special(4);
  special << -0.0, std::numeric_limits<double>::denorm_min(), std::nan(""),
      std::numeric_limits<double>::infinity();
  std::tuple tree(special, VectorXd(VectorXd::Ones(3)));
  std::tuple gradient(VectorXd(VectorXd::Constant(4, std::nan(""))), VectorXd(VectorXd::Ones(3)));
  auto first = [](const BlockInfo& block) { return block.index == 0; };
  Optimizer optimizer(
      tree, ClipByGlobalNorm{.max_norm = 100} | partition(first, Freeze{}, ScaleByAdam{} | Rate{0.5}));
  for (int k = 0; k < 3; ++k) optimizer.step(tree, gradient);
  CHECK(difference(std::get<0>(tree), special) == "");
  CHECK(std::signbit(std::get<0>(tree)[0]));
  CHECK(std::get<1>(tree).allFinite());
  optimizer.for_each_state([](const std::string& path, const auto&, const auto&) { CHECK(path == "[1]"); });
}

TEST_CASE("the gradient of a frozen block does not count in a norm over the tree") {
  auto tree = std::tuple(VectorXd(VectorXd::Zero(1)), VectorXd(VectorXd::Zero(1)));
  const std::tuple gradient(VectorXd(VectorXd::Constant(1, 300)), VectorXd(VectorXd::Constant(1, 4)));
  auto first = [](const BlockInfo& block) { return block.index == 0; };
  Optimizer optimizer(tree,
                      ClipByGlobalNorm{.max_norm = 2, .epsilon = 0} | partition(first, Freeze{}, Rate{1}));
  optimizer.step(tree, gradient);
  CHECK(std::get<1>(tree)[0] == -2);
}

TEST_CASE("a norm inside of a group sees the blocks of the group only") {
  auto tree = std::vector<VectorXd>(4, VectorXd::Zero(1));
  std::vector<VectorXd> gradient;
  for (const double g : {3.0, 100.0, 4.0, 200.0}) gradient.push_back(VectorXd::Constant(1, g));
  auto even = [](const BlockInfo& block) { return block.index % 2 == 0; };
  Optimizer optimizer(tree, partition(even, ClipByGlobalNorm{.max_norm = 1, .epsilon = 0} | Rate{1},
                                      ClipByGlobalNorm{.max_norm = 1000} | Rate{1}));
  optimizer.step(tree, gradient);
  CHECK(tree[0][0] == Approx(-0.6));
  CHECK(tree[2][0] == Approx(-0.8));
  CHECK(tree[1][0] == -100);
  CHECK(tree[3][0] == -200);
}

TEST_CASE("masked applies a rule to some blocks and lets the update of the others pass") {
  Layer layer;
  const Layer gradient;
  auto weights = [](const BlockInfo& block) { return block.is_matrix(); };
  Optimizer optimizer(layer, masked(weights, AddDecayedWeights{0.5}) | Rate{0.5});
  optimizer.step(layer, gradient);
  CHECK(layer.weights.isConstant(1 - 0.5 * 1.5, 0));
  CHECK(layer.bias.isConstant(0.5, 0));
}

TEST_CASE("partitions nest, and stand inside of chains") {
  auto tree = std::vector<VectorXd>(4, VectorXd::Zero(1));
  const std::vector<VectorXd> gradient(4, VectorXd::Constant(1, 8));
  auto low = [](const BlockInfo& block) { return block.index < 2; };
  auto even = [](const BlockInfo& block) { return block.index % 2 == 0; };
  Optimizer optimizer(
      tree, partition(low, partition(even, ScaleByLearningRate{1}, ScaleByLearningRate{2}),
                      partition(even, Freeze{}, ClipByValue{.max_value = 1} | ScaleByLearningRate{4})) |
                ClipByValue{.max_value = 10});
  optimizer.step(tree, gradient);
  CHECK(tree[0][0] == -8);
  CHECK(tree[1][0] == -10);
  CHECK(same_bits(tree[2][0], 0.0));
  CHECK(tree[3][0] == -4);
}

TEST_CASE("groups have the same state names as alone, and their own memory") {
  Layer layer;
  Optimizer optimizer(layer, partition(matrices, Adam{}, Sgd{.momentum = 0.5}));
  std::vector<std::string> slots;
  optimizer.for_each_state([&](const std::string& path, const std::string& name, const auto&) {
    slots.push_back(path + " " + name);
  });
  CHECK(slots == std::vector<std::string>{"weights exp_avg", "weights exp_avg_sq", "bias momentum_buffer"});

  // Step by step like two optimizers.
  MatrixXd weights = layer.weights;
  VectorXd bias = layer.bias;
  Optimizer adam(weights, Adam{});
  Optimizer sgd(bias, Sgd{.momentum = 0.5});
  const Layer gradient;
  for (int k = 0; k < 4; ++k) {
    optimizer.step(layer, gradient);
    adam.step(weights, gradient.weights);
    sgd.step(bias, gradient.bias);
  }
  CHECK(difference(layer.weights, weights) == "");
  CHECK(difference(layer.bias, bias) == "");
}

TEST_CASE("set_rule keeps the groups and refuses others") {
  struct First {
    std::size_t index = 0;
    bool operator()(const BlockInfo& block) const { return block.index == index; }
  };
  Layer layer;
  Optimizer optimizer(layer, partition(First{}, Rate{}, Freeze{}));
  optimizer.set_rule(partition(First{}, Rate{0.5}, Freeze{}));
  CHECK(optimizer.learning_rate() == 0.5);
  CHECK(refusal_of([&] { optimizer.set_rule(partition(First{1}, Rate{0.25}, Freeze{})); }) ==
        "descent: set_rule: block 'bias' was frozen when the optimizer was made, so that it has no state; "
        "make a new "
        "one, or make it with the block in use and freeze it with set_rule");
  CHECK(optimizer.learning_rate() == 0.5);
  Optimizer of_two(layer, partition(First{}, Adam{}, Sgd{.momentum = 0.5}));
  CHECK(refusal_of([&] { of_two.set_rule(partition(First{1}, Adam{}, Sgd{.momentum = 0.5})); }) ==
        "descent: set_rule: the new options need other state for block 'weights'; make a new optimizer");
}

namespace {

/// Freezes the blocks of a layer with these numbers.
struct Frozen {
  static constexpr bool may_match_nothing = true;
  int first = -1, second = -1;
  bool operator()(const BlockInfo& block) const {
    const auto index = static_cast<int>(block.index);
    return index == first || index == second;
  }
};

/// All slots, by name.
template <class O>
std::vector<std::pair<std::string, MatrixXd>> state_of(O& optimizer) {
  std::vector<std::pair<std::string, MatrixXd>> state;
  optimizer.for_each_state([&](const std::string& path, const std::string& name, const auto& values) {
    state.emplace_back(path + " " + name, values.template cast<double>());
  });
  return state;
}

/// Freezes a block in the middle and unfreezes it.
template <class R>
void check_freezing(const R& rule) {
  const auto with = [&](Frozen frozen) { return partition(frozen, Freeze{}, rule); };
  Layer layer, never_frozen;
  const Layer gradient{MatrixXd::Constant(2, 3, 0.5), VectorXd::Constant(2, -0.25)};
  Optimizer optimizer(layer, with({})), other(never_frozen, with({}));
  const auto step = [&] {
    optimizer.step(layer, gradient);
    other.step(never_frozen, gradient);
  };
  for (int k = 0; k < 3; ++k) step();
  const Layer before = layer;
  const auto state = state_of(optimizer);
  REQUIRE(!state.empty());

  optimizer.set_rule(with({.first = 1}));
  for (int k = 0; k < 2; ++k) step();
  CHECK(difference(layer.bias, before.bias) == "");
  CHECK(difference(layer.weights, never_frozen.weights) == "");
  const auto frozen = state_of(optimizer);
  REQUIRE(frozen.size() == state.size());
  for (std::size_t k = 0; k < state.size(); ++k) {
    CHECK(frozen[k].first == state[k].first);
    if (state[k].first.starts_with("bias")) CHECK(difference(frozen[k].second, state[k].second) == "");
  }

  optimizer.set_rule(with({.first = 0, .second = 1}));  // all of them
  step();
  CHECK(difference(layer.bias, before.bias) == "");
  optimizer.set_rule(with({}));
  const auto thawed = state_of(optimizer);
  for (std::size_t k = 0; k < state.size(); ++k) CHECK(difference(thawed[k].second, frozen[k].second) == "");
  step();
  CHECK(layer.bias != before.bias);

  optimizer.set_rule(with({.first = 1}));
  optimizer.reset();  // of frozen blocks, too
  const auto first_state = state_of(optimizer);
  Layer fresh;
  Optimizer made_anew(fresh, with({}));
  const auto expected = state_of(made_anew);
  for (std::size_t k = 0; k < state.size(); ++k)
    CHECK(difference(first_state[k].second, expected[k].second) == "");
}

}  // namespace

TEST_CASE("blocks are frozen and used again in the middle of a training, and keep their state") {
  check_freezing(Adam{.learning_rate = 0.1});
  check_freezing(Sgd{.learning_rate = 0.1, .momentum = 0.9});
  check_freezing(AdamW{.learning_rate = 0.1, .amsgrad = true, .cautious = true});
}

TEST_CASE("a vector at run time is a matrix for a selector by type") {
  // VectorXd is a vector by its type; a MatrixXd of one column is not.
  std::tuple tree(MatrixXd(MatrixXd::Ones(3, 1)), VectorXd(VectorXd::Ones(3)), Eigen::RowVector2f(1, 1),
                  Eigen::Matrix2f(Eigen::Matrix2f::Ones()));
  const auto gradient = tree;
  Optimizer optimizer(tree, partition(matrices, Rate{1}, Freeze{}));
  optimizer.step(tree, gradient);
  CHECK(std::get<0>(tree).isZero(0));
  CHECK(std::get<1>(tree).isOnes(0));
  CHECK(std::get<2>(tree).isOnes(0));
  CHECK(std::get<3>(tree).isZero(0));
}
