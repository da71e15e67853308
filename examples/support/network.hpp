// SPDX-License-Identifier: MIT
// A small network that reads handwritten digits. The library needs only DESCENT_PARAMETERS, and a `loss` that
// writes a gradient.
#pragma once

#include "digits.hpp"

#include <descent/core/parameters.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace support {

struct Layer {
  Eigen::MatrixXf weights;
  Eigen::VectorXf bias;
  DESCENT_PARAMETERS(weights, bias)

  Eigen::MatrixXf operator()(const Eigen::MatrixXf& input) const {
    return (weights * input).colwise() + bias;
  }
};

/// Fully connected layers with ReLU between them, softmax and cross-entropy at the end. A sample is a column.
struct Network {
  std::vector<Layer> layers;
  DESCENT_PARAMETERS(layers)

  /// Weights drawn as in He et al. 2015; the same for a seed on every platform.
  Network(const std::vector<Eigen::Index>& sizes, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
      const double bound = std::sqrt(6.0 / static_cast<double>(sizes[k]));
      auto draw = [&] {
        return static_cast<float>(bound * (std::ldexp(static_cast<double>(random()), -63) - 1));
      };
      layers.push_back(
          {Eigen::MatrixXf::NullaryExpr(sizes[k + 1], sizes[k], draw), Eigen::VectorXf::Zero(sizes[k + 1])});
    }
  }

  /// The images, and the output of each layer: the last has ten probabilities for each image.
  std::vector<Eigen::MatrixXf> forward(const Eigen::MatrixXf& images) const {
    std::vector<Eigen::MatrixXf> values{images};
    for (const Layer& layer : layers) {
      values.push_back(layer(values.back()));
      if (&layer != &layers.back()) values.back() = values.back().cwiseMax(0.0F);
    }
    Eigen::MatrixXf& scores = values.back();
    scores = (scores.rowwise() - scores.colwise().maxCoeff().eval()).array().exp();
    scores.array().rowwise() /= scores.colwise().sum().eval().array();
    return values;
  }

  /// The mean cross-entropy over a batch, and its gradient.
  double loss(const Digits::Batch& batch, Network& gradient) const {
    const std::vector<Eigen::MatrixXf> values = forward(batch.inputs);
    Eigen::MatrixXf delta =
        values.back();  // becomes the gradient by the scores: p, for the right digit p - 1
    double sum = 0;
    for (Eigen::Index k = 0; k < delta.cols(); ++k) {
      const float right = std::exchange(delta(batch.targets(k), k), 0.0F);
      const float wrong = delta.col(k).sum();  // 1 - right, but exact if right is nearly 1
      delta(batch.targets(k), k) = -wrong;
      sum += std::log1p(static_cast<double>(wrong / std::max(right, 1e-30F)));
    }
    delta /= static_cast<float>(delta.cols());
    for (std::size_t k = layers.size(); k-- > 0;) {
      gradient.layers[k].weights.noalias() = delta * values[k].transpose();
      gradient.layers[k].bias = delta.rowwise().sum();
      if (k > 0) delta = (values[k].array() > 0).select(layers[k].weights.transpose() * delta, 0.0F).eval();
    }
    return sum / static_cast<double>(delta.cols());
  }

  /// The fraction of the digits that it reads right.
  double accuracy(const Digits& digits) const {
    const Eigen::MatrixXf probabilities = forward(digits.inputs()).back();
    Eigen::Index right = 0, guess = 0;
    for (Eigen::Index k = 0; k < probabilities.cols(); ++k) {
      probabilities.col(k).maxCoeff(&guess);
      right += guess == digits.targets()(k) ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(probabilities.cols());
  }
};

}  // namespace support
