// expect: descent: zeros_like cannot copy a structure that holds views
// SPDX-License-Identifier: MIT
#include <descent/core/parameters.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

struct View {
  Eigen::Map<VectorXd> weights;
  DESCENT_PARAMETERS(weights)
};

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  View view{Eigen::Map<VectorXd>(x.data(), 3)};
  auto zeros = zeros_like(std::tie(view.weights));
#else
  VectorXd x = VectorXd::Ones(3);
  View view{Eigen::Map<VectorXd>(x.data(), 3)};
  auto zeros = zeros_like(view);
#endif
}
