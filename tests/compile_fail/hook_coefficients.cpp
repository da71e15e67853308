// expect: descent: a rule with `struct Coefficients` needs
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

struct Mine {
  template <class S>
  struct Coefficients {
    S factor;
  };
#ifdef DESCENT_EXPECT_SUCCESS
  Coefficients<double> coefficients(descent::Step step) const {
#else
  Coefficients<double> coefficient(descent::Step step) const {
#endif
      return {1 / (1 + static_cast<double>(step.index))};
} template <class V, class C>
static V update(V u, V, const C& c) {
  return c.factor * u;
}
}
;

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
  optimizer.step(p, p);
}
