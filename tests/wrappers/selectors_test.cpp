// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/selectors.hpp>

#include "support/catch.hpp"
#include "support/layer.hpp"
#include "support/refusals.hpp"

#include <string>
#include <vector>

using namespace descent;
using Eigen::MatrixXd, Eigen::VectorXd;
using test::Layer, test::refusal_of;

namespace {

struct Network {
  std::vector<Layer> layers{2};
  Layer head;
  DESCENT_PARAMETERS(layers, head)
};

/// The paths of a network's blocks that a selector picks.
template <class Selector>
std::vector<std::string> picked(const Selector& selector) {
  Network network;
  Optimizer optimizer(network, partition(may_match_nothing(selector), Sgd{.learning_rate = 1}, Freeze{}));
  std::vector<std::string> paths;
  for (const auto& [path, rate] : optimizer.learning_rates())
    if (rate == 1) paths.push_back(path);
  return paths;
}
using Paths = std::vector<std::string>;

template <class Selector>
std::string refusal(Selector selector) {
  Network network;
  return refusal_of([&] { Optimizer(network, partition(selector, Freeze{}, Sgd{})); });
}

const std::string all_paths =
    "there are 'layers[0].weights', 'layers[0].bias', 'layers[1].weights', 'layers[1].bias', 'head.weights', "
    "'head.bias'";

}  // namespace

TEST_CASE("by_path picks a block, all below a name, and any part for a star") {
  CHECK(picked(by_path("head.bias")) == Paths{"head.bias"});
  CHECK(picked(by_path("head")) == Paths{"head.weights", "head.bias"});
  CHECK(picked(by_path("layers[1]")) == Paths{"layers[1].weights", "layers[1].bias"});
  CHECK(picked(by_path("layers[*].bias")) == Paths{"layers[0].bias", "layers[1].bias"});
  CHECK(picked(by_path("layers[*]")).size() == 4);
  CHECK(picked(by_path("*.bias")) == Paths{"head.bias"});  // a star is one part of a path
  CHECK(picked(by_path("*.*s")) == Paths{"head.weights", "head.bias"});
  CHECK(picked(by_path("h*d.w*")) == Paths{"head.weights"});
  CHECK(picked(by_path("hea")).empty());
  CHECK(picked(by_path("head.bia")).empty());
  CHECK(picked(by_path("layers[0].bias.more")).empty());
  CHECK(picked(by_path("")).empty());
  CHECK(picked(by_path("layers[]")).empty());
  CHECK(picked(by_path("***************************************x")).empty());
}

TEST_CASE("the selectors by the kind of a block") {
  const Paths with_bias{"layers[0].bias", "layers[1].bias", "head.bias"};
  CHECK(picked(vectors) == with_bias);
  CHECK(picked(biases) == with_bias);
  CHECK(picked(no_decay) == with_bias);
  CHECK(picked(matrices) == Paths{"layers[0].weights", "layers[1].weights", "head.weights"});
  for (const char* path : {"b", "bias", "x.biases[0]", "a[3].bias", "bias_hh", "out_bias", "h.b"})
    CHECK(biases({.path = path}));
  for (const char* path : {"bib", "w", "a.bias.w", "unbiased", "b.w"}) CHECK_FALSE(biases({.path = path}));
  CHECK(no_decay({.path = "scale", .is_vector = true}));
  CHECK(no_decay({.path = "bias", .is_vector = false}));
}

TEST_CASE("no_decay leaves biases without weight decay") {
  Layer layer;
  const Layer gradient{MatrixXd::Zero(2, 3), VectorXd::Zero(2)};
  Optimizer optimizer(layer, partition(no_decay, AdamW{.learning_rate = 0.5, .weight_decay = 0},
                                       AdamW{.learning_rate = 0.5, .weight_decay = 0.5}));
  optimizer.step(layer, gradient);
  CHECK(layer.bias == VectorXd::Ones(2));
  CHECK(layer.weights == MatrixXd::Constant(2, 3, 0.75));
}

