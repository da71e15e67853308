// expect: descent: this rule uses the loss; call step(parameters, gradient, loss)
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

struct LossScaled {
  static constexpr RuleTraits traits{.takes_loss = true};

  template <class S>
  struct Coefficients {
    S minus_loss;
  };
  Coefficients<double> coefficients(Step step) const { return {-step.loss}; }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.minus_loss * u;
  }
};

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, LossScaled{});
  optimizer.step(x, x, 0.5);
#else
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, LossScaled{});
  optimizer.step(x, x);
#endif
}
