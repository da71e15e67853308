// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/partition.hpp>

#include <cmath>
#include <memory>
#include <span>

using descent::Adam;
using descent::Optimizer;
using descent::Sgd;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXd;
using test::difference;
using test::refusal_of;

namespace {

struct Layer {
  MatrixXd weights = MatrixXd::Constant(2, 3, 0.5);
  VectorXd bias = VectorXd::Constant(2, 0.25);
  DESCENT_PARAMETERS(weights, bias)
};
struct Network {
  Layer layer1, layer2;
  std::vector<MatrixXd> blocks{MatrixXd::Ones(1, 2), MatrixXd::Ones(2, 2)};
  DESCENT_PARAMETERS(layer1, layer2, blocks)
};

}  // namespace

TEST_CASE("steps are counted, and the rate is that of the next one") {
  MatrixXd w = MatrixXd::Ones(2, 2);
  const MatrixXd g = w;
  Optimizer optimizer(
      w, Sgd{.learning_rate = [](std::int64_t step) { return 0.1 * static_cast<double>(step + 1); }});
  CHECK(optimizer.steps() == 0);
  CHECK(optimizer.learning_rate() == Approx(0.1));
  optimizer.step(w, g);
  CHECK(w(0, 0) == Approx(0.9));
  CHECK(optimizer.steps() == 1);
  CHECK(optimizer.learning_rate() == Approx(0.2));
  optimizer.step(w, g);
  CHECK(w(1, 1) == Approx(0.7));
  optimizer.reset();
  CHECK(optimizer.steps() == 0);
  CHECK(optimizer.learning_rate() == Approx(0.1));
}

TEST_CASE("the rate of a partition is that of its first rule that has one") {
  MatrixXd w = MatrixXd::Ones(2, 2);
  const auto first = [](const descent::BlockInfo&) { return 1; };
  Optimizer optimizer(w, descent::partition(first, Sgd{.learning_rate = 0.5}, Adam{.learning_rate = 0.25}));
  CHECK(optimizer.learning_rate() == 0.5);
}

TEST_CASE("rule() gives the rule as it was written") {
  MatrixXd w = MatrixXd::Ones(2, 2);
  const Optimizer optimizer(w, descent::AdamW{.learning_rate = 0.5, .weight_decay = 0.25});
  CHECK(optimizer.rule().weight_decay(0) == 0.25);
  const Optimizer chained(w, descent::ClipByGlobalNorm{.max_norm = 3} | Sgd{.learning_rate = 0.5});
  CHECK(get<0>(chained.rule().rules).max_norm(0) == 3);
  CHECK(get<1>(chained.rule().rules).learning_rate(0) == 0.5);
}

TEST_CASE("a wrong shape is refused with the rule, the block's path and both shapes") {
  Network network, gradient;
  Optimizer optimizer(network, descent::AdamW{});
  gradient.layer1.weights.resize(3, 2);
  CHECK(refusal_of([&] { optimizer.step(network, gradient); }) ==
        "descent: AdamW: block 'layer1.weights' is 2x3, its gradient is 3x2 (transposed?)");
  gradient.layer1.weights.resize(2, 4);
  CHECK(refusal_of([&] { optimizer.step(network, gradient); }) ==
        "descent: AdamW: block 'layer1.weights' is 2x3, its gradient is 2x4");
  gradient = Network{};
  gradient.blocks[1].resize(0, 0);
  CHECK(refusal_of([&] { optimizer.step(network, gradient); }) ==
        "descent: AdamW: block 'blocks[1]' is 2x2, its gradient is 0x0");
  gradient = Network{};
  network.layer2.bias.resize(5);
  CHECK(refusal_of([&] { optimizer.step(network, gradient); }) ==
        "descent: AdamW: block 'layer2.bias' is 5x1, but was 2x1 when the optimizer was made");
  network = Network{};
  network.layer2.weights.resize(3, 2);
  CHECK(
      refusal_of([&] { optimizer.step(network, gradient); }) ==
      "descent: AdamW: block 'layer2.weights' is 3x2, but was 2x3 when the optimizer was made (transposed?)");
  CHECK(optimizer.steps() == 0);
}

TEST_CASE("a chain is named by the part that brings the rate, a single matrix 'parameters'") {
  MatrixXd w = MatrixXd::Ones(2, 3);
  Optimizer optimizer(w, descent::ClipByGlobalNorm{} | descent::AdamW{});
  CHECK(refusal_of([&] { optimizer.step(w, MatrixXd(w.transpose())); }) ==
        "descent: AdamW: block 'parameters' is 2x3, its gradient is 3x2 (transposed?)");
}

