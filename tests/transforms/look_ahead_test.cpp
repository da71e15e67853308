// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_nadam.hpp>
#include <descent/transforms/scale/scale_by_radam.hpp>

#include <limits>

using Eigen::VectorXd;
using test::refusal_of;

namespace {

/// 0.5, and NaN at step 2.
const descent::Schedule bad_at_two = [](std::int64_t step) {
  return step == 2 ? std::numeric_limits<double>::quiet_NaN() : 0.5;
};

/// The refusal of the step before the bad one; checks that the previous step was taken, and nothing is
/// damaged.
template <class R>
std::string refusal_of_step_one(const R& rule) {
  VectorXd p = VectorXd::Ones(3);
  const VectorXd gradient = p;
  descent::Optimizer optimizer(p, rule);
  optimizer.step(p, gradient);
  const VectorXd before = p;
  const std::string refusal = refusal_of([&] { optimizer.step(p, gradient); });
  CHECK(p.allFinite());
  if (!refusal.empty()) CHECK((p == before && optimizer.steps() == 1));
  return refusal;
}

}  // namespace

TEST_CASE("what uses an option of the next step refuses it before it spoils this one") {
  CHECK(refusal_of_step_one(descent::ScaleByNAdam{.beta1 = bad_at_two}) ==
        "descent: ScaleByNAdam: beta1 at step 2 is nan, must be in [0, 1)");
  CHECK(refusal_of_step_one(descent::ScaleByRAdam{.beta1 = bad_at_two, .nesterov = true}) ==
        "descent: ScaleByRAdam: beta1 at step 2 is nan, must be in [0, 1)");
  CHECK(refusal_of_step_one(descent::MovingAverage{.momentum = bad_at_two, .nesterov = true}) ==
        "descent: MovingAverage: momentum at step 2 is nan, must be in [0, 1)");
}

TEST_CASE("what uses only the options of its own step takes it") {
  CHECK(refusal_of_step_one(descent::ScaleByRAdam{.beta1 = bad_at_two}) == "");
  CHECK(refusal_of_step_one(descent::MovingAverage{.momentum = bad_at_two}) == "");
}
