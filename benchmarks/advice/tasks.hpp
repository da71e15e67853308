// SPDX-License-Identifier: MIT
// The tasks for checking advice about learning rates: small models, each trained in a few milliseconds.
#pragma once

#include "../../examples/support/digits.hpp"

#include <descent/training/problem/model.hpp>
#include <descent/training/problem/samples.hpp>

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace advice {

using Eigen::Index;
using Eigen::MatrixXd;
using Tree = std::vector<MatrixXd>;
using Data = descent::Samples<MatrixXd, MatrixXd>;
/// The mean loss of samples, one per column; writes its gradient.
using Loss =
    std::function<double(const Tree&, const MatrixXd& inputs, const MatrixXd& targets, Tree& gradient)>;

struct Task {
  std::string name;
  Tree start;
  Data data;
  Loss loss;
};

constexpr Index samples = 960;

/// Normal numbers, the same with every standard library.
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : random_(seed) {}

  /// At least 0 and below 1.
  double uniform() { return std::ldexp(static_cast<double>(random_() >> 11), -53); }
  double operator()() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  MatrixXd matrix(Index rows, Index columns, double size = 1) {
    return MatrixXd::NullaryExpr(rows, columns, [&] { return size * (*this)(); });
  }
  Index below(Index bound) { return static_cast<Index>(random_() % static_cast<std::uint64_t>(bound)); }

 private:
  std::mt19937_64 random_;
};

// ---- Losses of outputs: the mean over samples, and its derivative in `delta`. ----

using Head = double (*)(const MatrixXd& outputs, const MatrixXd& targets, MatrixXd& delta);

inline double squares(const MatrixXd& outputs, const MatrixXd& targets, MatrixXd& delta) {
  const auto n = static_cast<double>(outputs.cols());
  delta = 2 / n * (outputs - targets);
  return (outputs - targets).squaredNorm() / n;
}

inline double absolutes(const MatrixXd& outputs, const MatrixXd& targets, MatrixXd& delta) {
  const auto n = static_cast<double>(outputs.cols());
  delta = (outputs - targets).cwiseSign() / n;
  return (outputs - targets).cwiseAbs().sum() / n;
}

inline double poisson(const MatrixXd& outputs, const MatrixXd& targets, MatrixXd& delta) {
  const auto n = static_cast<double>(outputs.cols());
  const MatrixXd means = outputs.array().exp();
  delta = (means - targets) / n;
  return (means - targets.cwiseProduct(outputs)).sum() / n;
}

inline double cross_entropy(const MatrixXd& outputs, const MatrixXd& targets, MatrixXd& delta) {
  const auto n = static_cast<double>(outputs.cols());
  const MatrixXd shifted = outputs.rowwise() - outputs.colwise().maxCoeff().eval();
  delta = shifted.array().exp();
  const Eigen::RowVectorXd sums = delta.colwise().sum();
  const double loss = (sums.array().log().sum() - targets.cwiseProduct(shifted).sum()) / n;
  delta.array().rowwise() /= sums.array();
  delta = (delta - targets) / n;
  return loss;
}

// ---- Models. ----

enum class Activation { none, relu, tanh };

/// Layers weights, bias, weights, bias, ...
inline Loss layered(Activation activation, Head head) {
  return [=](const Tree& layers, const MatrixXd& inputs, const MatrixXd& targets, Tree& gradient) {
    Tree values{inputs};
    for (std::size_t k = 0; k < layers.size(); k += 2) {
      values.push_back((layers[k] * values.back()).colwise() + layers[k + 1].col(0));
      if (k + 2 == layers.size()) break;
      if (activation == Activation::relu) values.back() = values.back().cwiseMax(0.0).eval();
      if (activation == Activation::tanh) values.back() = values.back().array().tanh().matrix().eval();
    }
    MatrixXd delta;
    const double loss = head(values.back(), targets, delta);
    for (std::size_t k = layers.size(); k > 0; k -= 2) {
      const MatrixXd& below = values[k / 2 - 1];
      gradient[k - 2].noalias() = delta * below.transpose();
      gradient[k - 1] = delta.rowwise().sum();
      if (k == 2) break;
      delta = (layers[k - 2].transpose() * delta).eval();
      if (activation == Activation::relu) delta = (below.array() > 0).select(delta, 0.0).eval();
      if (activation == Activation::tanh) delta.array() *= 1 - below.array().square();
    }
    return loss;
  };
}

/// Weights of size sqrt(gain / inputs), no bias.
inline Tree layers(const std::vector<Index>& sizes, std::uint64_t seed, double gain) {
  Normal normal(seed);
  Tree tree;
  for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
    tree.push_back(normal.matrix(sizes[k + 1], sizes[k], std::sqrt(gain / static_cast<double>(sizes[k]))));
    tree.push_back(MatrixXd::Zero(sizes[k + 1], 1));
  }
  return tree;
}

/// Ratings u(i) . v(j) of pairs (i, j).
inline double factorisation(const Tree& tree, const MatrixXd& inputs, const MatrixXd& targets,
                            Tree& gradient) {
  const auto n = static_cast<double>(inputs.cols());
  double sum = 0;
  for (MatrixXd& block : gradient) block.setZero();
  for (Index k = 0; k < inputs.cols(); ++k) {
    const auto i = static_cast<Index>(inputs(0, k)), j = static_cast<Index>(inputs(1, k));
    const double error = tree[0].col(i).dot(tree[1].col(j)) - targets(0, k);
    sum += error * error / n;
    gradient[0].col(i) += 2 * error / n * tree[1].col(j);
    gradient[1].col(j) += 2 * error / n * tree[0].col(i);
  }
  return sum;
}

