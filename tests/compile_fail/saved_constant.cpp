// expect: descent: the tensors of an object can be written: it must not be const
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/sgd.hpp>

std::size_t count(Eigen::VectorXd& parameters) {
#ifdef DESCENT_EXPECT_SUCCESS
  descent::Optimizer optimizer(parameters, descent::Sgd{});
#else
  const descent::Optimizer optimizer(parameters, descent::Sgd{});
#endif
  return descent::saved_state(optimizer).size();
}
