// SPDX-License-Identifier: MIT
#pragma once

// A rule and its optimizers, type-erased, so that a property is written and compiled once for all rules.

#include "support/no_malloc.hpp"

#include "support/bits.hpp"

#include <descent/core/tensor.hpp>
#include <descent/testing/conformance_subject.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace test {

/// Matrices anywhere in memory: the parameters that most properties are tested on.
using descent::testing::conformance::Blocks;
template <class S>
using Gradients = descent::testing::conformance::Matrices<S>;
using descent::testing::conformance::Slot;

/// The interface of Optimizer<Tree, Rule> that the tests use, for one kind of tree and any rule.
template <class S, class Tree, class Gradient>
class AnyOptimizer {
 public:
  virtual ~AnyOptimizer() = default;
  virtual void step(Tree& parameters, const Gradient& gradient) = 0;
  virtual std::int64_t steps() const = 0;
  virtual void reset() = 0;
  virtual std::vector<Slot<S>> state() = 0;
};

/// The optimizer of Blocks, with its complete interface.
template <class S>
class BlocksOptimizer : public AnyOptimizer<S, Blocks<S>, Gradients<S>> {
 public:
  /// With a gradient that throws an int when its element number `bad`, counted over all blocks, is computed.
  virtual void step_with_throwing_gradient(Blocks<S>& parameters, const Gradients<S>& gradient,
                                           Eigen::Index bad) = 0;
  virtual std::vector<descent::SavedTensor> tensors() = 0;
  virtual void set_tensors(std::span<const descent::SavedTensor> tensors) = 0;
  virtual std::unique_ptr<BlocksOptimizer> copy() const = 0;
  virtual std::unique_ptr<BlocksOptimizer> move() = 0;
  virtual void assign(const BlocksOptimizer& other) = 0;
  virtual void move_assign(BlocksOptimizer& other) = 0;
  virtual void set_same_rule() = 0;
};

/// Blocks of four layouts at once, with gradients of different layouts or as expressions.
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

/// Blocks with sizes known at compile time: one smaller, one larger than two registers of any machine.
template <class S>
struct Fixed {
  Eigen::Matrix<S, 3, 5> small;
  Eigen::Matrix<S, 7, 5> large;
  auto parameters() { return std::tie(small, large); }
  auto parameters() const { return std::tie(small, large); }
};
template <class S>
using FixedOptimizer = AnyOptimizer<S, Fixed<S>, Fixed<S>>;

/// The optimizers of one rule for one element type: plain functions, because the rule follows from its type
/// alone.
template <class S>
struct Makers {
  std::unique_ptr<BlocksOptimizer<S>> (*blocks)(const Blocks<S>&) = nullptr;
  /// With different options: `rule` points to a rule of the same type. See optimizer_of.
  std::unique_ptr<BlocksOptimizer<S>> (*blocks_with)(const Blocks<S>&, const void* rule) = nullptr;
  std::unique_ptr<ViewsOptimizer<S>> (*views)(const Views<S>&) = nullptr;
  std::unique_ptr<FixedOptimizer<S>> (*fixed)(const Fixed<S>&) = nullptr;
  /// Makes an optimizer of a fixed-size tree on the stack, calls `made`, takes steps and resets it.
  void (*on_the_stack)(Fixed<S>& parameters, const Fixed<S>& gradient, void (*made)()) = nullptr;
  /// With option number `option` at `value` from step `from` on.
  std::unique_ptr<BlocksOptimizer<S>> (*broken)(const Blocks<S>&, std::size_t option, std::int64_t from,
                                                double value) = nullptr;
  /// With every epsilon 0.
  std::unique_ptr<BlocksOptimizer<S>> (*without_epsilon)(const Blocks<S>&) = nullptr;
};

/// Its address identifies the type.
template <class Rule>
inline constexpr char type_mark = 0;

struct RuleUnderTest {
  std::string name;
  std::string text;            // as to_string writes the rule
  const char* type = nullptr;  // of the rule: a type_mark
  bool climbs = false;
  /// Whether each element is independent: no measurement, no whole matrix, no choice by block.
  bool elementwise = false;
  bool takes_whole_matrices = false;
  /// A number is drawn for each element, by its place.
  bool draws_numbers = false;
  /// The rows of a matrix are treated differently from its columns.
  bool has_units = false;
  /// Even if all blocks have fixed sizes: see all_rules.hpp.
  bool needs_heap = false;
  /// What the conformance kit needs to know of the rule, without ways to make optimizers.
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

/// Adds the rules of part `part` (counted from 1), each at its index in all_rules.hpp. CMake writes a file
/// for each part, so that they compile in parallel (make_rules.hpp).
template <std::size_t part>
void add_part(std::vector<RuleUnderTest>& rules);

/// The rules that this build tests: those of all_rules.hpp that DESCENT_TEST_RULES of CMake selects.
const std::vector<RuleUnderTest>& rules_under_test();

/// An optimizer for a rule whose type is in all_rules.hpp with other options, so that it need not be compiled
/// again; null if this build does not test that type.
template <class S, class Rule>
std::unique_ptr<BlocksOptimizer<S>> optimizer_of(const Blocks<S>& parameters, const Rule& rule) {
  for (const RuleUnderTest& other : rules_under_test())
    if (other.type == &type_mark<Rule>) return other.of<S>().blocks_with(parameters, &rule);
  return nullptr;
}

}  // namespace test
