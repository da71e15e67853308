// expect: descent: the selector of partition() takes a const BlockInfo& and returns the number of a rule
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  auto rule = partition([](const BlockInfo& block) { return block.path == "bias"; }, Freeze{}, Sgd{});
#else
  auto rule = partition([](const std::string& path) { return path == "bias"; }, Freeze{}, Sgd{});
#endif
}