TEST_CASE("another number of blocks is refused") {
  std::vector<MatrixXd> w(3, MatrixXd::Ones(2, 2)), g = w;
  Optimizer optimizer(w, Sgd{});
  g.pop_back();
  CHECK(refusal_of([&] { optimizer.step(w, g); }) ==
        "descent: Sgd: the gradient has a different number of blocks from the parameters the optimizer was "
        "made "
        "with");
  w.pop_back();
  CHECK(refusal_of([&] { optimizer.step(w, g); }) ==
        "descent: Sgd: the tree of parameters has a different number of blocks from the parameters the "
        "optimizer "
        "was made with");
}

TEST_CASE("trees of the same structure can stand for each other") {
  Layer layer, same;
  const Layer gradient = layer;
  Optimizer optimizer(layer, Adam{.learning_rate = 0.1}), twin(layer, Adam{.learning_rate = 0.1});
  optimizer.step(layer, gradient);
  twin.step(std::tie(same.weights, same.bias), std::tuple(gradient.weights, gradient.bias));
  CHECK(difference(layer.weights, same.weights) == "");
  optimizer.step(layer, std::pair(gradient.weights, gradient.bias));
  twin.step(std::tuple(descent::named("w", same.weights), Eigen::Map<VectorXd>(same.bias.data(), 2)),
            gradient);
  CHECK(difference(layer.bias, same.bias) == "");

  std::vector<MatrixXd> vector(2, MatrixXd::Ones(2, 2));
  std::array<MatrixXd, 2> array{vector[0], vector[1]};
  Optimizer of_vector(vector, Sgd{.learning_rate = 0.5});
  of_vector.step(std::span(vector), array);
  CHECK(vector[1](0, 0) == 0.5);
}

TEST_CASE("an empty tree and empty blocks take steps") {
  std::tuple<> nothing;
  Optimizer of_nothing(nothing, descent::ClipByGlobalNorm{} | Adam{});
  of_nothing.step(nothing, nothing);
  CHECK(of_nothing.steps() == 1);
  CHECK(of_nothing.learning_rate() == 1e-3);
  of_nothing.set_rule(descent::ClipByGlobalNorm{} | Adam{.learning_rate = 0.5});

  std::vector<MatrixXd> none;
  Optimizer of_none(none, Sgd{.momentum = 0.9});
  of_none.step(none, none);
  CHECK(of_none.steps() == 1);

  auto empty =
      std::tuple(MatrixXd(0, 3), VectorXd(0), Eigen::Matrix<double, 0, 2>(), MatrixXd(MatrixXd::Ones(1, 1)));
  Optimizer optimizer(
      empty, descent::ClipByGlobalNorm{.max_norm = 100} | Sgd{.learning_rate = 0.5, .momentum = 0.5});
  optimizer.step(empty, empty);
  CHECK(std::get<3>(empty)(0, 0) == 0.5);
}

TEST_CASE("element types may be mixed in a tree") {
  auto tree = std::tuple(MatrixXf(MatrixXf::Constant(2, 2, 3)), MatrixXd(MatrixXd::Constant(1, 2, 4)));
  const auto gradient = tree;
  Optimizer optimizer(tree, descent::ClipByGlobalNorm{.max_norm = 1, .epsilon = 0} | Sgd{.learning_rate = 1});
  optimizer.step(tree, gradient);
  const double norm = std::sqrt(4 * 9.0 + 2 * 16.0);
  CHECK(std::get<0>(tree)(1, 1) == Approx(3 - 3 / norm).epsilon(1e-7));
  CHECK(std::get<1>(tree)(0, 1) == Approx(4 - 4 / norm).epsilon(1e-15));
}

TEST_CASE("state can be read and written by path and name") {
  Network network;
  const Network gradient;
  Optimizer optimizer(network, Adam{.learning_rate = 0.1, .amsgrad = true});
  optimizer.step(network, gradient);
  std::vector<std::string> slots;
  optimizer.for_each_state([&](const std::string& path, const std::string& name, auto values) {
    slots.push_back(path + " " + name);
    if (path == "layer1.weights") {
      CHECK((values.rows() == 2 && values.cols() == 3));
      CHECK(values(0, 0) == Approx(name == "exp_avg" ? 0.05 : 0.00025));
    }
    values.setConstant(0);
  });
  REQUIRE(slots.size() == 18);
  CHECK(slots[0] == "layer1.weights exp_avg");
  CHECK(slots[1] == "layer1.weights exp_avg_sq");
  CHECK(slots[2] == "layer1.weights max_exp_avg_sq");
  CHECK(slots[17] == "blocks[1] max_exp_avg_sq");
  double sum = 0;
  optimizer.for_each_state([&](const auto&, const auto&, auto values) { sum += values.cwiseAbs().sum(); });
  CHECK(sum == 0);
}

