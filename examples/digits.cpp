// SPDX-License-Identifier: MIT
// A network learns to read handwritten digits, once with each of five optimizers; draws how that went.
//
//   digits [FILE.svg]      where the picture goes; digits.svg
#include "support/digits.hpp"
#include "support/svg_chart.hpp"
#include "support/table.hpp"

#include <descent/descent.hpp>

#include <Eigen/Core>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#ifndef DESCENT_EXAMPLES_DATA
#define DESCENT_EXAMPLES_DATA "examples/data"
#endif

namespace {

using Eigen::Index;
using Eigen::MatrixXf;
using Eigen::VectorXf;
using support::Digits;

// ---- The model: everything that the library asks for is DESCENT_PARAMETERS and `loss`. ----

struct Layer {
  MatrixXf weights;
  VectorXf bias;
  DESCENT_PARAMETERS(weights, bias)

  MatrixXf operator()(const MatrixXf& input) const { return (weights * input).colwise() + bias; }
};

/// Fully connected layers with ReLU between them; softmax and cross-entropy at the end. A sample is a column.
struct Network {
  std::vector<Layer> layers;
  DESCENT_PARAMETERS(layers)

  /// Weights drawn as He et al. 2015 advise; the same for a seed everywhere.
  Network(const std::vector<Index>& sizes, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
      const double bound = std::sqrt(6.0 / static_cast<double>(sizes[k]));
      auto draw = [&] { return static_cast<float>(bound * (std::ldexp(static_cast<double>(random()), -63) - 1)); };
      layers.push_back({MatrixXf::NullaryExpr(sizes[k + 1], sizes[k], draw), VectorXf::Zero(sizes[k + 1])});
    }
  }

  /// The input, and what each layer makes of it: at the end the ten probabilities.
  std::vector<MatrixXf> forward(const MatrixXf& images) const {
    std::vector<MatrixXf> values{images};
    for (const Layer& layer : layers) {
      values.push_back(layer(values.back()));
      if (&layer != &layers.back()) values.back() = values.back().cwiseMax(0.0F);
    }
    MatrixXf& scores = values.back();
    scores = (scores.rowwise() - scores.colwise().maxCoeff().eval()).array().exp();
    scores.array().rowwise() /= scores.colwise().sum().eval().array();
    return values;
  }

  /// The mean cross-entropy over the batch; writes its gradient.
  double loss(const Digits& batch, Network& gradient) const {
    const std::vector<MatrixXf> values = forward(batch.images);
    MatrixXf delta = values.back();  // of the loss by the scores: probability minus one for the right digit
    double sum = 0;
    for (Index k = 0; k < batch.size(); ++k) {
      sum -= std::log(std::max(delta(batch.labels(k), k), 1e-30F));
      delta(batch.labels(k), k) -= 1;
    }
    delta /= static_cast<float>(batch.size());
    for (std::size_t k = layers.size(); k-- > 0;) {
      gradient.layers[k].weights.noalias() = delta * values[k].transpose();
      gradient.layers[k].bias = delta.rowwise().sum();
      if (k > 0) delta = (values[k].array() > 0).select(layers[k].weights.transpose() * delta, 0.0F).eval();
    }
    return sum / static_cast<double>(batch.size());
  }

  /// The share of digits that it reads right.
  double accuracy(const Digits& digits) const {
    const MatrixXf probabilities = forward(digits.images).back();
    Index right = 0, guess = 0;
    for (Index k = 0; k < digits.size(); ++k) {
      probabilities.col(k).maxCoeff(&guess);
      right += guess == digits.labels(k);
    }
    return static_cast<double>(right) / static_cast<double>(digits.size());
  }
};

// ---- Training it five times, and showing how that went. ----

constexpr std::int64_t epochs = 30, batch_size = 32, warmup_epochs = 2;
constexpr double goal = 0.95;

struct Run {
  std::string name;
  descent::Schedule rate;
  std::vector<double> losses, accuracies;  // on the training and the test digits, after each epoch
  double seconds = 0;

  /// The first epoch after which the goal was reached; 0 where it never was.
  std::int64_t epochs_to_goal() const {
    const auto reached = std::find_if(accuracies.begin(), accuracies.end(), [](double a) { return a >= goal; });
    return reached == accuracies.end() ? 0 : reached - accuracies.begin() + 1;
  }
};

}  // namespace
