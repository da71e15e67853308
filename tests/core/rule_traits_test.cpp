// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/optimizers/sgd.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <stdexcept>

// Traits with a user in these tests only, and what they do to what a rule remembers.

using descent::chain;
using descent::Optimizer;
using descent::Sgd;
using descent::Step;
using Eigen::VectorXd;

namespace {

/// Refuses a gradient whose norm is more than three times the average of the norms before it.
struct SkipsSpikes {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree, .may_skip = true};
  template <class V>
  struct Measured {
    V squares;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.squares = fma(u, u, sums.squares);
  }

  struct RuleState {
    double average = 0, count = 0;
    bool is_spike = false;
  };
  void advance(RuleState& state, Step, const Measured<double>& sums) const {
    const double norm = std::sqrt(sums.squares);
    state.is_spike = state.count > 0 && norm > 3 * state.average;
    if (state.is_spike) return;
    state.average = (state.count * state.average + norm) / (state.count + 1);
    ++state.count;
  }
  bool skips(const RuleState& state, const Measured<double>&) const { return state.is_spike; }

  template <class V>
  static V update(V u, V) {
    return u;
  }
};

/// Counts down from an option.
struct CountsDown {
  double from = 3;

  static constexpr descent::RuleTraits traits{.has_initial_rule_state = true};
  struct RuleState {
    double left = 0;
  };
  RuleState initial_rule_state() const { return {from}; }
  void advance(RuleState& state, Step) const { --state.left; }

  template <class V>
  static V update(V u, V) {
    return u;
  }
};

/// Cannot begin if `fails`.
struct FailsToBegin {
  double from = 1;
  bool fails = false;

  static constexpr descent::RuleTraits traits{.has_initial_rule_state = true};
  struct RuleState {
    double value = 0;
  };
  RuleState initial_rule_state() const {
    if (fails) throw std::runtime_error("no initial value");
    return {from};
  }
  void advance(RuleState&, Step) const {}

  template <class V>
  static V update(V u, V) {
    return u;
  }
};

}  // namespace

TEST_CASE("a rule that skips sees what it remembers") {
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, chain(SkipsSpikes{}, Sgd{.learning_rate = 1}));
  for (int k = 0; k < 10; ++k) optimizer.step(p, VectorXd::Ones(4));
  const VectorXd before = p;
  optimizer.step(p, VectorXd::Constant(4, 3.01));
  CHECK(p == before);
  CHECK(optimizer.skipped_steps() == 1);
  CHECK(optimizer.steps() == 10);
  optimizer.step(p, VectorXd::Constant(4, 2.99));
  CHECK(p != before);
  CHECK(optimizer.rule_state<SkipsSpikes>().count == 11);
}

TEST_CASE("what a rule remembers begins with its initial value: new, reset, by another rule, copied") {
  VectorXd p = VectorXd::Zero(2);
  Optimizer optimizer(p, chain(CountsDown{.from = 5}, Sgd{}));
  CHECK(optimizer.rule_state<CountsDown>().left == 5);
  optimizer.set_rule(chain(CountsDown{.from = 7}, Sgd{}));
  CHECK(optimizer.rule_state<CountsDown>().left == 7);
  optimizer.step(p, VectorXd::Ones(2));
  CHECK(optimizer.rule_state<CountsDown>().left == 6);
  optimizer.set_rule(chain(CountsDown{.from = 9}, Sgd{}));  // in the middle of a run, it goes on
  CHECK(optimizer.rule_state<CountsDown>().left == 6);
  const auto copy = optimizer;
  CHECK(copy.rule_state<CountsDown>().left == 6);
  optimizer.reset();
  CHECK(optimizer.rule_state<CountsDown>().left == 9);
}

TEST_CASE("a block with a clock of its own begins with the initial value, too") {
  std::array<VectorXd, 2> p{VectorXd::Zero(2), VectorXd::Zero(2)};
  Optimizer optimizer(p, chain(descent::RestAbsentBlocks{}, CountsDown{.from = 5}, Sgd{}));
  CHECK(optimizer.rule_state<CountsDown>().left == 5);
  const std::array<std::size_t, 1> first{0};
  optimizer.step(p, p, descent::AbsentBlocks(first));
  CHECK(optimizer.rule_state<CountsDown>().left == 5);  // of the first block, which was absent
  optimizer.step(p, p);
  CHECK(optimizer.rule_state<CountsDown>().left == 4);
}

TEST_CASE("set_rule with an initial value that throws changes nothing") {
  VectorXd p = VectorXd::Zero(2);
  Optimizer optimizer(p, chain(FailsToBegin{.from = 5}, Sgd{.learning_rate = 1}));
  CHECK_THROWS_AS(
      optimizer.set_rule(chain(FailsToBegin{.from = 7, .fails = true}, Sgd{.learning_rate = 100})),
      std::runtime_error);
  CHECK(optimizer.rule_state<FailsToBegin>().value == 5);
  CHECK(optimizer.learning_rate() == 1);
  optimizer.step(p, VectorXd::Ones(2));
  CHECK(p == VectorXd::Constant(2, -1));
}
