// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/stable_adamw.hpp>
#include <descent/schedules/cosine_decay.hpp>

#include <cmath>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

TEST_CASE("under a steady gradient StableAdamW is AdamW") {
  const StableAdamW stable{.learning_rate = 0.1, .beta2 = 0.99};
  const AdamW plain{.learning_rate = 0.1, .beta2 = 0.99};
  CHECK(after(stable, start, slope, 5).isApprox(after(plain, start, slope, 5), 1e-12));
}

TEST_CASE("a sudden gradient moves StableAdamW less than AdamW, by the root mean square of its surprise") {
  VectorXd p = start, q = start;
  Optimizer stable(p, StableAdamW{.learning_rate = 0.1, .weight_decay = 0.0});
  Optimizer plain(q, AdamW{.learning_rate = 0.1, .beta2 = 0.99, .weight_decay = 0.0});
  for (int k = 0; k < 20; ++k) {
    stable.step(p, slope);
    plain.step(q, slope);
  }
  const VectorXd p_before = p, q_before = q;
  stable.step(p, 100 * slope);
  plain.step(q, 100 * slope);
  const double last = (1 - 0.99) / (1 - std::pow(0.99, 21));
  const double surprise = 100 / std::sqrt(last * 1e4 + (1 - last));  // the same for all elements
  CHECK((q - q_before).isApprox(surprise * (p - p_before), 1e-6));
}

TEST_CASE("StableAdamW without slope only decays") {
  const VectorXd zeros = VectorXd::Zero(9);
  CHECK(after(StableAdamW{.learning_rate = 0.5, .weight_decay = 0.25}, start, zeros) == (1 - 0.125) * start);
  CHECK(after(StableAdamW{.weight_decay = 0.25, .weight_decay_form = WeightDecayForm::fixed}, start, zeros) ==
        0.75 * start);
  CHECK(after(StableAdamW{}, VectorXd(0), VectorXd(0), 3).size() == 0);
}

TEST_CASE("coupled decay of StableAdamW is seen by its moments") {
  const StableAdamW coupled{
      .learning_rate = 0.1, .weight_decay = 0.5, .weight_decay_form = WeightDecayForm::coupled};
  const StableAdamW without{.learning_rate = 0.1, .weight_decay = 0.0};
  CHECK(after(coupled, start, slope) == after(without, start, slope + 0.5 * start));
}

TEST_CASE("StableAdamW finds the bottom of a valley") {
  const auto fading = CosineDecay{.initial = 0.05, .steps = 300};
  CHECK(test::left_in_valley(StableAdamW{.learning_rate = fading, .weight_decay = 0.0}, 300) < 1e-6);
}

TEST_CASE("StableAdamW says which option is wrong") {
  CHECK(rule_refusal(StableAdamW{}) == "");
  CHECK(rule_refusal(StableAdamW{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(StableAdamW{.beta1 = 1}) == "beta1 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(StableAdamW{.beta2 = 1}) == "beta2 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(StableAdamW{.epsilon = 0}) == "epsilon is 0" + test::must_be_positive);
  for (const auto form : {WeightDecayForm::coupled, WeightDecayForm::decoupled, WeightDecayForm::fixed})
    CHECK(rule_refusal(StableAdamW{.weight_decay = -1, .weight_decay_form = form}) ==
          "weight_decay is -1" + test::must_be_non_negative);
}
