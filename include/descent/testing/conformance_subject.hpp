// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tensor.hpp>
#include <descent/testing/conformance_data.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

// A rule and its optimizers, type-erased, so that a property is compiled once for all rules.

namespace descent::testing::conformance {

/// State of one block under one name.
template <class S>
struct Slot {
  std::string path, name;
  Matrix<S> values;
};

/// The interface of Optimizer<Blocks<S>, Rule> that the properties use.
template <class S>
class ErasedOptimizer {
 public:
  virtual ~ErasedOptimizer() = default;
  virtual void step(Blocks<S>& parameters, const Matrices<S>& gradient, double loss) = 0;
  virtual std::int64_t steps() const = 0;
  virtual void reset() = 0;
  virtual std::vector<Slot<S>> state() = 0;
  /// Everything that it holds besides its rule: saved_state and restore_state.
  virtual std::vector<SavedTensor> tensors() = 0;
  virtual void set_tensors(std::span<const SavedTensor> tensors) = 0;
  virtual std::unique_ptr<ErasedOptimizer> copy() const = 0;
  /// The values of the numeric options of its rule at a step.
  virtual std::vector<double> options(std::int64_t step) const = 0;
};

/// A row-major part of a larger matrix, and a matrix with gaps between its elements.
template <class S>
using Part = Eigen::Map<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, Eigen::Unaligned,
                        Eigen::OuterStride<>>;
template <class S>
using Strided = Eigen::Map<Matrix<S>, Eigen::Unaligned, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
template <class S>
using Views = std::tuple<Part<S>, Strided<S>>;

template <class S>
class ErasedViewsOptimizer {
 public:
  virtual ~ErasedViewsOptimizer() = default;
  virtual void step(Views<S>& parameters, const std::tuple<Matrix<S>, Matrix<S>>& gradient, double loss) = 0;
};

/// Functions that make the optimizers of one rule for one element type. If one is empty, its properties are
/// skipped.
template <class S>
struct Makers {
  std::function<std::unique_ptr<ErasedOptimizer<S>>(const Blocks<S>&)> blocks;
  std::function<std::unique_ptr<ErasedViewsOptimizer<S>>(const Views<S>&)> views;
  /// With option number `option` at `value` from step `from` on; from 0 on it is a plain number, not a
  /// schedule.
  std::function<std::unique_ptr<ErasedOptimizer<S>>(const Blocks<S>&, std::size_t option, std::int64_t from,
                                                    double value)>
      broken;
};

/// The kind of an option, for the refusal of NaN.
enum class OptionKind { number, schedule, other };

struct Subject {
  std::string name;
  /// Whether each element is independent: no measurement, no whole matrix, no choice by block.
  bool elementwise = false;
  bool measures_tree = false, takes_matrices = false, chooses_by_block = false, evaluates_objective = false;
  /// The options in the order of the struct; if `options_unknown` is not empty, it explains why there are
  /// none.
  std::vector<OptionKind> options = {};
  std::string options_unknown = {};
  Makers<float> of_float = {};
  Makers<double> of_double = {};

  template <class S>
  const Makers<S>& of() const {
    if constexpr (sizeof(S) == sizeof(float)) {
      return of_float;
    } else {
      return of_double;
    }
  }
};

/// The loss given to rules if there is no function, only gradients.
inline constexpr double given_loss = 2;

/// The result of some steps.
template <class S>
struct Outcome {
  Matrices<S> parameters;
  std::vector<Slot<S>> state;
};

/// The position at which two outcomes differ in a bit; empty if there is none.
template <class S>
std::string difference(const Outcome<S>& found, const Outcome<S>& expected) {
  const std::string here = difference(found.parameters, expected.parameters);
  if (!here.empty()) return here;
  if (found.state.size() != expected.state.size()) return "other slots of state";
  for (std::size_t k = 0; k < found.state.size(); ++k) {
    const Slot<S>&a = found.state[k], &b = expected.state[k];
    if (a.path != b.path || a.name != b.name) return "other slots of state";
    const std::string there = difference(a.values, b.values);
    if (!there.empty()) return "state " + a.name + " of block " + a.path + ", " + there;
  }
  return "";
}

/// An optimizer with its parameters.
template <class S>
class Run {
 public:
  Run(const Makers<S>& makers, const Matrices<S>& start, std::size_t offset = 0)
      : Run(start, offset, [&](const Blocks<S>& blocks) { return makers.blocks(blocks); }) {}
  template <class Make>
  Run(const Matrices<S>& start, std::size_t offset, Make make)
      : data(start, offset), optimizer(make(data.blocks)) {}
  Run(const Run& other) : data(other.data.values()), optimizer(other.optimizer->copy()) {}
  Run& operator=(const Run&) = delete;

  void step(const Matrices<S>& gradient, double loss = given_loss) {
    optimizer->step(data.blocks, gradient, loss);
  }
  void steps(const std::vector<Matrices<S>>& gradients) {
    for (const auto& gradient : gradients) step(gradient);
  }
  Outcome<S> now() { return {data.values(), optimizer->state()}; }

  BlockData<S> data;
  std::unique_ptr<ErasedOptimizer<S>> optimizer;
};

}  // namespace descent::testing::conformance
