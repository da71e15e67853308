// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/dadapt_adam.hpp>
#include <descent/optimizers/dadapt_sgd.hpp>
#include <descent/optimizers/prodigy.hpp>

#include <vector>

// Rules that estimate the distance to the solution.

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

namespace {

/// The estimates of the distance after each step down a long slope, from 0 to 1 in every element.
template <class Part, class R>
std::vector<double> estimates(const R& rule, int steps) {
  VectorXd p = VectorXd::Zero(9);
  Optimizer optimizer(p, rule);
  std::vector<double> found;
  for (int k = 0; k < steps; ++k) {
    optimizer.step(p, VectorXd((p.array() - 1).sign()));
    found.push_back(optimizer.template rule_state<Part>().d);
  }
  return found;
}

template <class Part, class R>
void check_that_the_estimate_grows(const R& rule) {
  const auto found = estimates<Part>(rule, 200);
  for (std::size_t k = 1; k < found.size(); ++k) CHECK(found[k] >= found[k - 1]);
  CHECK(found.back() > 1e-3);
}

/// Allows `leaps` of the estimate: its first growth.
template <class Part, class R>
void check_that_growth_is_bounded(R rule, int leaps) {
  rule.growth_rate = 1.25;
  double before = rule.initial_distance;
  int grew = 0, leapt = 0;
  for (const double d : estimates<Part>(rule, 30)) {
    grew += d > before ? 1 : 0;
    leapt += d > 1.25 * before * (1 + 1e-15) ? 1 : 0;
    before = d;
  }
  CHECK(grew > 1);
  CHECK(leapt == leaps);
}

template <class R>
void check_that_nothing_moves_without_slope() {
  const VectorXd zeros = VectorXd::Zero(9);
  CHECK(after(R{.weight_decay = 0.5}, start, zeros, 3) == start);
  CHECK(after(R{.weight_decay = 0.5, .weight_decay_form = WeightDecayForm::fixed}, start, zeros, 3) == start);
  CHECK(after(R{}, VectorXd(0), VectorXd(0), 3).size() == 0);
  CHECK(after(R{.learning_rate = 0}, start, slope, 3) == start);
}

template <class R>
void check_common_refusals() {
  CHECK(rule_refusal(R{}) == "");
  CHECK(rule_refusal(R{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  for (const auto form : {WeightDecayForm::coupled, WeightDecayForm::decoupled, WeightDecayForm::fixed})
    CHECK(rule_refusal(R{.weight_decay = -1, .weight_decay_form = form}) ==
          "weight_decay is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(R{.initial_distance = 0}) == "initial_distance is 0" + test::must_be_positive);
  CHECK(rule_refusal(R{.growth_rate = 0.5}) == "growth_rate is 0.5, must be at least 1");
}

template <class R>
void check_refusals_of_adam() {
  CHECK(rule_refusal(R{.beta1 = 1}) == "beta1 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(R{.beta2 = 1}) == "beta2 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(R{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(R::like_optax()) == "");
}

}  // namespace

TEST_CASE("estimates of the distance grow and never shrink") {
  check_that_the_estimate_grows<ProdigyStep>(Prodigy{});
  check_that_the_estimate_grows<DAdaptAdamStep>(DAdaptAdam{});
  check_that_the_estimate_grows<DAdaptSgdStep>(DAdaptSgd{});
}

TEST_CASE("growth_rate bounds the growth of an estimate; Prodigy's first leap is free") {
  check_that_growth_is_bounded<ProdigyStep>(Prodigy{.initial_distance = 1e-3}, 1);
  check_that_growth_is_bounded<DAdaptAdamStep>(DAdaptAdam{.initial_distance = 1e-3}, 0);
  check_that_growth_is_bounded<DAdaptSgdStep>(DAdaptSgd{.initial_distance = 1e-3}, 0);
}

TEST_CASE("rules that estimate a distance stand still if there is no slope, and at a rate of 0") {
  check_that_nothing_moves_without_slope<Prodigy>();
  check_that_nothing_moves_without_slope<DAdaptAdam>();
  check_that_nothing_moves_without_slope<DAdaptSgd>();
}

TEST_CASE("the estimate starts again after reset") {
  VectorXd p = VectorXd::Zero(9);
  Optimizer optimizer(p, Prodigy{.initial_distance = 1e-3});
  CHECK(optimizer.rule_state<Prodigy>().d == 1e-3);
  for (int k = 0; k < 50; ++k) optimizer.step(p, p - VectorXd::Ones(9));
  const VectorXd first = p;
  optimizer.reset();
  p.setZero();
  for (int k = 0; k < 50; ++k) optimizer.step(p, p - VectorXd::Ones(9));
  CHECK(p == first);
}

TEST_CASE("without epsilon these rules do not see the gradient's scale") {
  const Prodigy prodigy{.epsilon = 0, .initial_distance = 1e-2};
  CHECK(after(prodigy, start, 1024 * slope, 20).isApprox(after(prodigy, start, slope, 20), 1e-11));
  const DAdaptAdam adam{.epsilon = 0, .initial_distance = 1e-2};
  CHECK(after(adam, start, 1024 * slope, 20).isApprox(after(adam, start, slope, 20), 1e-11));
  const DAdaptSgd sgd{.initial_distance = 1e-2};
  CHECK(after(sgd, start, 1024 * slope, 20).isApprox(after(sgd, start, slope, 20), 1e-11));
}

TEST_CASE("a first gradient of zeros does not keep DAdaptSgd from starting later") {
  VectorXd p = start, q = start;
  Optimizer late(p, DAdaptSgd{.initial_distance = 0.1}), early(q, DAdaptSgd{.initial_distance = 0.1});
  for (int k = 0; k < 3; ++k) late.step(p, VectorXd::Zero(9));
  for (int k = 0; k < 5; ++k) {
    late.step(p, slope);
    early.step(q, slope);
  }
  CHECK(p == q);
  CHECK(p != start);
}

TEST_CASE("rules that estimate a distance find the bottom of a valley without a rate") {
  CHECK(test::left_in_valley(Prodigy{}, 1000) < 1e-2);
  CHECK(test::left_in_valley(DAdaptAdam{}, 1000) < 1e-2);
  CHECK(test::left_in_valley(DAdaptSgd{}, 2000) < 1e-2);
}

TEST_CASE("rules that estimate a distance say which option is wrong") {
  check_common_refusals<Prodigy>();
  check_common_refusals<DAdaptAdam>();
  check_common_refusals<DAdaptSgd>();
  check_refusals_of_adam<Prodigy>();
  check_refusals_of_adam<DAdaptAdam>();
  CHECK(rule_refusal(Prodigy{.coefficient = 0}) == "coefficient is 0" + test::must_be_positive);
  CHECK(rule_refusal(Prodigy{.beta3 = 1.0}) == "beta3 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(DAdaptSgd{.momentum = 1}) == "momentum is 1" + test::must_be_a_decay_rate);
}
