// expect: descent: a selector that returns bool decides between exactly two rules
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  auto rule = partition([](const BlockInfo& block) { return block.index; }, Sgd{}, Sgd{}, Freeze{});
#else
  auto rule = partition([](const BlockInfo& block) { return block.index == 0; }, Sgd{}, Sgd{}, Freeze{});
#endif
}