TEST_CASE("a path that matches no block is refused, with the nearest") {
  CHECK(refusal(by_path("layer[0]")) ==
        "descent: partition: by_path(\"layer[0]\") matches no block; the nearest is 'layers[0].bias'; " +
            all_paths);
  CHECK(refusal(by_path("head.wieghts")) ==
        "descent: partition: by_path(\"head.wieghts\") matches no block; the nearest is 'head.weights'; " +
            all_paths);
  CHECK(refusal(by_path("head")) == "");
}

TEST_CASE("a selector of the user's that does not divide the blocks is refused") {
  const std::string message =
      "descent: partition: the selector does not divide the blocks, so that one of its rules is never "
      "used; " +
      all_paths + "; may_match_nothing(selector) allows it";
  const auto mistyped = [](const BlockInfo& block) { return block.path.starts_with("layer["); };
  CHECK(refusal(mistyped) == message);
  CHECK(refusal([](const BlockInfo& block) { return block.path == "haed" ? 0 : 1; }) == message);
  CHECK(refusal([](const BlockInfo&) { return 0; }) == message);
  CHECK(refusal(may_match_nothing(mistyped)) == "");
  CHECK(refusal([](const BlockInfo&) { return true; }) == "");  // all blocks follow what was selected
  CHECK(refusal([](const BlockInfo& block) { return block.index == 3 ? 0 : 1; }) == "");

  VectorXd one = VectorXd::Ones(2);  // nothing to divide
  CHECK(refusal_of([&] { Optimizer(one, partition([](const BlockInfo&) { return 1; }, Freeze{}, Sgd{})); }) ==
        "");
}

TEST_CASE("a selector inside of another is checked on the blocks that come to it") {
  Network network;
  const auto made = [&](auto inner) {
    return refusal_of([&] {
      Optimizer(network, Sgd{}.chain() | masked(may_match_nothing(by_path("none")), Chain<>{}) |
                             partition(by_path("head"), partition(inner, Freeze{}, Chain<>{}), Chain<>{}));
    });
  };
  CHECK(made(by_path("head.bias")) == "");
  CHECK(made(by_path("layers[0].bias")).find("by_path(\"layers[0].bias\") matches no block") !=
        std::string::npos);
}

TEST_CASE("set_rule refuses such selectors as well, and nothing changes") {
  Network network;
  Optimizer optimizer(network, partition(by_path("head"), Sgd{.learning_rate = 1}, Sgd{.learning_rate = 2}));
  optimizer.set_rule(partition(by_path("layers"), Sgd{.learning_rate = 3}, Sgd{.learning_rate = 4}));
  CHECK(optimizer.learning_rates().front().rate == 3);
  CHECK(refusal_of([&] {
          optimizer.set_rule(partition(by_path("layer"), Sgd{.learning_rate = 5}, Sgd{.learning_rate = 6}));
        }).find("the nearest is") != std::string::npos);
  CHECK(optimizer.learning_rates().front().rate == 3);
}

TEST_CASE("learning_rates are those of every block, by path, at the next step") {
  Network network;
  const Schedule falling = [](std::int64_t step) { return step == 0 ? 0.5 : 0.25; };
  Optimizer optimizer(network, partition(
                                   [](const BlockInfo& block) {
                                     return block.path == "head.bias" ? 1 : block.is_vector ? 2 : 0;
                                   },
                                   Sgd{.learning_rate = falling}, Freeze{}, AdamW{.learning_rate = 3}));
  const auto rates_are = [&](double of_matrices, double of_vectors) {
    const auto rates = optimizer.learning_rates();
    REQUIRE(rates.size() == 6);
    CHECK(rates[0].path == "layers[0].weights");
    for (const std::size_t k : {0U, 2U, 4U}) CHECK(rates[k].rate == of_matrices);
    for (const std::size_t k : {1U, 3U}) CHECK(rates[k].rate == of_vectors);
    CHECK(rates[5].rate == 0);
  };
  rates_are(0.5, 3);
  const Network gradient;
  optimizer.step(network, gradient);
  rates_are(0.25, 3);
  optimizer.set_learning_rate_factor(0.5);
  rates_are(0.125, 1.5);

  VectorXd alone = VectorXd::Ones(2);
  const auto rates = Optimizer(alone, Sgd{.learning_rate = 0.5}).learning_rates();
  REQUIRE(rates.size() == 1);
  CHECK(rates[0].rate == 0.5);
}
