// expect: descent: the tensors of a temporary would point to memory that no longer exists; give it a name
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/sgd.hpp>

std::size_t count(Eigen::VectorXd& parameters) {
#ifdef DESCENT_EXPECT_SUCCESS
  descent::Optimizer optimizer(parameters, descent::Sgd{});
  return descent::saved_state(optimizer).size();
#else
  return descent::saved_state(descent::Optimizer(parameters, descent::Sgd{})).size();
#endif
}
