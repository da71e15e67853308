// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sophia.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::refusal_of;

TEST_CASE("Sophia uses the diagonal of the Hessian that it is given, and bounds the step of each element") {
  VectorXd p = VectorXd::Zero(3);
  Optimizer optimizer(p, Sophia{.learning_rate = 1, .beta1 = 0, .beta2 = 0, .clip_threshold = 0.5});
  optimizer.observe_hessian(VectorXd{{4.0, 100.0, 0.0}});
  optimizer.step(p, VectorXd{{1.0, 1.0, 1.0}});
  CHECK(p[0] == -0.25);
  CHECK(p[1] == Approx(-0.01));
  CHECK(p[2] == -0.5);
  CHECK(refusal_of([&] { optimizer.observe_hessian(VectorXd(2)); }) ==
        "descent: Sophia: block 'parameters' is 2x1, but was 3x1 when the optimizer was made");
  VectorXd q = VectorXd::Constant(20, 5);
  const VectorXd curvature = VectorXd::LinSpaced(20, 1, 1000);
  Optimizer newton(q, Sophia{.learning_rate = 0.1, .clip_threshold = 1});
  for (int k = 0; k < 300; ++k) {
    if (k % 10 == 0) newton.observe_hessian(curvature);
    newton.step(q, curvature.cwiseProduct(q));
  }
  CHECK(q.norm() < 0.2);
  CHECK(refusal_of([&] { Optimizer wrong(p, Sophia{.epsilon = 0}); }) ==
        "descent: Sophia: epsilon is 0, must be greater than 0 and finite");
  CHECK(refusal_of([&] { Optimizer wrong(p, Sophia{.clip_threshold = 0}); }) ==
        "descent: Sophia: clip_threshold is 0, must be greater than 0 and finite");
  CHECK(refusal_of([&] { Optimizer wrong(p, Sophia{.gamma = -1}); }) ==
        "descent: Sophia: gamma is -1, must be greater than 0 and finite");
}
