// SPDX-License-Identifier: MIT
#pragma once

#include "../../examples/support/digits.hpp"
#include "../../examples/support/network.hpp"

#include <Eigen/Core>

#include <filesystem>
#include <utility>

// The network and the data of the examples: real trainings in a tenth of a second.

namespace training_test {

/// Training and test digits.
inline const std::pair<support::Digits, support::Digits>& digits() {
  static const auto data = [] {
    // With OpenMP, Eigen would split products that are too small for it: on a busy machine each thread waits,
    // spinning, for the other, and a tenth of a second becomes ten.
    Eigen::setNbThreads(1);
    const auto root = std::filesystem::path(__FILE__).parent_path() / ".." / "..";
    return support::split(support::read_digits((root / "examples/data/digits.csv").string()), 360, 1);
  }();
  return data;
}

inline support::Network digits_network() {
  digits();
  return support::Network({64, 128, 64, 10}, 1);
}

}  // namespace training_test
