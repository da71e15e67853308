// SPDX-License-Identifier: MIT
#pragma once

#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// A step happens or it does not: after any exception during a step, everything must be unchanged, to the last
// bit.

namespace test {

using descent::Optimizer;
using descent::Schedule;
using Eigen::MatrixXd;

/// All numbers of an optimizer and its parameters, each block and slot as a matrix.
struct Snapshot {
  std::vector<std::pair<std::string, MatrixXd>> values;
  std::int64_t steps = 0;
};
template <class O, class Tree>
Snapshot snapshot(O& optimizer, const Tree& parameters) {
  Snapshot taken{.values = {}, .steps = optimizer.steps()};
  auto add = [&](const auto& block) { taken.values.emplace_back("parameters", MatrixXd(block)); };
  descent::detail::walk(add, parameters);
  optimizer.for_each_state([&](const std::string& path, const std::string& name, const auto& values) {
    taken.values.emplace_back(path + ": " + name, values.template cast<double>());
  });
  return taken;
}
inline std::string difference(const Snapshot& a, const Snapshot& b) {
  if (a.steps != b.steps) return "another number of steps";
  if (a.values.size() != b.values.size()) return "another number of slots";
  for (std::size_t k = 0; k < a.values.size(); ++k) {
    const std::string found = test::difference(a.values[k].second, b.values[k].second);
    if (a.values[k].first != b.values[k].first || !found.empty()) return a.values[k].first + ": " + found;
  }
  return "";
}

/// A schedule that throws an int at a given call.
class Trap {
 public:
  /// Throws at the n-th call from now on; 0: never.
  void throw_at(int n) { *left_ = n; }
  Schedule schedule(double value) const {
    return [left = left_, value](std::int64_t) {
      if (*left > 0 && --*left == 0) throw 7;
      return value;
    };
  }

 private:
  std::shared_ptr<int> left_ = std::make_shared<int>(0);
};

using Dynamic = std::vector<MatrixXd>;
using Fixed =
    std::tuple<Eigen::Matrix<double, 3, 2>, Eigen::Matrix<double, 5, 1>, Eigen::Matrix<double, 4, 4>>;

template <class Tree>
Tree random_tree(unsigned seed) {
  Tree tree;
  if constexpr (std::is_same_v<Tree, Dynamic>) tree = {MatrixXd(3, 2), MatrixXd(7, 5), MatrixXd(4, 4)};
  Numbers<double> numbers(seed);
  auto fill = [&](auto& block) { block = numbers.plain_matrix(block.rows(), block.cols()); };
  descent::detail::walk(fill, tree);
  return tree;
}

/// Each of three steps is tried again for each call at which the schedule may throw.
template <class Tree, class R>
void check_step_or_nothing(const R& rule, Trap trap) {
  Tree parameters = random_tree<Tree>(1), expected = parameters;
  Optimizer optimizer(parameters, rule), undisturbed(expected, rule);
  for (unsigned k = 0; k < 3; ++k) {
    const Tree gradient = random_tree<Tree>(10 + k);
    const Snapshot before = snapshot(optimizer, parameters);
    int calls = 0;
    for (bool thrown = true; thrown;) {
      trap.throw_at(calls + 1);
      try {
        optimizer.step(parameters, gradient);
        thrown = false;
      } catch (int) {
        ++calls;
        CHECK(difference(snapshot(optimizer, parameters), before) == "");
      }
      REQUIRE(calls < 100);
    }
    trap.throw_at(0);
    CHECK(calls > 0);
    undisturbed.step(expected, gradient);
    CHECK(difference(snapshot(optimizer, parameters), snapshot(undisturbed, expected)) == "");
    CHECK(optimizer.steps() == k + 1);
  }
}
/// An option of a rule, and a legal value of it.
template <class R>
struct Option {
  Schedule R::*member;
  double value;
};
template <class R>
Option(Schedule R::*, double) -> Option<R>;

/// Each option throws once, on trees of dynamic and of fixed sizes, or of the type given.
template <class Tree = void, class R, class... Options>
void check_options(const Option<R>& first, const Options&... others) {
  for (const Option<R>& option : {first, others...}) {
    const Trap trap;
    R rule{};
    rule.*option.member = trap.schedule(option.value);
    if constexpr (!std::is_same_v<Tree, Fixed>) check_step_or_nothing<Dynamic>(rule, trap);
    if constexpr (!std::is_same_v<Tree, Dynamic>) check_step_or_nothing<Fixed>(rule, trap);
  }
}

}  // namespace test