// ---- Data. ----

/// A linear function of normal inputs, and noise. The width of the last input is `smallest` times that of the
/// first.
inline Task regression(std::string name, Index inputs, double smallest, double noise, Head head = squares) {
  Normal normal(11);
  MatrixXd x = normal.matrix(inputs, samples);
  for (Index k = 1; k < inputs; ++k)
    x.row(k) *= std::pow(smallest, static_cast<double>(k) / static_cast<double>(inputs - 1));
  MatrixXd y = normal.matrix(1, inputs) * x + normal.matrix(1, samples, noise);
  if (head == absolutes)
    for (Index k = 0; k < samples; k += 10) y(k) += 30 * normal();
  if (head == poisson)
    y = y.unaryExpr([&](double power) { return std::floor(std::exp(0.5 * power) + normal.uniform()); });
  return {std::move(name), layers({inputs, 1}, 1, 0), Data(std::move(x), std::move(y)),
          layered(Activation::none, head)};
}

/// Two normal clouds that overlap.
inline Task clouds() {
  Normal normal(12);
  const MatrixXd centre = normal.matrix(20, 1, 0.3);
  MatrixXd x = normal.matrix(20, samples), y = MatrixXd::Zero(2, samples);
  for (Index k = 0; k < samples; ++k) {
    x.col(k) += k % 2 == 0 ? centre : -centre;
    y(k % 2, k) = 1;
  }
  return {"two classes", layers({20, 2}, 1, 0), Data(std::move(x), std::move(y)),
          layered(Activation::none, cross_entropy)};
}

/// Three rings around each other.
inline Task rings() {
  Normal normal(13);
  MatrixXd x(2, samples), y = MatrixXd::Zero(3, samples);
  for (Index k = 0; k < samples; ++k) {
    const double angle = 2 * std::numbers::pi * normal.uniform(),
                 radius = 0.5 + 0.5 * static_cast<double>(k % 3) + 0.1 * normal();
    x.col(k) << radius * std::cos(angle), radius * std::sin(angle);
    y(k % 3, k) = 1;
  }
  return {"rings", layers({2, 24, 24, 3}, 2, 2), Data(std::move(x), std::move(y)),
          layered(Activation::relu, cross_entropy)};
}

inline Task waves() {
  Normal normal(14);
  MatrixXd x = normal.matrix(2, samples), y(1, samples);
  for (Index k = 0; k < samples; ++k) y(k) = std::sin(2 * x(0, k)) * std::cos(x(1, k)) + 0.1 * normal();
  return {"waves", layers({2, 24, 24, 1}, 3, 1), Data(std::move(x), std::move(y)),
          layered(Activation::tanh, squares)};
}

/// From each word to the next, through an embedding of 8 numbers.
inline Task words() {
  constexpr Index count = 24;
  Normal normal(15);
  MatrixXd likely = normal.matrix(count, count, 2).array().exp();
  MatrixXd x = MatrixXd::Zero(count, samples), y = x;
  Index word = 0;
  for (Index k = 0; k < samples; ++k) {
    x(word, k) = 1;
    double left = normal.uniform() * likely.col(word).sum();
    Index next = 0;
    for (; next + 1 < count && left >= likely(next, word); ++next) left -= likely(next, word);
    word = next;
    y(word, k) = 1;
  }
  return {"words", layers({count, 8, count}, 4, 1), Data(std::move(x), std::move(y)),
          layered(Activation::none, cross_entropy)};
}

inline Task ratings() {
  constexpr Index users = 40, films = 30, rank = 4;
  Normal normal(16);
  const MatrixXd u = normal.matrix(rank, users), v = normal.matrix(rank, films);
  MatrixXd x(2, samples), y(1, samples);
  for (Index k = 0; k < samples; ++k) {
    x.col(k) << static_cast<double>(normal.below(users)), static_cast<double>(normal.below(films));
    y(k) = u.col(static_cast<Index>(x(0, k))).dot(v.col(static_cast<Index>(x(1, k)))) + 0.1 * normal();
  }
  return {"ratings",
          {normal.matrix(rank, users, 0.1), normal.matrix(rank, films, 0.1)},
          Data(std::move(x), std::move(y)),
          factorisation};
}

inline Task digits(std::string name, const support::Digits& all, const std::vector<Index>& sizes,
                   Activation activation, bool reproduce = false) {
  MatrixXd x = all.inputs().leftCols(samples).cast<double>(), y = x;
  if (!reproduce) {
    y.setZero(10, samples);
    for (Index k = 0; k < samples; ++k) y(all.targets()(k), k) = 1;
  }
  return {std::move(name), layers(sizes, 5, activation == Activation::relu ? 2 : 1),
          Data(std::move(x), std::move(y)), layered(activation, reproduce ? squares : cross_entropy)};
}

inline std::vector<Task> tasks(const std::string& digits_file) {
  const auto all = support::load_digits(digits_file).training;
  using enum Activation;
  return {regression("regression", 5, 1, 0.3),
          regression("regression, condition 400", 10, 0.05, 0.05),
          regression("regression, noisy", 20, 1, 3),
          regression("regression, outliers", 8, 0.3, 0.1, absolutes),
          regression("counts", 6, 0.5, 0, poisson),
          clouds(),
          rings(),
          waves(),
          words(),
          ratings(),
          digits("digits, linear", all, {64, 10}, none),
          digits("digits, network", all, {64, 32, 10}, relu),
          digits("digits, deep", all, {64, 24, 24, 24, 24, 10}, tanh),
          digits("digits, autoencoder", all, {64, 16, 64}, relu, true)};
}

}  // namespace advice