TEST_CASE("slots of one name in a chain are numbered, state that the options switch off is not there") {
  using namespace descent;
  MatrixXd w = MatrixXd::Ones(2, 2);
  std::vector<std::string> names;
  auto collect = [&](const std::string&, const std::string& name, const auto&) { names.push_back(name); };
  Optimizer twice(w, Trace{.momentum = 0.5} | Sgd{.momentum = 0.5});
  twice.for_each_state(collect);
  CHECK(names == std::vector<std::string>{"momentum_buffer", "momentum_buffer.2"});
  names.clear();
  Optimizer plain(w, Sgd{});
  plain.for_each_state(collect);
  CHECK(names.empty());
}

TEST_CASE("state starts from the value that the rule asks for, again after reset") {
  MatrixXd w = MatrixXd::Ones(2, 2);
  Optimizer optimizer(w, descent::Adagrad{.initial_sum = 0.5});
  for (int round = 0; round < 2; ++round) {
    optimizer.for_each_state(
        [](const auto&, const auto&, const auto& values) { CHECK(values.isConstant(0.5)); });
    optimizer.step(w, MatrixXd::Ones(2, 2));
    optimizer.for_each_state(
        [](const auto&, const auto&, const auto& values) { CHECK(values.isConstant(1.5)); });
    optimizer.reset();
  }
}

TEST_CASE("set_rule goes on with other options") {
  MatrixXd w = MatrixXd::Ones(1, 1);
  const MatrixXd g = MatrixXd::Ones(1, 1);
  Optimizer optimizer(w, Sgd{.learning_rate = 0.5, .momentum = 0.5});
  optimizer.step(w, g);  // buffer 1, w = 0.5
  optimizer.set_rule({.learning_rate = 0.25, .momentum = 0.5});
  CHECK(optimizer.steps() == 1);
  CHECK(optimizer.learning_rate() == 0.25);
  optimizer.step(w, g);  // buffer 1.5
  CHECK(w(0, 0) == 0.5 - 0.25 * 1.5);
  // Different branches of the formula with the same state.
  optimizer.set_rule({.learning_rate = 0.25, .momentum = 0.5, .weight_decay = 0.5, .maximize = true});
  optimizer.step(w, g);  // buffer 0.75 + (-1 + 0.5 * 0.125)
  CHECK(w(0, 0) == 0.125 - 0.25 * (0.75 - 1 + 0.0625));
}

TEST_CASE("set_rule refuses bad options and what needs other state, and changes nothing") {
  Layer layer;
  const Layer gradient;
  Optimizer optimizer(layer, Sgd{.learning_rate = 0.5, .momentum = 0.5});
  optimizer.step(layer, gradient);
  Optimizer twin = optimizer;
  CHECK(refusal_of([&] { optimizer.set_rule({.learning_rate = 0.5}); }) ==
        "descent: set_rule: the new options need other state for block 'weights'; make a new optimizer");
  CHECK(refusal_of([&] { optimizer.set_rule({.learning_rate = -1, .momentum = 0.5}); }) ==
        "descent: Sgd: learning_rate is -1, must be at least 0 and finite");
  CHECK(refusal_of([&] {
          optimizer.set_rule(
              {.learning_rate = [](std::int64_t k) { return k == 1 ? -2.0 : 1.0; }, .momentum = 0.5});
        }) == "descent: Sgd: learning_rate at step 1 is -2, must be at least 0 and finite");
  CHECK(optimizer.rule().learning_rate(0) == 0.5);
  Layer other = layer;
  optimizer.step(layer, gradient);
  twin.step(other, gradient);
  CHECK(difference(layer.weights, other.weights) == "");
}

TEST_CASE("an option that leaves its range refuses the steps at which it is out, and nothing else") {
  MatrixXd w = MatrixXd::Ones(2, 2), twin_w = w;
  const MatrixXd g = w;
  // Shared, so that the schedule is a function of the step but can be repaired.
  const auto bad_rate = std::make_shared<double>(-1);
  auto rate = [=](std::int64_t step) { return step == 2 ? *bad_rate : 0.125; };
  Optimizer optimizer(w, Adam{.learning_rate = rate});
  Optimizer twin(twin_w, Adam{.learning_rate = 0.125});
  for (int k = 0; k < 2; ++k) {
    optimizer.step(w, g);
    twin.step(twin_w, g);
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    CHECK(refusal_of([&] { optimizer.step(w, g); }) ==
          "descent: Adam: learning_rate at step 2 is -1, must be at least 0 and finite");
    CHECK(optimizer.steps() == 2);
    CHECK(difference(w, twin_w) == "");
  }
  *bad_rate = 0.125;
  for (int k = 0; k < 3; ++k) {
    optimizer.step(w, g);
    twin.step(twin_w, g);
  }
  CHECK(optimizer.steps() == 5);
  CHECK(difference(w, twin_w) == "");
}

