// SPDX-License-Identifier: MIT
#pragma once

// A rule and its optimizers with the types erased, so that a property is written and compiled once for all rules.

#include "support/no_malloc.hpp"

#include "support/bits.hpp"

#include <descent/testing/conformance_subject.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace test {

/// Matrices anywhere in memory: the parameters that most properties are tested on.
template <class S>
using Blocks = std::vector<Eigen::Map<Matrix<S>>>;
template <class S>
using Gradients = std::vector<Matrix<S>>;

template <class S>
struct Slot {
  std::string path, name;
  Matrix<S> values;
};

/// What the tests need of Optimizer<Tree, Rule>, for a tree of one kind and any rule.
template <class S, class Tree, class Gradient>
class AnyOptimizer {
 public:
  virtual ~AnyOptimizer() = default;
  virtual void step(Tree& parameters, const Gradient& gradient) = 0;
  virtual std::int64_t steps() const = 0;
  virtual void reset() = 0;
  virtual std::vector<Slot<S>> state() = 0;
};

/// The optimizer of Blocks, with all that can be done to it.
template <class S>
class BlocksOptimizer : public AnyOptimizer<S, Blocks<S>, Gradients<S>> {
 public:
  /// With a gradient whose element number `bad`, counted over all blocks, throws an int when it is computed.
  virtual void step_with_throwing_gradient(Blocks<S>& parameters, const Gradients<S>& gradient,
                                           Eigen::Index bad) = 0;
  virtual std::unique_ptr<BlocksOptimizer> copy() const = 0;
  virtual std::unique_ptr<BlocksOptimizer> move() = 0;
  virtual void assign(const BlocksOptimizer& other) = 0;
  virtual void move_assign(BlocksOptimizer& other) = 0;
  virtual void set_same_rule() = 0;
};

/// Blocks of four layouts at once, with gradients that lie otherwise or are expressions.
template <class S>
struct Views {
  using RowMajor = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Ref<Matrix<S>> part;      // of a larger matrix
  Eigen::Map<RowMajor> row_major;  // not aligned
  Eigen::Map<Matrix<S>, Eigen::Unaligned, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided;
  Eigen::Transpose<Matrix<S>> transposed;
  auto parameters() { return std::tie(part, row_major, strided, transposed); }
  auto parameters() const { return std::tie(part, row_major, strided, transposed); }
};
template <class S>
struct ViewsGradient {
  using RowMajor = typename Views<S>::RowMajor;
  using Twice = decltype(std::declval<const Matrix<S>&>() + std::declval<const Matrix<S>&>());
  RowMajor part;                        // the other order
  Twice row_major;                      // an expression, the other order
  Eigen::Map<const Matrix<S>> strided;  // not aligned
  Eigen::Transpose<const Matrix<S>> transposed;
  auto parameters() const { return std::tie(part, row_major, strided, transposed); }
};
template <class S>
using ViewsOptimizer = AnyOptimizer<S, Views<S>, ViewsGradient<S>>;

/// Blocks whose sizes the compiler knows: one of less, one of more than two registers of any machine.
template <class S>
struct Fixed {
  Eigen::Matrix<S, 3, 5> small;
  Eigen::Matrix<S, 7, 5> large;
  auto parameters() { return std::tie(small, large); }
  auto parameters() const { return std::tie(small, large); }
};
template <class S>
using FixedOptimizer = AnyOptimizer<S, Fixed<S>, Fixed<S>>;

/// The optimizers of one rule for one element type.
template <class S>
struct Makers {
  std::function<std::unique_ptr<BlocksOptimizer<S>>(const Blocks<S>&)> blocks;
  std::function<std::unique_ptr<ViewsOptimizer<S>>(const Views<S>&)> views;
  std::function<std::unique_ptr<FixedOptimizer<S>>(const Fixed<S>&)> fixed;
  /// Makes an optimizer of a fixed-size tree on the stack, calls `made`, takes steps and resets it.
  std::function<void(Fixed<S>& parameters, const Fixed<S>& gradient, void (*made)())> on_the_stack;
  /// With option number `option` NaN from step `from` on.
  std::function<std::unique_ptr<BlocksOptimizer<S>>(const Blocks<S>&, std::size_t option, std::int64_t from)>
      broken;
};

struct RuleUnderTest {
  std::string name;
  bool climbs = false;
  /// Every element for itself: no measurement, no whole matrix, no choice by block.
  bool elementwise = false;
  bool takes_whole_matrices = false;
  /// What the conformance kit is told of it, without ways to make optimizers.
  descent::testing::conformance::Subject description;
  Makers<float> of_float;
  Makers<double> of_double;

  template <class S>
  const Makers<S>& of() const {
    if constexpr (std::is_same_v<S, float>) {
      return of_float;
    } else {
      return of_double;
    }
  }
};

// The rules are instantiated in as many files, so that they compile in parallel: properties/rules_1_test.cpp, ...
std::vector<RuleUnderTest> rules_1();
std::vector<RuleUnderTest> rules_2();
std::vector<RuleUnderTest> rules_3();
std::vector<RuleUnderTest> rules_4();
std::vector<RuleUnderTest> rules_5();
std::vector<RuleUnderTest> rules_6();
std::vector<RuleUnderTest> rules_7();
std::vector<RuleUnderTest> rules_8();
std::vector<RuleUnderTest> rules_9();
std::vector<RuleUnderTest> rules_10();
std::vector<RuleUnderTest> rules_11();
std::vector<RuleUnderTest> rules_12();
inline constexpr std::size_t parts = 12;

/// All rules of all_rules.hpp.
inline const std::vector<RuleUnderTest>& rules_under_test() {
  static const auto rules = [] {
    std::vector<RuleUnderTest> all;
    for (const auto& part : {rules_1(), rules_2(), rules_3(), rules_4(), rules_5(), rules_6(), rules_7(),
                             rules_8(), rules_9(), rules_10(), rules_11(), rules_12()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return rules;
}

}  // namespace test
