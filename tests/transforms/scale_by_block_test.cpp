// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/scale/scale_by_block.hpp>

#include <cmath>
#include <vector>

using namespace descent;
using test::refusal_of;

namespace {

struct Deep {
  std::vector<Eigen::MatrixXd> layers{3, Eigen::MatrixXd::Zero(2, 2)};
  Eigen::VectorXd head = Eigen::VectorXd::Zero(2);
  DESCENT_PARAMETERS(layers, head)
};

Deep ones() {
  Deep model;
  for (auto& layer : model.layers) layer.setOnes();
  model.head.setOnes();
  return model;
}

double by_depth(const BlockInfo& block) {
  const int layer = number_in_path(block);
  return layer < 0 ? 1 : std::pow(0.5, 3 - layer);
}

BlockInfo at(const char* path) { return {.path = path}; }

}  // namespace

TEST_CASE("each block's step is scaled by its factor") {
  Deep model;
  Optimizer optimizer(model, Sgd{.learning_rate = 1} | ScaleByBlock{by_depth});
  optimizer.step(model, ones());
  CHECK(model.layers[0](1, 1) == -0.125);
  CHECK(model.layers[1](0, 1) == -0.25);
  CHECK(model.layers[2](1, 0) == -0.5);
  CHECK(model.head[1] == -1);
}

TEST_CASE("factors stay through reset and copies, and follow set_rule") {
  Deep model;
  Optimizer optimizer(model, Sgd{.learning_rate = 1} | ScaleByBlock{by_depth});
  optimizer.reset();
  auto copy = optimizer;
  copy.step(model, ones());
  CHECK(model.layers[0](0, 0) == -0.125);
  copy.set_rule(Sgd{.learning_rate = 1} | ScaleByBlock{[](const BlockInfo&) { return 2.0; }});
  copy.step(model, ones());
  CHECK(model.layers[0](0, 0) == -2.125);
}

TEST_CASE("a factor that set_rule refuses leaves those that were") {
  Deep model;
  Optimizer optimizer(model, Sgd{.learning_rate = 1} | ScaleByBlock{by_depth});
  const auto bad = Sgd{.learning_rate = 1} |
                   ScaleByBlock{[](const BlockInfo& block) { return block.index == 1 ? -1.0 : 2.0; }};
  CHECK(refusal_of([&] { optimizer.set_rule(bad); }) ==
        "descent: ScaleByBlock: block 'layers[1]' has the factor -1, must be at least 0 and finite");
  optimizer.step(model, ones());
  CHECK(model.layers[0](0, 0) == -0.125);
  CHECK(model.layers[1](0, 0) == -0.25);
}

TEST_CASE("before a norm over the tree a block's factor is in what is measured") {
  Deep model;
  Optimizer optimizer(model,
                      ScaleByBlock{[](const BlockInfo& block) { return block.index == 3 ? 1.0 : 0.0; }} |
                          ClipByGlobalNorm{.max_norm = 1} | Sgd{.learning_rate = 1});
  optimizer.step(model, ones());
  CHECK(model.head[0] == Approx(-1 / std::sqrt(2.0)));
  CHECK(model.layers[0].isZero());
}

TEST_CASE("the number of a layer is read from its path") {
  CHECK(number_in_path(at("layers[3].weights")) == 3);
  CHECK(number_in_path(at("blocks[12][4].bias")) == 12);
  CHECK(number_in_path(at("head")) == -1);
  CHECK(number_in_path(at("odd[x]")) == -1);
  CHECK(number_in_path(at("large[99999999999999999999]")) == -1);
}

TEST_CASE("a factor out of its range is refused, naming the block") {
  Deep model;
  const auto refusal = [&](double factor) {
    return refusal_of(
        [&] { Optimizer(model, Sgd{} | ScaleByBlock{[=](const BlockInfo&) { return factor; }}); });
  };
  CHECK(refusal(-1) ==
        "descent: ScaleByBlock: block 'layers[0]' has the factor -1, must be at least 0 and finite");
  CHECK(refusal(std::nan("")) ==
        "descent: ScaleByBlock: block 'layers[0]' has the factor nan, must be at least 0 and finite");
  CHECK(refusal_of([&] { Optimizer(model, Sgd{} | ScaleByBlock{nullptr}); }) ==
        "descent: ScaleByBlock: factor must be a function");
}
