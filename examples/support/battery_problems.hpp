// SPDX-License-Identifier: MIT
// The problems of the battery. The lowest value of each is 0, or near it.
#pragma once

#include "battery.hpp"
#include "digits.hpp"

#include <Eigen/Core>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace support {

struct Problem {
  std::string name;
  Tree start;
  std::int64_t steps;
  bool in_batches;
  /// The loss and its gradient at a step.
  std::function<double(const Tree&, Tree& gradient, std::int64_t step)> objective;
  /// The loss that is reported.
  std::function<double(const Tree&)> loss;
};

/// Numbers from -1 to 1, the same on every platform.
class Uniform {
 public:
  explicit Uniform(std::uint64_t seed) : random_(seed) {}
  double operator()() { return std::ldexp(static_cast<double>(random_()), -63) - 1; }
  Eigen::MatrixXd matrix(Eigen::Index rows, Eigen::Index columns, double size = 1) {
    return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return size * (*this)(); });
  }

 private:
  std::mt19937_64 random_;
};

/// A problem without randomness.
template <class F>
Problem exact_problem(std::string name, Tree start, std::int64_t steps, F objective) {
  auto loss = [objective](const Tree& point) {
    Tree gradient = point;
    return objective(point, gradient);
  };
  auto at_step = [objective](const Tree& point, Tree& gradient, std::int64_t) {
    return objective(point, gradient);
  };
  return {std::move(name), std::move(start), steps, false, at_step, loss};
}

/// (x - a)' H (x - a) / 2 in 30 dimensions, with curvatures from 1 / condition to 1, rotated so that no
/// coordinate is special.
inline Problem quadratic(const std::string& name, double condition, std::int64_t steps) {
  constexpr Eigen::Index size = 30;
  const Eigen::MatrixXd random = Uniform(7).matrix(size, size);
  const Eigen::MatrixXd turn = Eigen::HouseholderQR<Eigen::MatrixXd>(random).householderQ();
  Eigen::VectorXd curvatures(size);
  for (Eigen::Index k = 0; k < size; ++k)
    curvatures[k] = std::pow(condition, -static_cast<double>(k) / static_cast<double>(size - 1));
  const Eigen::MatrixXd hessian = turn * curvatures.asDiagonal() * turn.transpose();
  const Eigen::VectorXd lowest = Uniform(8).matrix(size, 1),
                        start = lowest + turn * Eigen::VectorXd::Ones(size);
  return exact_problem(name, {Eigen::MatrixXd(start.reshaped(6, 5))}, steps,
                       [hessian, lowest](const Tree& point, Tree& gradient) {
                         const Eigen::VectorXd away = point[0].reshaped() - lowest, slope = hessian * away;
                         gradient[0] = slope.reshaped(6, 5);
                         return away.dot(slope) / 2;
                       });
}

/// sum 100 (x_(k+1) - x_k^2)^2 + (1 - x_k)^2, from -1.2, 1, -1.2, ...
inline Problem rosenbrock(const std::string& name, Eigen::Index rows, Eigen::Index columns,
                          std::int64_t steps) {
  Eigen::MatrixXd start(rows, columns);
  for (Eigen::Index k = 0; k < start.size(); ++k) start.data()[k] = k % 2 == 0 ? -1.2 : 1;
  return exact_problem(name, {start}, steps, [](const Tree& point, Tree& gradient) {
    const double* x = point[0].data();
    double* slope = gradient[0].data();
    std::fill(slope, slope + point[0].size(), 0.0);
    double sum = 0;
    for (Eigen::Index k = 0; k + 1 < point[0].size(); ++k) {
      const double a = 1 - x[k], b = x[k + 1] - x[k] * x[k];
      sum += a * a + 100 * b * b;
      slope[k] += -2 * a - 400 * x[k] * b;
      slope[k + 1] += 200 * b;
    }
    return sum;
  });
}

/// Mean cross-entropy of layers weights, bias, weights, bias, ... with ReLU between them; writes its gradient.
inline double cross_entropy(const Tree& layers, Tree& gradient, const Eigen::MatrixXd& images,
                            const Eigen::VectorXi& digits) {
  Tree values{images};
  for (std::size_t k = 0; k < layers.size(); k += 2) {
    values.push_back((layers[k] * values.back()).colwise() + layers[k + 1].col(0));
    if (k + 2 < layers.size()) values.back() = values.back().cwiseMax(0.0);
  }
  Eigen::MatrixXd delta = values.back();
  delta = (delta.rowwise() - delta.colwise().maxCoeff().eval()).array().exp();
  delta.array().rowwise() /= delta.colwise().sum().eval().array();
  double sum = 0;
  for (Eigen::Index k = 0; k < delta.cols(); ++k) {
    sum -= std::log(std::max(delta(digits[k], k), 1e-300));
    delta(digits[k], k) -= 1;
  }
  const auto count = static_cast<double>(delta.cols());
  delta /= count;
  for (std::size_t k = layers.size(); k > 0; k -= 2) {
    const Eigen::MatrixXd& below = values[k / 2 - 1];
    gradient[k - 2].noalias() = delta * below.transpose();
    gradient[k - 1] = delta.rowwise().sum();
    if (k > 2) delta = (below.array() > 0).select(layers[k - 2].transpose() * delta, 0.0).eval();
  }
  return sum / count;
}

/// Layers of the given sizes read the digits, in batches of 64 that are the same for every rule.
inline Problem reading(const std::string& name, const Digits& digits, const std::vector<Eigen::Index>& sizes,
                       std::int64_t steps) {
  constexpr Eigen::Index batch = 64;
  Uniform numbers(3);
  Tree start;
  for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
    start.push_back(numbers.matrix(sizes[k + 1], sizes[k], std::sqrt(6.0 / static_cast<double>(sizes[k]))));
    start.push_back(Eigen::MatrixXd::Zero(sizes[k + 1], 1));
  }
  const auto images = std::make_shared<const Eigen::MatrixXd>(digits.inputs().cast<double>());
  const auto targets = std::make_shared<const Eigen::VectorXi>(digits.targets());
  auto at_step = [=](const Tree& layers, Tree& gradient, std::int64_t step) {
    const Eigen::Index first = step * batch % (images->cols() - batch);
    return cross_entropy(layers, gradient, images->middleCols(first, batch), targets->segment(first, batch));
  };
  auto loss = [=](const Tree& layers) {
    Tree gradient = layers;
    return cross_entropy(layers, gradient, *images, *targets);
  };
  return {name, std::move(start), steps, true, at_step, loss};
}

/// All problems.
inline std::vector<Problem> battery_problems(const Digits& digits) {
  return {quadratic("quadratic, condition 1", 1, 200),
          quadratic("quadratic, 10^2", 1e2, 500),
          quadratic("quadratic, 10^4", 1e4, 500),
          quadratic("quadratic, 10^6", 1e6, 500),
          rosenbrock("Rosenbrock in 2 dimensions", 2, 1, 1000),
          rosenbrock("Rosenbrock in 100", 10, 10, 1000),
          reading("logistic regression", digits, {64, 10}, 300),
          reading("network", digits, {64, 24, 10}, 300)};
}

}  // namespace support
