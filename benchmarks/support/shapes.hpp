// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

// The models: one matrix of many sizes, many small vectors, and a network.

namespace bench {

struct Shape {
  std::string name;
  std::vector<std::array<Eigen::Index, 2>> blocks;  // rows and columns

  std::int64_t parameters() const {
    std::int64_t sum = 0;
    for (const auto& [rows, columns] : blocks) sum += rows * columns;
    return sum;
  }
};

inline Shape one_block(std::string name, Eigen::Index rows, Eigen::Index columns) {
  return {std::move(name), {{rows, columns}}};
}
inline Shape small_blocks(std::string name, std::size_t count, Eigen::Index size) {
  return {std::move(name), std::vector<std::array<Eigen::Index, 2>>(count, {size, 1})};
}

/// The 161 blocks of ResNet-50 (He et al. 2015, arXiv:1512.03385, table 1), 25.6 million parameters.
inline Shape resnet50() {
  Shape shape{"ResNet-50", {}};
  auto convolution = [&](Eigen::Index side, Eigen::Index inputs, Eigen::Index outputs) {
    shape.blocks.push_back({side * side * inputs, outputs});
    shape.blocks.push_back({outputs, 1});  // the scale and
    shape.blocks.push_back({outputs, 1});  // the shift of the normalization
  };
  convolution(7, 3, 64);
  Eigen::Index inputs = 64;
  const std::array<int, 4> repetitions = {3, 4, 6, 3};
  for (std::size_t stage = 0; stage < repetitions.size(); ++stage) {
    const Eigen::Index inner = Eigen::Index(64) << stage, outer = 4 * inner;
    for (int k = 0; k < repetitions[stage]; ++k) {
      convolution(1, inputs, inner);
      convolution(3, inner, inner);
      convolution(1, inner, outer);
      if (k == 0) convolution(1, inputs, outer);  // around the block
      inputs = outer;
    }
  }
  shape.blocks.push_back({inputs, 1000});
  shape.blocks.push_back({1000, 1});
  return shape;
}

inline Shape sixteen() { return one_block("16", 4, 4); }
inline Shape thousand() { return one_block("1 000", 25, 40); }
inline Shape sixteen_thousand() { return one_block("16 000", 125, 128); }
inline Shape million() { return one_block("1 M", 1000, 1000); }
inline Shape twenty_million() { return one_block("20 M", 4000, 5000); }
inline Shape hundred_million() { return one_block("100 M", 10000, 10000); }

}  // namespace bench
