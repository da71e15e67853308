// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>

#include <Eigen/Core>

#include "support/refusals.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

// Models and helpers for several tests of this folder.

namespace training_test {

/// Linear regression with its mean squared error.
template <class S>
struct Regression {
  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic> weights;
  Eigen::Matrix<S, Eigen::Dynamic, 1> bias;
  DESCENT_PARAMETERS(weights, bias)

  template <class Batch>
  double loss(const Batch& batch, Regression& gradient) const {
    const auto n = static_cast<S>(batch.inputs.cols());
    const auto error = error_of(batch);
    gradient.weights = S(2) / n * error * batch.inputs.transpose();
    gradient.bias = S(2) / n * error.rowwise().sum();
    return static_cast<double>(error.squaredNorm() / n);
  }

  template <class Batch>
  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic> error_of(const Batch& batch) const {
    return ((weights * batch.inputs).colwise() + bias) - batch.targets;
  }
};

/// 2 outputs of 3 inputs, with an exact solution.
template <class S>
struct RegressionData {
  using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
  Matrix inputs, targets;

  explicit RegressionData(Eigen::Index samples) : inputs(3, samples), targets(2, samples) {
    for (Eigen::Index k = 0; k < inputs.size(); ++k)
      inputs(k) = static_cast<S>(static_cast<double>((k * 37) % 23) / 11.0 - 1);
    Matrix solution(2, 3);
    solution << S(1), S(-2), S(0.5), S(0), S(3), S(-1);
    targets = solution * inputs;
    targets.array() += S(0.25);
  }
};

template <class S>
Regression<S> zero_regression() {
  Regression<S> model;
  model.weights.setZero(2, 3);
  model.bias.setZero(2);
  return model;
}

/// The message of the std::invalid_argument that f throws, or "" if it throws none.
template <class F>
std::string message_of(F&& f) {
  return test::refusal_of(f);
}

/// An exception that only tests throw.
struct Interruption {};

/// Losses that fall by `slope` a step, with normal noise of standard deviation 1.
inline std::vector<double> noisy_line(double slope, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values;
  for (std::size_t k = 0; k < count; ++k) {
    double noise = -6;  // the sum of twelve uniform numbers is nearly normal, the same everywhere
    for (int n = 0; n < 12; ++n) noise += std::ldexp(static_cast<double>(random() >> 11), -53);
    values.push_back(10 + slope * static_cast<double>(k) + noise);
  }
  return values;
}

}  // namespace training_test
