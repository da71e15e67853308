// SPDX-License-Identifier: MIT
// The handwritten digits of examples/data/digits.csv.
#pragma once

#include <descent/training/problem/samples.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <random>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// One image per column, its 64 grey values from 0 to 1; the targets are the digits.
using Digits = descent::Samples<Eigen::MatrixXf, Eigen::VectorXi>;

/// Errors: std::runtime_error with the file, and the number of the damaged line.
inline Digits read_digits(const std::string& path) {
  constexpr Eigen::Index pixels = 64;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::vector<float> greys;
  std::vector<int> labels;
  std::size_t number = 1;
  for (std::string line; std::getline(file, line); ++number) {
    std::istringstream fields(line);
    int value = 0;
    char comma = ',';
    Eigen::Index count = 0;
    for (; comma == ',' && fields >> value; ++count, comma = '\0', fields >> comma) {
      if (value < 0 || value > (count < pixels ? 16 : 9)) break;
      if (count < pixels) {
        greys.push_back(static_cast<float>(value) / 16);
      } else {
        labels.push_back(value);
      }
    }
    if (count != pixels + 1 || !fields.eof())
      throw std::runtime_error(path + ":" + std::to_string(number) +
                               ": expected 64 grey values from 0 to 16 and a digit");
  }
  const auto count = static_cast<Eigen::Index>(labels.size());
  if (count == 0) throw std::runtime_error(path + " is empty");
  return {Eigen::MatrixXf(Eigen::MatrixXf::Map(greys.data(), pixels, count)),
          Eigen::VectorXi(Eigen::VectorXi::Map(labels.data(), count))};
}

/// Draws `count` digits for the second part; the remaining ones form the first. The same for a seed on every
/// platform, unlike std::shuffle and the distributions of the standard library.
inline std::pair<Digits, Digits> split(const Digits& digits, std::size_t count, std::uint64_t seed) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(digits.size()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::mt19937_64 random(seed);
  for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[random() % k]);

  auto pick = [&](std::span<const Eigen::Index> samples) {
    auto batch = digits.batch(samples);
    return Digits(std::move(batch.inputs), std::move(batch.targets));
  };
  const std::span<const Eigen::Index> all(order);
  return {pick(all.subspan(count)), pick(all.first(count))};
}

struct DigitSets {
  Digits training, test;
};

/// 1437 digits to learn from, 360 to test with: the same in all programs.
inline DigitSets load_digits(const std::string& path) {
  auto [training, test] = split(read_digits(path), 360, 1);
  return {std::move(training), std::move(test)};
}

}  // namespace support
