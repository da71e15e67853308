// expect: descent: only optimizers have state to save, and objects with a member for_each_state_value(f)
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/sgd.hpp>

std::size_t count(Eigen::VectorXd& parameters) {
#ifdef DESCENT_EXPECT_SUCCESS
  descent::Optimizer optimizer(parameters, descent::Sgd{});
  return descent::saved_state(optimizer).size();
#else
  return descent::saved_state(42).size() + static_cast<std::size_t>(parameters.size());
#endif
}
