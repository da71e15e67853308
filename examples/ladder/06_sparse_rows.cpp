// SPDX-License-Identifier: MIT
// 6. Sparse rows: a table of 100 000 words, of which a batch uses three. The step reads and writes those three rows
// and nothing else, so it costs the same for a table of any size.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sparse_adam.hpp>

#include <Eigen/Core>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <vector>

using Table = Eigen::Matrix<float, Eigen::Dynamic, 16, Eigen::RowMajor>;  // a row is a word

/// Pulls the three words of a batch towards 1; returns their mean square distance before the last step.
float train(Table& table, const std::vector<Eigen::Index>& words, int steps, double& microseconds) {
  descent::Optimizer optimizer(table, descent::SparseAdam{.learning_rate = 0.05});
  Table gradient(static_cast<Eigen::Index>(words.size()), 16);  // a row for each word that was used
  const auto began = std::chrono::steady_clock::now();
  for (int step = 0; step < steps; ++step) {
    for (std::size_t k = 0; k < words.size(); ++k)
      gradient.row(static_cast<Eigen::Index>(k)).array() = table.row(words[k]).array() - 1;
    optimizer.step(table, descent::gradient_rows(words, gradient));  // words in ascending order
  }
  microseconds =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count() / steps;
  return gradient.squaredNorm() / static_cast<float>(gradient.size());
}

int main() {
  const std::vector<Eigen::Index> words{7, 42, 999};
  std::printf("words in the table   distance to the goal   rows that changed   microseconds a step\n");
  bool right = true;
  for (const Eigen::Index size : {1'000, 10'000, 100'000}) {
    const Table start = Table::Random(size, 16);
    Table table = start;
    double microseconds = 0;
    const float distance = train(table, words, 500, microseconds);
    Eigen::Index changed = 0;
    for (Eigen::Index row = 0; row < size; ++row) changed += table.row(row) != start.row(row) ? 1 : 0;
    std::printf("%18d   %20.2g   %17d   %19.2f\n", static_cast<int>(size), static_cast<double>(distance),
                static_cast<int>(changed), microseconds);
    right = right && changed == 3 && distance < 1e-4F;
  }
  return right ? 0 : 1;
}
