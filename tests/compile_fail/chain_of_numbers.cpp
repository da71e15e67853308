// expect: descent: chain() takes rules
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  auto rule = chain(Sgd{});
#else
  auto rule = chain(Sgd{}, 3);
#endif
}
