// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/optimizers/lbfgs/flat_vector.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// An objective of a tree as an objective of a vector.

namespace descent::detail {

struct NamedShape {
  std::string path;
  Eigen::Index rows = 0, columns = 0;

  std::string text() const { return std::to_string(rows) + "x" + std::to_string(columns); }
};

/// The blocks of the parameters in the optimizer's constructor.
class TreeShape {
 public:
  template <class Tree>
  explicit TreeShape(const Tree& tree) {
    auto add = [&](const std::string& path, const auto& block) {
      blocks_.push_back({path, block.rows(), block.cols()});
      size_ += block.size();
    };
    walk_paths(add, tree, std::string());
  }

  Eigen::Index size() const { return size_; }
  const std::vector<NamedShape>& blocks() const { return blocks_; }

  /// Errors: std::invalid_argument if parameters have different shapes.
  template <class Tree>
  void check_parameters(std::string_view rule, const Tree& tree) const {
    compare(rule, tree, "the tree of parameters", ", but was ", " when the optimizer was made");
  }
  template <class Gradient>
  void check_gradient(std::string_view rule, const Gradient& gradient) const {
    compare(rule, gradient, "the gradient", ", its gradient is ", "");
  }

 private:
  template <class Tree>
  void compare(std::string_view rule, const Tree& tree, const char* what, const char* but,
               const char* when) const {
    std::size_t index = 0;
    auto test = [&](const auto& block) {
      if (index < blocks_.size() &&
          (block.rows() != blocks_[index].rows || block.cols() != blocks_[index].columns)) [[unlikely]]
        fail(rule, blocks_[index], {{}, block.rows(), block.cols()}, but, when);
      ++index;
    };
    walk(test, tree);
    if (index != blocks_.size()) [[unlikely]]
      fail_invalid_argument(
          std::string(rule) + ": " + what +
          " has a different number of blocks from the parameters the optimizer was made with");
  }

  [[noreturn]] DESCENT_COLD static void fail(std::string_view rule, const NamedShape& made,
                                             const NamedShape& found, const char* but, const char* when) {
    const bool of_gradient = *when == '\0';
    const std::string first = (of_gradient ? made : found).text(),
                      second = (of_gradient ? found : made).text();
    const bool transposed = made.rows == found.columns && made.columns == found.rows;
    fail_invalid_argument(std::string(rule) + ": block '" + made.path + "' is " + first + but + second +
                          when + (transposed ? " (transposed?)" : ""));
  }

  std::vector<NamedShape> blocks_;
  Eigen::Index size_ = 0;
};

/// Parameters, their gradient, and the objective.
template <class Tree, class Gradient, class Objective>
struct FlatModel {
  /// Evaluates at the current parameters.
  double evaluate() {
    walk([](auto& block) { block.setZero(); }, gradient);
    const double loss = static_cast<double>(objective(std::as_const(parameters), gradient));
    shape.check_gradient(rule, gradient);
    return loss;
  }
  template <class S>
  double evaluate(const FlatVector<S>& origin, double length, const FlatVector<S>& direction,
                  FlatVector<S>& flat_gradient) {
    detail::place(parameters, origin, length, direction);
    const double loss = evaluate();
    flatten(gradient, flat_gradient);
    return loss;
  }
  template <class S>
  void place(const FlatVector<S>& origin, double length, const FlatVector<S>& direction) {
    detail::place(parameters, origin, length, direction);
  }
  template <class S>
  void read(FlatVector<S>& flat) const {
    flatten(parameters, flat);
  }
  template <class S>
  void write(const FlatVector<S>& flat) {
    unflatten(flat, parameters);
  }

  std::string_view rule;
  const TreeShape& shape;
  Tree& parameters;
  Gradient& gradient;
  Objective& objective;
};

}  // namespace descent::detail
