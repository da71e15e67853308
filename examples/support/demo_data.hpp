// SPDX-License-Identifier: MIT
// The digits of the demos of single words, and measurements of a network.
#pragma once

#include "digits.hpp"
#include "network.hpp"

#include <descent/core/parameters.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>

namespace support {

inline DigitSets load_digits() { return load_digits(DESCENT_EXAMPLES_DATA "/digits.csv"); }

/// `count` of the digits, drawn at random.
inline Digits some_of(const Digits& digits, std::size_t count) { return split(digits, count, 2).second; }

/// The same images; one label in `1 / share` becomes one of the nine wrong ones.
inline Digits with_wrong_labels(const Digits& digits, double share) {
  Eigen::VectorXi labels = digits.targets();
  std::mt19937_64 random(3);
  for (int& label : labels) {
    const bool wrong = static_cast<double>(random() >> 11) * 0x1p-53 < share;
    if (wrong) label = (label + 1 + static_cast<int>(random() % 9)) % 10;
  }
  return {digits.inputs(), std::move(labels)};
}

/// The mean loss over a whole set.
inline double loss_on(const Network& network, const Digits& digits) {
  Network scratch = descent::zeros_like(network);
  return network.loss(digits.all(), scratch);
}

}  // namespace support
