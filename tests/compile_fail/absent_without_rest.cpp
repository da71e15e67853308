// expect: descent: blocks may be absent only if the rule contains RestAbsentBlocks: RestAbsentBlocks{} | rule
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/optimizers/sgd.hpp>

#include <vector>

void step(std::vector<Eigen::MatrixXd>& blocks, const std::vector<std::size_t>& absent) {
#ifdef DESCENT_EXPECT_SUCCESS
  descent::Optimizer optimizer(blocks, descent::RestAbsentBlocks{} | descent::Sgd{});
#else
  descent::Optimizer optimizer(blocks, descent::Sgd{});
#endif
  optimizer.step(blocks, blocks, descent::AbsentBlocks(absent));
}