TEST_CASE("a schedule that throws refuses the step") {
  MatrixXd w = MatrixXd::Ones(2, 2);
  const MatrixXd before = w;
  Optimizer optimizer(w, Adam{.beta2 = [](std::int64_t step) { return step == 1 ? throw 7 : 0.5; }});
  optimizer.step(w, before);
  const MatrixXd after_one = w;
  CHECK_THROWS_AS(optimizer.step(w, before), int);
  CHECK(difference(w, after_one) == "");
  CHECK(optimizer.steps() == 1);
}

TEST_CASE("an objective gives the loss and writes the gradient of the step") {
  Layer layer, other;
  auto objective = [](const Layer& at, Layer& gradient) {
    CHECK(gradient.weights.isZero());
    gradient.weights = 2 * at.weights;
    gradient.bias = at.bias;
    return at.weights.squaredNorm() + at.bias.squaredNorm() / 2;
  };
  Optimizer optimizer(layer, Adam{.learning_rate = 0.1}), twin = optimizer;
  for (int k = 0; k < 3; ++k) {
    Layer gradient;
    const double expected = objective(other, gradient = descent::zeros_like(other));
    twin.step(other, gradient);
    CHECK(optimizer.step(layer, objective) == expected);
    CHECK(difference(layer.weights, other.weights) == "");
    CHECK(difference(layer.bias, other.bias) == "");
  }
}

TEST_CASE("an objective that throws, and one for other shapes, change nothing") {
  MatrixXd w = MatrixXd::Ones(2, 2), wrong = MatrixXd::Ones(3, 3);
  auto half_square = [](const MatrixXd& at, MatrixXd& gradient) {
    gradient = at;
    return at.squaredNorm() / 2;
  };
  Optimizer optimizer(w, Sgd{.learning_rate = 0.5, .momentum = 0.5});
  int calls = 0;
  CHECK(refusal_of([&] {
          optimizer.step(wrong, [&](const MatrixXd&, MatrixXd&) { return static_cast<double>(++calls); });
        }) == "descent: Sgd: block 'parameters' is 3x3, but was 2x2 when the optimizer was made");
  CHECK(calls == 0);
  CHECK_THROWS_AS(optimizer.step(w,
                                 [](const MatrixXd& at, MatrixXd& gradient) -> double {
                                   gradient = at;
                                   throw 1;
                                 }),
                  int);
  CHECK(refusal_of([&] {
          optimizer.step(w, [](const MatrixXd&, MatrixXd& gradient) {
            gradient.resize(1, 4);
            return 0.0;
          });
        }) == "descent: Sgd: block 'parameters' is 2x2, its gradient is 1x4");
  CHECK(optimizer.steps() == 0);
  CHECK(w.isOnes(0));
  CHECK(optimizer.step(w, half_square) == 2);
  CHECK(w.isConstant(0.5, 0));
}

TEST_CASE("objectives of trees of different types can alternate") {
  Layer layer;
  Optimizer optimizer(layer, Sgd{.learning_rate = 0.5});
  auto quadratic = [](const auto& at, auto& gradient) {
    gradient = at;
    return 1.0;
  };
  optimizer.step(layer, quadratic);
  optimizer.step(std::tie(layer.weights, layer.bias), [](const auto& at, auto& gradient) {
    std::get<0>(gradient) = std::get<0>(at);
    std::get<1>(gradient) = std::get<1>(at);
    return 1.0;
  });
  optimizer.step(layer, quadratic);
  CHECK(layer.weights.isConstant(0.0625, 0));
}

TEST_CASE("copies have a gradient of their own") {
  MatrixXd w = MatrixXd::Ones(2, 2), v = w;
  auto objective = [](const MatrixXd& at, MatrixXd& gradient) {
    gradient = at;
    return 0.0;
  };
  Optimizer optimizer(w, Sgd{.learning_rate = 0.5});
  optimizer.step(w, objective);
  Optimizer copy = optimizer;
  optimizer.step(w, [&](const MatrixXd& at, MatrixXd& gradient) {
    copy.step(v, objective);
    CHECK(gradient.isZero(0));
    return objective(at, gradient);
  });
  CHECK(w.isConstant(0.25, 0));
}
