// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/optimistic_adam.hpp>
#include <descent/optimizers/optimistic_gradient_descent.hpp>
#include <descent/optimizers/sgd.hpp>

#include <cmath>
#include <tuple>

using namespace descent;
using Eigen::VectorXd;
using test::check_as_adam;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::rule_refusal;
using test::slots_of;

TEST_CASE("optimistic descent converges on a problem where plain descent circles") {
  // x y is minimized over x and maximized over y.
  const auto distance_after = [](const auto& rule, int steps) {
    VectorXd x = VectorXd::Ones(1), y = VectorXd::Ones(1);
    Optimizer optimizer(std::tie(x, y), rule);
    for (int k = 0; k < steps; ++k) {
      const VectorXd slope_x = y, slope_y = -x;
      optimizer.step(std::tie(x, y), std::tie(slope_x, slope_y));
    }
    return std::hypot(x[0], y[0]);
  };
  CHECK(distance_after(Sgd{.learning_rate = 0.1}, 300) > 2);
  CHECK(distance_after(OptimisticGradientDescent{.learning_rate = 0.1}, 2000) < 1e-3);
  CHECK(distance_after(OptimisticAdam{.learning_rate = 0.01}, 1000) <
        distance_after(Adam{.learning_rate = 0.01}, 1000));
  CHECK(slots_of(OptimisticGradientDescent{}) == "previous_gradient ");
  CHECK(slots_of(OptimisticAdam{}) == "exp_avg exp_avg_sq previous_gradient ");
}

TEST_CASE("options of the optimistic rules") {
  check_rate<OptimisticGradientDescent>();
  check_every_form_of_decay<OptimisticGradientDescent>();
  CHECK(rule_refusal(OptimisticGradientDescent{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(rule_refusal(OptimisticGradientDescent{.beta = -1}) == "beta is -1" + must_be_non_negative);
  check_as_adam<OptimisticAdam>();
  check_every_form_of_decay<OptimisticAdam>();
  check_epsilon_root<OptimisticAdam>();
  CHECK(rule_refusal(OptimisticAdam{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(rule_refusal(OptimisticAdam{.beta2 = 1, .nesterov = true}) == "beta2 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(OptimisticAdam::like_optax()) == "");
}
