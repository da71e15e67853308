// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/dog.hpp>
#include <descent/optimizers/dowg.hpp>

#include <cmath>
#include <tuple>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

TEST_CASE("the first step of DoG goes as far as it was told to have gone") {
  const DoG heuristic{.initial = 0.01, .epsilon = 0};
  CHECK((after(heuristic, start, slope) - start).norm() == Approx(0.01 * (1 + start.norm())).epsilon(1e-13));
  const DoG distance{.initial = 0.25, .start = DoGStart::distance, .epsilon = 0};
  CHECK((after(distance, start, slope) - start).norm() == Approx(0.25).epsilon(1e-13));
  const DoG rate{.initial = 0.25, .start = DoGStart::rate};
  CHECK(after(rate, start, slope) == start - 0.25 * slope);
  // The distance at the second step is the length of the first, divided by the root of twice its squared
  // gradient.
  CHECK(after(rate, start, slope, 2).isApprox(start - (0.25 + 0.25 / std::sqrt(2.0)) * slope, 1e-9));
}

TEST_CASE("the length of the first step of DoWG is the root of initial_squared_distance") {
  const DoWG rule{.initial_squared_distance = 0.0625, .epsilon = 0};
  CHECK((after(rule, start, slope) - start).norm() == Approx(0.25).epsilon(1e-13));
}

TEST_CASE("DoG and DoWG do not see the gradient's scale") {
  const DoG dog{.initial = 0.01, .epsilon = 0};
  CHECK(after(dog, start, 1024 * slope, 5).isApprox(after(dog, start, slope, 5), 1e-13));
  const DoWG dowg{.initial_squared_distance = 0.01, .epsilon = 0};
  CHECK(after(dowg, start, 1024 * slope, 5).isApprox(after(dowg, start, slope, 5), 1e-13));
}

TEST_CASE("layerwise DoG is DoG in each block") {
  std::tuple<VectorXd, VectorXd> p(start, 10 * start);
  const std::tuple<VectorXd, VectorXd> gradient(slope, slope.reverse());
  Optimizer layerwise(p, DoG{.initial = 0.01, .layerwise = true});
  for (int k = 0; k < 4; ++k) layerwise.step(p, gradient);
  const DoG alone{.initial = 0.01};
  CHECK(std::get<0>(p) == after(alone, start, slope, 4));
  CHECK(std::get<1>(p) == after(alone, 10 * start, slope.reverse(), 4));
}

TEST_CASE("without slope DoG and DoWG stand still, whatever epsilon is") {
  const VectorXd zeros = VectorXd::Zero(9);
  CHECK(after(DoG{}, start, zeros, 3) == start);
  CHECK(after(DoG{.epsilon = 0}, start, zeros, 3) == start);
  CHECK(after(DoG{.layerwise = true, .epsilon = 0}, start, zeros, 3) == start);
  CHECK(after(DoWG{.epsilon = 0}, start, zeros, 3) == start);
  CHECK(after(DoG{}, VectorXd(0), VectorXd(0), 3).size() == 0);
  CHECK(after(DoWG{}, VectorXd(0), VectorXd(0), 3).size() == 0);
}

TEST_CASE("distances are gone from the parameters at the first step after a reset") {
  VectorXd p = start;
  Optimizer optimizer(p, DoG{.initial = 0.01, .start = DoGStart::distance});
  for (int k = 0; k < 10; ++k) optimizer.step(p, slope);
  const VectorXd far = p;
  optimizer.reset();
  optimizer.step(p, slope);
  CHECK((p - far).norm() == Approx(0.01));
}

TEST_CASE("DoG and DoWG find the bottom of a valley without a rate") {
  CHECK(test::left_in_valley(DoG{.initial = 1e-3}, 4000) < 1e-2);
  CHECK(test::left_in_valley(DoWG{}, 4000) < 1e-2);
}

TEST_CASE("DoG and DoWG say which option is wrong") {
  CHECK(rule_refusal(DoG{}) == "");
  CHECK(rule_refusal(DoG{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(DoG{.weight_decay = -1}) == "weight_decay is -1" + test::must_be_non_negative);
  for (const bool layerwise : {false, true}) {
    CHECK(rule_refusal(DoG{.initial = 0, .layerwise = layerwise}) == "initial is 0" + test::must_be_positive);
    CHECK(rule_refusal(DoG{.layerwise = layerwise, .epsilon = -1}) ==
          "epsilon is -1" + test::must_be_non_negative);
  }
  CHECK(rule_refusal(DoWG{}) == "");
  CHECK(rule_refusal(DoWG{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(DoWG{.weight_decay = -1}) == "weight_decay is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(DoWG{.initial_squared_distance = 0}) ==
        "initial_squared_distance is 0" + test::must_be_positive);
  CHECK(rule_refusal(DoWG{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
}
