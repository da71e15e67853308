// expect: descent: ceres_jet: the function returns a plain number, so that its derivatives are lost
// needs: ceres/jet.h
// SPDX-License-Identifier: MIT
#include <descent/training/problem/ceres_jet.hpp>

#include <Eigen/Core>

#ifdef DESCENT_EXPECT_SUCCESS
double g(Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  return descent::ceres_jet([](const auto& v) { return typename std::decay_t<decltype(v)>::Scalar(v[0]); })(
      x, gradient);
}
#else
double g(Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  return descent::ceres_jet([](const auto&) { return 1.0; })(x, gradient);
}
#endif
