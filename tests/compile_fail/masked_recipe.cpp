// expect: descent: masked() would add the raw gradient to the blocks it leaves out
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  auto rule = partition(matrices, Sgd{}, Freeze{});
#else
  auto rule = masked(matrices, Sgd{});
#endif
}
