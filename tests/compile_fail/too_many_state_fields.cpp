// expect: descent: a rule's state, memory or coefficients have at most 12 fields
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

struct Rule {
#ifdef DESCENT_EXPECT_SUCCESS
  DESCENT_STATE(a, b, c, d, e, f, g, h, i, j, k, l)
#else
  DESCENT_STATE(a, b, c, d, e, f, g, h, i, j, k, l, m)
#endif
  template <class V>
  static V update(V u, V, State<V>& state) {
    return u + state.a;
  }
};

void step(Eigen::VectorXd& parameters, const Eigen::VectorXd& gradient) {
  descent::Optimizer optimizer(parameters, Rule{});
  optimizer.step(parameters, gradient);
}
