// SPDX-License-Identifier: MIT
#pragma once

#include "cases.hpp"

#include <descent/core/optimizer.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

// Steps of descent as cases.

namespace bench {

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;

/// Numbers between -1 and 1, the same for every case.
inline const std::vector<double>& numbers() {
  static const std::vector<double> table = [] {
    std::vector<double> values(4099);
    std::uint32_t bits = 1;
    for (double& value : values) {
      bits = bits * 1664525U + 1013904223U;  // Numerical Recipes' generator
      value = static_cast<double>(bits >> 8) / (1 << 23) - 1;
    }
    return values;
  }();
  return table;
}

template <class Block>
void fill(Block& block, double factor) {
  using S = typename Block::Scalar;
  const auto length = static_cast<Eigen::Index>(numbers().size());
  for (Eigen::Index first = 0; first < block.size(); first += length) {
    for (Eigen::Index k = 0; k < std::min(length, block.size() - first); ++k)
      block.data()[first + k] = static_cast<S>(factor * numbers()[static_cast<std::size_t>(k)]);
  }
}

/// Parameters and gradient of a shape. The last ones are kept, because several consecutive cases use them.
template <class S>
struct Model {
  using Tree = std::vector<Matrix<S>>;
  std::string name;
  Tree parameters, gradient;

  static Model& of(const Shape& shape) {
    static Model model;
    if (model.name != shape.name) {
      model = Model{};
      model.name = shape.name;
      for (const auto& [rows, columns] : shape.blocks) {
        model.parameters.emplace_back(rows, columns);
        fill(model.gradient.emplace_back(rows, columns), 1e-3);
      }
    }
    for (Matrix<S>& block : model.parameters) fill(block, 1);
    return model;
  }
};

inline std::int64_t size_of_state(auto& optimizer) {
  std::int64_t bytes = 0;
  optimizer.for_each_state([&](const auto&, const auto&, const auto& values) {
    bytes += values.size() * static_cast<std::int64_t>(sizeof(values(0)));
  });
  return bytes;
}

/// Steps along a gradient that stays the same.
template <class S, class Tree, class Rule, class Storage = descent::StateLikeParameters>
class Stepping {
 public:
  Stepping(Tree& parameters, const Tree& gradient, const Rule& rule, Storage storage = {})
      : tree_(parameters), gradient_(gradient), optimizer_(parameters, rule, storage) {}

  DESCENT_INLINE void operator()() { optimizer_.step(tree_, gradient_, 1.0); }
  std::int64_t parameters() const { return descent::parameter_count(gradient_); }
  double bytes() {
    return static_cast<double>(3 * static_cast<std::int64_t>(sizeof(S)) * parameters() +
                               2 * size_of_state(optimizer_));
  }

 private:
  Tree& tree_;
  const Tree& gradient_;
  descent::Optimizer<Tree, Rule, Storage> optimizer_;
};

/// A rule on a shape: as a vector of blocks.
template <class S, class Rule>
void add_blocks(const Options& options, const Case& made, const Shape& shape, const Rule& rule) {
  add(options, made, [=] {
    Model<S>& model = Model<S>::of(shape);
    return Stepping<S, typename Model<S>::Tree, Rule>(model.parameters, model.gradient, rule);
  });
}

/// A rule on a shape of one block: without a vector around it.
template <class S, class Rule>
void add_one_block(const Options& options, const Case& made, const Shape& shape, const Rule& rule) {
  add(options, made, [=] {
    Model<S>& model = Model<S>::of(shape);
    return Stepping<S, Matrix<S>, Rule>(model.parameters[0], model.gradient[0], rule);
  });
}

}  // namespace bench
