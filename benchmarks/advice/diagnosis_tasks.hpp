// SPDX-License-Identifier: MIT
#pragma once

#include "../../examples/support/digits.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/parameters.hpp>
#include <descent/training/observe/update_observer.hpp>
#include <descent/training/problem/mini_batches.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

// Small trainings whose best learning rate is known from a sweep.
namespace advice {

struct Layer {
  Eigen::MatrixXf weights;
  Eigen::VectorXf bias;
  DESCENT_PARAMETERS(weights, bias)
};

enum class Loss { cross_entropy, squares };

/// Layers with ReLU between them; the targets are probabilities or numbers, one sample per column.
struct Network {
  std::vector<Layer> layers;
  Loss kind = Loss::squares;
  DESCENT_PARAMETERS(layers)

  Network(const std::vector<Eigen::Index>& sizes, double gain, Loss loss_kind, std::uint64_t seed)
      : kind(loss_kind) {
    std::mt19937_64 random(seed);
    for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
      const double bound = gain * std::sqrt(6.0 / static_cast<double>(sizes[k]));
      auto draw = [&] {
        return static_cast<float>(bound * (std::ldexp(static_cast<double>(random()), -63) - 1));
      };
      layers.push_back(
          {Eigen::MatrixXf::NullaryExpr(sizes[k + 1], sizes[k], draw), Eigen::VectorXf::Zero(sizes[k + 1])});
    }
  }

  /// The mean loss of the samples; writes its gradient.
  double loss(const Eigen::MatrixXf& inputs, const Eigen::MatrixXf& targets, Network& gradient) const {
    std::vector<Eigen::MatrixXf> values{inputs};
    for (const Layer& layer : layers) {
      values.push_back((layer.weights * values.back()).colwise() + layer.bias);
      if (&layer != &layers.back()) values.back() = values.back().cwiseMax(0.0F);
    }
    Eigen::MatrixXf delta = values.back();
    const double sum = kind == Loss::squares ? squares(delta, targets) : cross_entropy(delta, targets);
    const auto count = static_cast<float>(inputs.cols());
    delta /= count;
    for (std::size_t k = layers.size(); k-- > 0;) {
      gradient.layers[k].weights.noalias() = delta * values[k].transpose();
      gradient.layers[k].bias = delta.rowwise().sum();
      if (k > 0) delta = (values[k].array() > 0).select(layers[k].weights.transpose() * delta, 0.0F).eval();
    }
    return sum / static_cast<double>(count);
  }

 private:
  static double squares(Eigen::MatrixXf& outputs, const Eigen::MatrixXf& targets) {
    outputs -= targets;
    return 0.5 * static_cast<double>(outputs.squaredNorm());
  }
  static double cross_entropy(Eigen::MatrixXf& outputs, const Eigen::MatrixXf& targets) {
    outputs = outputs.rowwise() - outputs.colwise().maxCoeff().eval();
    const Eigen::RowVectorXf sums = outputs.array().exp().matrix().colwise().sum();
    const Eigen::MatrixXf logs = outputs.rowwise() - sums.array().log().matrix();
    outputs = logs.array().exp().matrix() - targets;
    return -static_cast<double>((targets.array() * logs.array()).sum());
  }
};

struct Problem {
  std::string name;
  Eigen::MatrixXf inputs, targets;
  std::vector<Eigen::Index> sizes;
  Loss kind = Loss::squares;
  double gain = 1;
  std::int64_t batch = 32, epochs = 15;
};

/// Trains and calls `see` with the report of each step. Returns the loss over all samples at the end; infinity if it is
/// not finite.
template <class Rule>
double train(const Problem& task, const Rule& rule, std::uint64_t seed,
             const std::function<void(const descent::UpdateReport&)>& see) {
  Network network(task.sizes, task.gain, task.kind, seed);
  Network gradient = network;
  descent::Optimizer optimizer(network, rule);
  descent::UpdateObserver observer(network);
  std::mt19937_64 random(seed);
  const auto count = static_cast<std::size_t>(task.inputs.cols()),
             batch = static_cast<std::size_t>(task.batch);
  std::vector<Eigen::Index> order(count);
  for (std::size_t k = 0; k < count; ++k) order[k] = static_cast<Eigen::Index>(k);
  for (std::int64_t epoch = 0; epoch < task.epochs; ++epoch) {
    for (std::size_t k = count; k > 1; --k) std::swap(order[k - 1], order[random() % k]);
    for (std::size_t first = 0; first + batch <= count; first += batch) {
      const std::vector<Eigen::Index> some(order.begin() + static_cast<std::ptrdiff_t>(first),
                                           order.begin() + static_cast<std::ptrdiff_t>(first + batch));
      const Eigen::MatrixXf inputs = task.inputs(Eigen::all, some), targets = task.targets(Eigen::all, some);
      const double loss = network.loss(inputs, targets, gradient);
      see(observer.step(optimizer, network, gradient, loss));
      if (!std::isfinite(loss)) return std::numeric_limits<double>::infinity();
    }
  }
  const double loss = network.loss(task.inputs, task.targets, gradient);
  return std::isfinite(loss) ? loss : std::numeric_limits<double>::infinity();
}

