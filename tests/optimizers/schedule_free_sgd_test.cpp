// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/schedule_free_adamw.hpp>
#include <descent/optimizers/schedule_free_radam.hpp>
#include <descent/optimizers/schedule_free_sgd.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/warmup.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

namespace {

const std::string must_be_inside = ", must be in (0, 1)";

template <class R>
void check_common_refusals() {
  CHECK(rule_refusal(R{}) == "");
  CHECK(rule_refusal(R{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(R{.weight_decay = -1}) == "weight_decay is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(R{.step_power = -1}) == "step_power is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(R{.rate_power = -1}) == "rate_power is -1" + test::must_be_non_negative);
}

/// The loss at the average after `steps` steps down a valley, divided by the first loss.
template <class R>
double left_at_average(const R& rule, int steps) {
  const VectorXd curvature = Eigen::Array4d(1, 5, 25, 100), ones = VectorXd::Ones(4);
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k) optimizer.step(p, curvature.cwiseProduct(p - ones));
  const VectorXd x = optimizer.evaluation_point(p);
  return (curvature.array() * (x - ones).array().square()).sum() / curvature.sum();
}

}  // namespace

TEST_CASE("the average of ScheduleFree is the mean of its plain iterates, and y lies between") {
  VectorXd p = start, z = start, sum = VectorXd::Zero(9);
  Optimizer optimizer(p, ScheduleFreeSgd{.learning_rate = 0.25, .momentum = 0.75, .rate_power = 0});
  for (int k = 1; k <= 6; ++k) {
    const VectorXd gradient = slope * k;
    optimizer.step(p, gradient);
    z -= 0.25 * gradient;
    sum += z;
    const VectorXd x = optimizer.evaluation_point(p);
    CHECK(x.isApprox(sum / k, 1e-13));
    CHECK(p.isApprox(0.75 * x + 0.25 * z, 1e-13));
  }
}

TEST_CASE("steps weigh in the average by their rate and their number") {
  VectorXd p = VectorXd::Zero(9), z = p, sum = p;
  double weights = 0;
  const Schedule rate = warmup(4) >> Schedule(0.5);
  Optimizer optimizer(p, ScheduleFree{.learning_rate = rate, .step_power = 1, .rate_power = 3});
  for (int k = 1; k <= 6; ++k) {
    optimizer.step(p, slope);
    const double now = rate(k - 1), weight = k * now * now * now;
    z -= now * slope;
    sum += weight * z;
    weights += weight;
    CHECK(optimizer.evaluation_point(p).isApprox(sum / weights, 1e-12));
  }
}

TEST_CASE("before the first step the average is the parameters, and a rate of 0 keeps it there") {
  VectorXd p = start;
  Optimizer optimizer(p, ScheduleFreeSgd{.learning_rate = 0});
  CHECK(optimizer.evaluation_point(p) == start);
  for (int k = 0; k < 3; ++k) optimizer.step(p, slope);
  CHECK(p == start);
  CHECK(optimizer.evaluation_point(p) == start);
  CHECK(after(ScheduleFreeAdamW{}, VectorXd(0), VectorXd(0), 3).size() == 0);
}

TEST_CASE("schedule-free Adam does not see the gradient's scale") {
  const ScheduleFreeAdamW adam{.learning_rate = 0.1, .epsilon = 0};
  CHECK(after(adam, start, 1024 * slope, 5).isApprox(after(adam, start, slope, 5), 1e-14));
  const ScheduleFreeRAdam radam{.learning_rate = 0.1, .epsilon = 0};
  CHECK(after(radam, start, 1024 * slope, 8).isApprox(after(radam, start, slope, 8), 1e-14));
}

TEST_CASE(
    "ScheduleFreeRAdam stands still while its second moment averages too few samples, or takes plain steps") {
  CHECK(after(ScheduleFreeRAdam{}, start, slope, 4) == start);
  CHECK(after(ScheduleFreeRAdam{}, start, slope, 6) != start);
  const ScheduleFreeRAdam loud{.learning_rate = 0.5, .silent_start = false};
  CHECK(after(loud, start, slope, 3) == after(ScheduleFreeSgd{.learning_rate = 0.5}, start, slope, 3));
}

TEST_CASE("the average of schedule-free rules finds the bottom of a valley at a constant rate") {
  CHECK(left_at_average(ScheduleFreeSgd{.learning_rate = 0.018}, 600) < 1e-3);
  CHECK(left_at_average(ScheduleFreeAdamW{.learning_rate = 0.05}, 600) < 1e-3);
  CHECK(left_at_average(ScheduleFreeAdamW{.learning_rate = 0.05, .inner_momentum = 0.5}, 600) < 1e-3);
  CHECK(left_at_average(ScheduleFreeRAdam{.learning_rate = 0.05, .beta2 = 0.95}, 600) < 1e-3);
}

TEST_CASE("schedule-free rules say which option is wrong") {
  check_common_refusals<ScheduleFreeSgd>();
  check_common_refusals<ScheduleFreeAdamW>();
  check_common_refusals<ScheduleFreeRAdam>();
  CHECK(rule_refusal(ScheduleFreeSgd{.momentum = 0}) == "momentum is 0" + must_be_inside);
  CHECK(rule_refusal(ScheduleFreeSgd{.momentum = 1}) == "momentum is 1" + must_be_inside);
  CHECK(rule_refusal(ScheduleFreeAdamW{.beta1 = 0}) == "beta1 is 0" + must_be_inside);
  CHECK(rule_refusal(ScheduleFreeAdamW{.beta2 = 1}) == "beta2 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(ScheduleFreeAdamW{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(ScheduleFreeAdamW{.inner_momentum = 1}) ==
        "inner_momentum is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(ScheduleFreeAdamW::like_keras()) == "");
  CHECK(rule_refusal(ScheduleFreeRAdam{.beta1 = 1}) == "beta1 is 1" + must_be_inside);
  CHECK(rule_refusal(ScheduleFreeRAdam{.beta2 = 1}) == "beta2 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(ScheduleFreeRAdam{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
}
