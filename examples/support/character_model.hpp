// SPDX-License-Identifier: MIT
// A small language model (Bengio et al. 2003): guesses the next character from a window of those before it.
#pragma once

#include "characters.hpp"

#include <descent/core/parameters.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace support {

struct CharacterModelSizes {
  Eigen::Index alphabet, window, features, hidden;
};

/// Each character has a vector of features; a hidden layer reads those of the window; softmax. S is the scalar.
template <class S>
struct CharacterModel {
  using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

  Matrix features;  // a column for each character
  Matrix hidden_weights;
  Vector hidden_bias;
  Matrix output_weights;
  Vector output_bias;
  DESCENT_PARAMETERS(features, hidden_weights, hidden_bias, output_weights, output_bias)

  CharacterModel(const CharacterModelSizes& sizes, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    auto draw = [&](Eigen::Index rows, Eigen::Index columns, double bound) -> Matrix {
      return Matrix::NullaryExpr(rows, columns, [&] {
        return static_cast<S>(bound * (std::ldexp(static_cast<double>(random()), -63) - 1));
      });
    };
    const Eigen::Index inputs = sizes.window * sizes.features;
    features = draw(sizes.features, sizes.alphabet, 1);
    hidden_weights = draw(sizes.hidden, inputs, std::sqrt(3.0 / static_cast<double>(inputs)));
    hidden_bias.setZero(sizes.hidden);
    output_weights = draw(sizes.alphabet, sizes.hidden, 0.1 / std::sqrt(static_cast<double>(sizes.hidden)));
    output_bias.setZero(sizes.alphabet);
  }

  Eigen::Index window() const { return hidden_weights.cols() / features.rows(); }

  /// The features of each window, one below the other.
  Matrix inputs_of(const Eigen::MatrixXi& before) const {
    const Eigen::Index length = features.rows();
    Matrix inputs(length * before.rows(), before.cols());
    for (Eigen::Index k = 0; k < before.cols(); ++k)
      for (Eigen::Index j = 0; j < before.rows(); ++j)
        inputs.col(k).segment(j * length, length) = features.col(before(j, k));
    return inputs;
  }

  Matrix hidden_of(const Matrix& inputs) const {
    return ((hidden_weights * inputs).colwise() + hidden_bias).array().tanh();
  }

  /// The probability of each character, given the hidden values.
  Matrix probabilities_of(const Matrix& hidden) const {
    Matrix scores = (output_weights * hidden).colwise() + output_bias;
    scores = (scores.rowwise() - scores.colwise().maxCoeff().eval()).array().exp();
    scores.array().rowwise() /= scores.colwise().sum().eval().array();
    return scores;
  }

  static double cross_entropy(const Matrix& probabilities, const Eigen::VectorXi& targets) {
    double sum = 0;
    for (Eigen::Index k = 0; k < targets.size(); ++k)
      sum -= std::log(std::max(static_cast<double>(probabilities(targets(k), k)), 1e-30));
    return sum / static_cast<double>(targets.size());
  }

  /// The mean loss of a batch in nats per character.
  double loss(const Guesses::Batch& batch) const {
    return cross_entropy(probabilities_of(hidden_of(inputs_of(batch.inputs))), batch.targets);
  }

  /// The loss and its gradient.
  double loss(const Guesses::Batch& batch, CharacterModel& gradient) const {
    const Matrix inputs = inputs_of(batch.inputs), hidden = hidden_of(inputs);
    Matrix delta = probabilities_of(hidden);
    const double loss = cross_entropy(delta, batch.targets);
    for (Eigen::Index k = 0; k < delta.cols(); ++k) delta(batch.targets(k), k) -= 1;
    delta /= static_cast<S>(delta.cols());
    gradient.output_weights.noalias() = delta * hidden.transpose();
    gradient.output_bias = delta.rowwise().sum();

    const Matrix back = ((output_weights.transpose() * delta).array() * (1 - hidden.array().square()));
    gradient.hidden_weights.noalias() = back * inputs.transpose();
    gradient.hidden_bias = back.rowwise().sum();

    gradient.features.setZero();
    const Matrix to_inputs = hidden_weights.transpose() * back;
    const Eigen::Index length = features.rows();
    for (Eigen::Index k = 0; k < delta.cols(); ++k)
      for (Eigen::Index j = 0; j < batch.inputs.rows(); ++j)
        gradient.features.col(batch.inputs(j, k)) += to_inputs.col(k).segment(j * length, length);
    return loss;
  }

  /// Continues `text` by `count` characters. Probabilities to the power 1 / `temperature` decide: below 1, the
  /// likely characters become likelier.
  std::vector<int> continued(std::vector<int> text, int count, double temperature,
                             std::mt19937_64 random) const {
    for (int drawn = 0; drawn < count; ++drawn) {
      const Eigen::MatrixXi before = Eigen::VectorXi::Map(text.data() + text.size() - window(), window());
      const Eigen::ArrayXd weights =
          probabilities_of(hidden_of(inputs_of(before))).template cast<double>().array().pow(1 / temperature);
      double left = static_cast<double>(random() >> 11) * 0x1p-53 * weights.sum();
      Eigen::Index next = 0;
      while (next + 1 < weights.size() && (left -= weights(next)) >= 0) ++next;
      text.push_back(static_cast<int>(next));
    }
    return {text.end() - count, text.end()};
  }
};

}  // namespace support