// ---- The tasks. ----

/// Numbers between -1 and 1, the same on every platform.
inline Eigen::MatrixXf uniform(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  return Eigen::MatrixXf::NullaryExpr(
      rows, columns, [&] { return static_cast<float>(std::ldexp(static_cast<double>(random()), -63) - 1); });
}

inline Eigen::MatrixXf one_hot(const Eigen::VectorXi& labels, Eigen::Index classes, double wrong) {
  std::mt19937_64 random(7);
  Eigen::MatrixXf targets = Eigen::MatrixXf::Zero(classes, labels.size());
  for (Eigen::Index k = 0; k < labels.size(); ++k) {
    const bool change = std::ldexp(static_cast<double>(random()), -64) < wrong;
    targets(change ? static_cast<Eigen::Index>(random() % static_cast<std::uint64_t>(classes)) : labels(k),
            k) = 1;
  }
  return targets;
}

inline std::vector<Problem> digit_tasks(const std::string& path) {
  const support::Digits digits = support::load_digits(path).training;
  const Eigen::MatrixXf inputs = digits.inputs(), targets = one_hot(digits.targets(), 10, 0);
  const Loss entropy = Loss::cross_entropy;
  return {
      {"digits", inputs, targets, {64, 48, 10}, entropy},
      {"digits, deep", inputs, targets, {64, 24, 24, 24, 24, 10}, entropy},
      {"digits, softmax from 0", inputs, targets, {64, 10}, entropy, 0},
      {"digits, a fifth of labels wrong", inputs, one_hot(digits.targets(), 10, 0.2), {64, 32, 10}, entropy},
      {"digits, autoencoder", inputs, inputs, {64, 32, 64}, Loss::squares, 0.4},
      {"digits, batches of 8", inputs, targets, {64, 32, 10}, entropy, 1, 8, 5},
      {"digits, greys up to 16", 16 * inputs, targets, {64, 32, 10}, entropy, 1, 32, 12}};
}

inline std::vector<Problem> made_tasks() {
  const Eigen::MatrixXf x = uniform(5, 640, 1), noise = uniform(1, 640, 2), solution = uniform(1, 5, 3);
  const Eigen::MatrixXf line = 3 * solution * x + 0.3F * noise;
  Eigen::MatrixXf stretched = x;
  for (Eigen::Index k = 0; k < 5; ++k) stretched.row(k) *= std::pow(10.0F, -0.4F * static_cast<float>(k));
  const Eigen::MatrixXf plane = uniform(2, 1024, 4);
  const Eigen::MatrixXf waves = (3 * plane.row(0).array()).sin() * (2 * plane.row(1).array()).cos();
  Eigen::MatrixXf rings(2, 1024), sides(2, 640);
  for (Eigen::Index k = 0; k < 1024; ++k) {
    const bool inside = plane.col(k).norm() < 0.5F || plane.col(k).norm() > 0.9F;
    rings.col(k) << (inside ? 1.0F : 0.0F), (inside ? 0.0F : 1.0F);
  }
  for (Eigen::Index k = 0; k < 640; ++k)
    sides.col(k) << (line(k) > 0 ? 1.0F : 0.0F), (line(k) > 0 ? 0.0F : 1.0F);
  return {{"line from 0", x, line, {5, 1}, Loss::squares, 0},
          {"line, stretched inputs", stretched, 3 * solution * stretched, {5, 1}, Loss::squares, 1},
          {"waves", plane, waves, {2, 32, 32, 1}, Loss::squares},
          {"rings", plane, rings, {2, 32, 32, 2}, Loss::cross_entropy, 1, 32, 30},
          {"logistic from 0", x, sides, {5, 2}, Loss::cross_entropy, 0, 16, 15},
          {"line from 0, one batch", x, line, {5, 1}, Loss::squares, 0, 640, 300}};
}

}  // namespace advice
