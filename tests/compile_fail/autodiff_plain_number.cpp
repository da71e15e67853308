// expect: descent: autodiff: the function returns a plain number, so that its derivatives are lost
// SPDX-License-Identifier: MIT
#include <descent/training/diagnose/check_gradient.hpp>
#include <descent/training/problem/autodiff.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
void g(Eigen::VectorXd& x) {
  descent::check_gradient(
      descent::autodiff([](const auto& v) { return typename std::decay_t<decltype(v)>::Scalar(v[0]); }), x);
}
#else
void g(Eigen::VectorXd& x) {
  descent::check_gradient(descent::autodiff([](const auto&) { return 1.0; }), x);
}
#endif
