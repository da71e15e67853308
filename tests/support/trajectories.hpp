// SPDX-License-Identifier: MIT
#pragma once

#include "support/rule_under_test.hpp"

#include <map>
#include <numeric>
#include <utility>

// Steps of a rule on blocks anywhere in memory, and their results in a form that can be compared.

namespace test {

/// Blocks that own their values: consecutive in one buffer, `offset` elements off a cache line.
template <class S>
class BlockData {
 public:
  explicit BlockData(const std::vector<Matrix<S>>& values, std::size_t offset = 0) {
    std::size_t size = 0;
    for (const auto& block : values) size += static_cast<std::size_t>(block.size());
    buffer_.resize(size + offset + 64 / sizeof(S));
    const auto address = reinterpret_cast<std::uintptr_t>(buffer_.data());
    S* next = buffer_.data() + (64 - address % 64) % 64 / sizeof(S) + offset;
    for (const auto& block : values) {
      blocks.emplace_back(next, block.rows(), block.cols());
      blocks.back() = block;
      next += block.size();
    }
  }
  BlockData(const BlockData&) = delete;
  BlockData& operator=(const BlockData&) = delete;

  std::vector<Matrix<S>> values() const { return {blocks.begin(), blocks.end()}; }

  Blocks<S> blocks;

 private:
  std::vector<S> buffer_;
};

using Shapes = std::vector<std::pair<Eigen::Index, Eigen::Index>>;

template <class S>
std::vector<Matrix<S>> random_blocks(const Shapes& shapes, unsigned seed) {
  Numbers<S> numbers(seed);
  std::vector<Matrix<S>> blocks;
  for (const auto& [rows, columns] : shapes) blocks.push_back(numbers.matrix(rows, columns));
  return blocks;
}

/// A gradient for each of `steps` steps.
template <class S>
std::vector<Gradients<S>> random_gradients(const Shapes& shapes, std::size_t steps, unsigned seed) {
  std::vector<Gradients<S>> gradients;
  for (unsigned k = 0; k < steps; ++k) gradients.push_back(random_blocks<S>(shapes, seed + 1000 * k));
  return gradients;
}

/// The result of some steps: the parameters, and the state by name.
template <class S>
struct Outcome {
  std::vector<Matrix<S>> parameters;
  std::vector<Slot<S>> state;
};

template <class S, class Optimizer>
Outcome<S> outcome(Optimizer& optimizer, const BlockData<S>& data) {
  return {data.values(), optimizer.state()};
}

template <class S>
Outcome<S> after_steps(const Makers<S>& rule, const std::vector<Matrix<S>>& start,
                       const std::vector<Gradients<S>>& gradients, std::size_t offset = 0) {
  BlockData<S> data(start, offset);
  const auto optimizer = rule.blocks(data.blocks);
  for (const auto& gradient : gradients) optimizer->step(data.blocks, gradient);
  return outcome(*optimizer, data);
}

/// The first position at which two outcomes differ in a bit, as text; empty if there is none.
template <class S>
std::string difference(const Outcome<S>& a, const Outcome<S>& b) {
  if (a.parameters.size() != b.parameters.size() || a.state.size() != b.state.size())
    return "another structure";
  for (std::size_t k = 0; k < a.parameters.size(); ++k) {
    const std::string found = difference(a.parameters[k], b.parameters[k]);
    if (!found.empty()) return "block " + std::to_string(k) + ": " + found;
  }
  for (std::size_t k = 0; k < a.state.size(); ++k) {
    if (a.state[k].path != b.state[k].path || a.state[k].name != b.state[k].name) return "another structure";
    const std::string found = difference(a.state[k].values, b.state[k].values);
    if (!found.empty()) return a.state[k].path + ", " + a.state[k].name + ": " + found;
  }
  return "";
}

/// All blocks end to end: the parameters, and each slot of state under its name.
template <class S>
std::map<std::string, std::vector<S>> end_to_end(const Outcome<S>& outcome) {
  std::map<std::string, std::vector<S>> columns;
  auto append = [&](const std::string& name, const Matrix<S>& values) {
    columns[name].insert(columns[name].end(), values.data(), values.data() + values.size());
  };
  for (const auto& block : outcome.parameters) append("parameters", block);
  for (const auto& slot : outcome.state) append(slot.name, slot.values);
  return columns;
}

}  // namespace test
