// SPDX-License-Identifier: MIT
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <string>

// Unusual gradients: NaN must propagate, and no other gradient may make a parameter infinite or NaN.

namespace {

using namespace test;

const Shapes shapes = {{3, 4}, {7, 1}, {1, 1}, {6, 6}};

template <class Block>
bool has_nan(const Block& block) {
  return block.array().isNaN().any();
}

/// Down sum p^2 / 2 from 2, or up its negative.
template <class S>
class Walk {
 public:
  explicit Walk(const RuleUnderTest& rule)
      : rule_(rule), data(start()), optimizer(rule.of<S>().blocks(data.blocks)) {}

  Gradients<S> gradient() const {
    Gradients<S> result;
    for (const auto& block : data.blocks) result.push_back((rule_.climbs ? S(-1) : S(1)) * block);
    return result;
  }
  void step() { optimizer->step(data.blocks, gradient()); }

 private:
  static std::vector<Matrix<S>> start() {
    std::vector<Matrix<S>> blocks;
    for (const auto& [rows, columns] : shapes) blocks.push_back(Matrix<S>::Constant(rows, columns, S(2)));
    return blocks;
  }
  const RuleUnderTest& rule_;

 public:
  BlockData<S> data;
  std::unique_ptr<BlocksOptimizer<S>> optimizer;
};

/// The error after one NaN in block `b` at step `bad`; empty if there is none.
template <class S>
std::string find_swallowed_nan(const RuleUnderTest& rule, std::size_t b, int bad) {
  Walk<S> walk(rule);
  for (int k = 0; k < bad; ++k) walk.step();
  Gradients<S> gradient = walk.gradient();
  gradient[b](1, gradient[b].cols() / 2) = std::numeric_limits<S>::quiet_NaN();
  const auto before = walk.data.values();
  const std::int64_t steps = walk.optimizer->steps();
  walk.optimizer->step(walk.data.blocks, gradient);
  if (walk.optimizer->steps() == steps) return "";  // no step
  for (int k = 0; k < 12; ++k) {
    if (has_nan(walk.data.blocks[b])) return "";
    walk.step();
  }
  if (difference(walk.data.values()[b], before[b]).empty()) return "";  // frozen
  return "NaN at step " + std::to_string(bad) + " in block " + std::to_string(b) + " is swallowed";
}

/// The error after steps along gradients of a size; empty if everything stays finite.
template <class S, class Make>
std::string find_not_finite(Make make, double size, bool with_zeros) {
  Numbers<S> numbers(3);
  std::vector<Matrix<S>> start;
  for (const auto& [rows, columns] : shapes) start.push_back(numbers.plain_matrix(rows, columns));
  BlockData<S> data(start);
  const auto optimizer = make(data.blocks);
  for (int k = 0; k < 12; ++k) {
    Gradients<S> gradient;
    for (const auto& [rows, columns] : shapes)
      gradient.push_back(
          (size * numbers.plain_matrix(rows, columns).template cast<double>()).template cast<S>());
    if (with_zeros) {
      gradient[0](1, 2) = gradient[1](3, 0) = 0;
      gradient[2].setZero();
    }
    optimizer->step(data.blocks, gradient);
    for (std::size_t b = 0; b < shapes.size(); ++b)
      if (!data.blocks[b].allFinite())
        return "block " + std::to_string(b) + " is not finite after step " + std::to_string(k);
  }
  return "";
}

template <class S>
void check_without_epsilon(const RuleUnderTest& rule) {
  const auto make = [&](const Blocks<S>& blocks) { return rule.of<S>().without_epsilon(blocks); };
  std::string all_zero, some_zero;
  try {
    all_zero = find_not_finite<S>(make, 0, false);
    some_zero = find_not_finite<S>(make, 1, true);
  } catch (const std::invalid_argument& error) {  // 0 is not legal
    const std::string refused = "epsilon is 0, must be greater than 0 and finite";
    CHECK(std::string(error.what()).find(refused) != std::string::npos);
  }
  CHECK(all_zero == "");
  CHECK(some_zero == "");
}

}  // namespace

TEST_CASE("every rule: a NaN in the gradient gives a NaN in that block, or no step") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    for (const std::size_t block : {0U, 1U, 3U})
      for (const int step : {0, 2, 3}) {
        CHECK(find_swallowed_nan<float>(rule, block, step) == "");
        CHECK(find_swallowed_nan<double>(rule, block, step) == "");
      }
  }
}

TEST_CASE("every rule: with epsilon 0, zero gradients give zero updates") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    check_without_epsilon<float>(rule);
    check_without_epsilon<double>(rule);
  }
}

TEST_CASE("every rule: tiny and huge gradients leave floats finite") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    for (const double size : {1e-44, 1e-40, 1e-30, 1e-20, 1e9, 1e10, 1e15, 1e18, 1e19, 1e20, 1e25, 1e30}) {
      CAPTURE(size);
      CHECK(find_not_finite<float>(rule.of_float.blocks, size, false) == "");
    }
  }
}
