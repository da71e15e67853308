// SPDX-License-Identifier: MIT
// More tasks for checking advice about learning rates, with batches of 1 to 960 samples.
#pragma once

#include "tasks.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace advice {

/// A task, the size of its batches, and whether it played no part in the choice of the readings.
struct Case {
  Task task;
  std::int64_t batch_size = 32;
  bool held_out = false;
};

/// Two spirals around each other.
inline Task spirals() {
  Normal normal(21);
  MatrixXd x(2, samples), y = MatrixXd::Zero(2, samples);
  for (Index k = 0; k < samples; ++k) {
    const double turn = normal.uniform(), angle = 3 * std::numbers::pi * turn, side = k % 2 == 0 ? 1 : -1;
    x.col(k) << side * (0.2 + 2 * turn) * std::cos(angle) + 0.05 * normal(),
        side * (0.2 + 2 * turn) * std::sin(angle) + 0.05 * normal();
    y(k % 2, k) = 1;
  }
  return {"spirals", layers({2, 32, 32, 2}, 6, 1), Data(std::move(x), std::move(y)),
          layered(Activation::tanh, cross_entropy)};
}

/// Two half moons.
inline Task moons() {
  Normal normal(22);
  MatrixXd x(2, samples), y = MatrixXd::Zero(2, samples);
  for (Index k = 0; k < samples; ++k) {
    const double angle = std::numbers::pi * normal.uniform();
    if (k % 2 == 0)
      x.col(k) << std::cos(angle) + 0.1 * normal(), std::sin(angle) + 0.1 * normal();
    else
      x.col(k) << 1 - std::cos(angle) + 0.1 * normal(), 0.5 - std::sin(angle) + 0.1 * normal();
    y(k % 2, k) = 1;
  }
  return {"moons", layers({2, 16, 2}, 7, 2), Data(std::move(x), std::move(y)),
          layered(Activation::relu, cross_entropy)};
}

/// All entries of a matrix of low rank.
inline Task matrix_of_low_rank() {
  constexpr Index rows = 32, columns = 30, rank = 3;
  Normal normal(23);
  const MatrixXd u = normal.matrix(rank, rows), v = normal.matrix(rank, columns);
  MatrixXd x(2, samples), y(1, samples);
  for (Index k = 0; k < samples; ++k) {
    const Index i = k % rows, j = k / rows;
    x.col(k) << static_cast<double>(i), static_cast<double>(j);
    y(k) = u.col(i).dot(v.col(j));
  }
  return {"matrix of low rank",
          {normal.matrix(rank, rows, 0.3), normal.matrix(rank, columns, 0.3)},
          Data(std::move(x), std::move(y)),
          factorisation};
}

inline Task with_large_inputs(Task task) {
  MatrixXd x = 30 * task.data.inputs(), y = 100 * task.data.targets();
  task.data = Data(std::move(x), std::move(y));
  return task;
}

inline std::vector<Case> cases(const std::string& digits_file) {
  const auto all = support::load_digits(digits_file).training;
  using enum Activation;
  std::vector<Case> list;
  for (Task& task : tasks(digits_file)) list.push_back({std::move(task)});
  const auto add = [&](Task task, std::int64_t batch_size) {
    task.name += ", batches of " + std::to_string(batch_size);
    list.push_back({std::move(task), batch_size});
  };
  add(regression("regression", 8, 1, 0.3), 1);
  add(regression("regression", 10, 0.3, 1), 4);
  add(regression("condition 1000", 10, std::sqrt(1e-3), 0), samples);
  add(spirals(), 16);
  add(digits("digits, linear", all, {64, 10}, none), 4);
  add(digits("digits, tanh", all, {64, 48, 10}, tanh), 64);
  add(digits("digits, autoencoder, tanh", all, {64, 24, 64}, tanh, true), 16);
  add(matrix_of_low_rank(), 64);
  add(moons(), 32);
  add(regression("regression, noisy", 4, 1, 3), 1);
  add(with_large_inputs(regression("large inputs", 6, 0.5, 0.1)), 16);
  add(digits("digits, network", all, {64, 24, 10}, relu), 1);
  add(waves(), 8);
  add(clouds(), 8);
  for (std::size_t k = 0; k < list.size(); ++k) list[k].held_out = k % 5 == 1 || k % 5 == 3;
  return list;
}

}  // namespace advice
