// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/sam.hpp>

#include <cmath>
#include <stdexcept>

using namespace descent;
using Eigen::Vector2d;
using test::difference;
using test::refusal_of;

namespace {

const Sgd plain{.learning_rate = 1};

}  // namespace

TEST_CASE("Sam steps along the gradient of a point nearby, and an objective that throws changes nothing") {
  Vector2d p(3, 4);
  Optimizer optimizer(p, Sam{.radius = 1} | Sgd{.learning_rate = 0.5});
  int evaluations = 0;
  const auto objective = [&](const Vector2d& x, Vector2d& gradient) {
    if (++evaluations == 4) throw std::runtime_error("no");
    gradient = x;
    return 0.5 * x.squaredNorm();
  };
  CHECK(optimizer.step(p, objective) == 12.5);
  CHECK(p[0] == Approx(3 - 0.5 * (3 + 0.6)));
  const Vector2d before = p;
  CHECK_THROWS_AS(optimizer.step(p, objective), std::runtime_error);  // in its second evaluation
  CHECK(difference(p, before) == "");
  CHECK(optimizer.steps() == 1);
  Vector2d q(3, 4);
  Optimizer adaptive(q, Asam{.radius = 1} | Sgd{.learning_rate = 0.5});
  adaptive.step(q, [](const Vector2d& x, Vector2d& gradient) {
    gradient = x;
    return 0.5 * x.squaredNorm();
  });
  CHECK(q[1] == Approx(4 - 0.5 * (4 + 64 / std::sqrt(81.0 + 256.0))));
  CHECK(refusal_of([&] { Optimizer wrong(p, Sam{.radius = -1} | plain); }) ==
        "descent: Sam: radius is -1, must be at least 0 and finite");
  CHECK(refusal_of([&] { Optimizer wrong(p, Asam{.epsilon = -1} | plain); }) ==
        "descent: Asam: epsilon is -1, must be at least 0 and finite");
}
