// expect: descent: the selector of masked() takes a const BlockInfo& and returns bool
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/partition.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  auto rule = masked([](const BlockInfo& block) { return block.index == 1; }, ClipByGlobalNorm{});
#else
  auto rule = masked([](const BlockInfo& block) { return block.path; }, ClipByGlobalNorm{});
#endif
}
