// expect: descent: not a rule
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

struct Mine {
  template <class V>
#ifdef DESCENT_EXPECT_SUCCESS
  static V update(V u, V){
#else
  static V update(V u) {
#endif
      return -u;
}
}
;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, Mine{});
#else
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, Mine{});
#endif
}
