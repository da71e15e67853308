// SPDX-License-Identifier: MIT
#pragma once

#include "support/rule_under_test.hpp"

#include <map>
#include <utility>

// Steps of a rule on blocks anywhere in memory, and their results in a form that can be compared.

namespace test {

using descent::testing::conformance::BlockData;
using descent::testing::conformance::Outcome;
using descent::testing::conformance::Shapes;
// Again, since bits.hpp does not know those of outcomes.
using descent::testing::conformance::difference;

template <class S>
std::vector<Matrix<S>> random_blocks(const Shapes& shapes, unsigned seed) {
  return Numbers<S>(seed).matrices(shapes);
}

/// A gradient for each of `steps` steps.
template <class S>
std::vector<Gradients<S>> random_gradients(const Shapes& shapes, std::size_t steps, unsigned seed) {
  std::vector<Gradients<S>> gradients;
  for (unsigned k = 0; k < steps; ++k) gradients.push_back(random_blocks<S>(shapes, seed + 1000 * k));
  return gradients;
}

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
