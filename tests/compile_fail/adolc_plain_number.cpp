// expect: descent: adolc: the function returns a plain number, so that its derivatives are lost
// needs: adolc/adolc.h
// SPDX-License-Identifier: MIT
#include <descent/training/problem/adolc.hpp>

#include <Eigen/Core>

#ifdef DESCENT_EXPECT_SUCCESS
double g(Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  return descent::adolc([](const auto& v) { return typename std::decay_t<decltype(v)>::Scalar(v[0]); })(
      x, gradient);
}
#else
double g(Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  return descent::adolc([](const auto&) { return 1.0; })(x, gradient);
}
#endif
