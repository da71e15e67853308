// SPDX-License-Identifier: MIT
// A text as numbers, one for each character.
#pragma once

#include <descent/training/problem/samples.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

/// The text of a file, with one blank for each run of blanks and ends of lines.
/// Errors: std::runtime_error if it cannot be read.
inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (std::string word; file >> word; text += word) text += text.empty() ? "" : " ";
  if (text.empty()) throw std::runtime_error("cannot read a text from " + path);
  return text;
}

/// The characters of a text, in the order of their codes; a character's number is its position.
class Alphabet {
 public:
  explicit Alphabet(const std::string& text) : characters_(text) {
    std::sort(characters_.begin(), characters_.end());
    characters_.erase(std::unique(characters_.begin(), characters_.end()), characters_.end());
  }

  int size() const { return static_cast<int>(characters_.size()); }
  char operator[](int number) const { return characters_[static_cast<std::size_t>(number)]; }
  int number_of(char character) const { return static_cast<int>(characters_.find(character)); }

  std::vector<int> numbers_of(const std::string& text) const {
    std::vector<int> numbers;
    for (const char character : text) numbers.push_back(number_of(character));
    return numbers;
  }

 private:
  std::string characters_;
};

/// A sample is a character to guess (the target) and the characters before it (a column of the inputs).
using Guesses = descent::Samples<Eigen::MatrixXi, Eigen::VectorXi>;

inline Guesses guesses_of(const std::vector<int>& text, Eigen::Index window) {
  const auto count = static_cast<Eigen::Index>(text.size()) - window;
  Eigen::MatrixXi before(window, count);
  Eigen::VectorXi next(count);
  for (Eigen::Index k = 0; k < count; ++k) {
    before.col(k) = Eigen::VectorXi::Map(text.data() + k, window);
    next(k) = text[static_cast<std::size_t>(k + window)];
  }
  return {std::move(before), std::move(next)};
}

/// The loss, in bits per character of `text`, of guessing by how often each character occurs in `known`. Each
/// character counts once more than it occurs, so that none is impossible.
inline double bits_of_frequencies(const std::vector<int>& known, const std::vector<int>& text, int alphabet) {
  std::vector<double> counts(static_cast<std::size_t>(alphabet), 1.0);
  for (const int character : known) ++counts[static_cast<std::size_t>(character)];
  const double total = static_cast<double>(known.size()) + alphabet;
  double bits = 0;
  for (const int character : text) bits -= std::log2(counts[static_cast<std::size_t>(character)] / total);
  return bits / static_cast<double>(text.size());
}

}  // namespace support
