// SPDX-License-Identifier: MIT
#include "training/digits.hpp"

#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/state/blocks.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/training/problem/mini_batches.hpp>

#include <cstddef>
#include <vector>

// Training with half the bytes must reach the results of training in float: the network of the examples on
// real digits.

using namespace descent;
using training_test::digits;
using training_test::digits_network;

namespace {

constexpr std::int64_t epochs = 12, batch_size = 32;

struct Trained {
  double accuracy = 0, loss = 0;
};

Trained judged(const support::Network& network) {
  const auto& [training, test] = digits();
  support::Network unused = network;
  std::vector<Eigen::Index> all(static_cast<std::size_t>(training.size()));
  for (std::size_t k = 0; k < all.size(); ++k) all[k] = static_cast<Eigen::Index>(k);
  return {network.accuracy(test), network.loss(training.batch(all), unused)};
}

template <class R, class StateStorage>
Trained trained(const R& rule, StateStorage storage) {
  support::Network network = digits_network();
  Optimizer optimizer(network, rule, storage);
  fit(network, digits().first, optimizer,
      {.epochs = epochs, .batch_size = batch_size, .progress = Progress::none});
  return judged(network);
}

/// The parameters of the network in half precision.
template <class Half>
struct HalfNetwork {
  std::vector<Eigen::Matrix<Half, Eigen::Dynamic, Eigen::Dynamic>> weights;
  std::vector<Eigen::Matrix<Half, Eigen::Dynamic, 1>> biases;
  DESCENT_PARAMETERS(weights, biases)

  explicit HalfNetwork(const support::Network& network) {
    for (const support::Layer& layer : network.layers) {
      weights.push_back(layer.weights.cast<Half>());
      biases.push_back(layer.bias.cast<Half>());
    }
  }
  void widen(support::Network& network) const {
    for (std::size_t k = 0; k < weights.size(); ++k) {
      network.layers[k].weights = weights[k].template cast<float>();
      network.layers[k].bias = biases[k].template cast<float>();
    }
  }
};

/// The gradient of a network, with the blocks in the order of a HalfNetwork.
struct WideGradient {
  std::vector<Eigen::MatrixXf> weights;
  std::vector<Eigen::VectorXf> biases;
  DESCENT_PARAMETERS(weights, biases)

  explicit WideGradient(const support::Network& gradient) {
    for (const support::Layer& layer : gradient.layers) {
      weights.push_back(layer.weights);
      biases.push_back(layer.bias);
    }
  }
};

/// The model is evaluated with its stored parameters, in half precision; float masters take the steps.
template <class Half, class R>
Trained trained_in_half(const R& rule) {
  support::Network network = digits_network(), gradient = network;
  HalfNetwork<Half> parameters(network);
  Optimizer optimizer(parameters, rule);
  MiniBatches batches(digits().first.size(), {.batch_size = batch_size});
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    batches.start_epoch(epoch);
    for (const auto samples : batches) {
      parameters.widen(network);
      network.loss(digits().first.batch(samples), gradient);
      optimizer.step(parameters, WideGradient(gradient));
    }
  }
  parameters.widen(network);
  return judged(network);
}

void check_close(const Trained& low, const Trained& full) {
  CAPTURE(low.accuracy, low.loss, full.accuracy, full.loss);
  CHECK(full.accuracy > 0.96);
  CHECK(low.accuracy > full.accuracy - 0.012);
  CHECK(low.loss < 1.25 * full.loss + 0.002);
}

AdamW adamw() {
  const std::int64_t steps = epochs * steps_per_epoch(digits().first.size(), batch_size);
  return {.learning_rate = warmup(30) >> CosineDecay{.initial = 3e-3, .steps = steps}, .weight_decay = 0.01};
}
Sgd momentum() {
  const std::int64_t steps = epochs * steps_per_epoch(digits().first.size(), batch_size);
  return {.learning_rate = warmup(30) >> CosineDecay{.initial = 0.1, .steps = steps}, .momentum = 0.9};
}

}  // namespace

TEST_CASE("with state in bfloat16 the digits are learnt as with state in float") {
  check_close(trained(adamw(), StateInBfloat16{.seed = 1}), trained(adamw(), StateLikeParameters{}));
  check_close(trained(momentum(), StateInBfloat16{.seed = 1}), trained(momentum(), StateLikeParameters{}));
}

TEST_CASE("with parameters in half precision the digits are learnt as with parameters in float") {
  const Trained full = trained(adamw(), StateLikeParameters{});
  check_close(trained_in_half<Eigen::bfloat16>(adamw()), full);
  check_close(trained_in_half<Eigen::half>(adamw()), full);
}
