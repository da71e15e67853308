// expect: descent: `static V update(V u, V p, ...)` must take
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A formula of the gradient must announce it.
struct Mine {
#ifdef DESCENT_EXPECT_SUCCESS
  static constexpr descent::RuleTraits traits{.takes_gradient = true};
#endif
  template <class V>
  static V update(V u, V, V g) {
    return u + g;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
  optimizer.step(p, p);
}
