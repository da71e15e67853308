// expect: descent: the parameters are a temporary; the step would be lost with it
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

#include <span>

void step(std::array<Eigen::Vector2d, 2>& points) {
  descent::Optimizer optimizer(points, descent::Sgd{});
#ifdef DESCENT_EXPECT_SUCCESS
  optimizer.step(std::span(points), points);  // a temporary that refers to what lasts
#else
  optimizer.step(std::array{points[0], points[1]}, points);
#endif
}
