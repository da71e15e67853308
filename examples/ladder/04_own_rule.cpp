// SPDX-License-Identifier: MIT
// 4. A rule of your own is one struct: options, what it remembers, and its formula. AddSign recovers a linear law,
// then the conformance kit tests the rule as the library's own rules are tested.
#include <descent/core/optimizer.hpp>
#include <descent/testing/conformance.hpp>

#include <Eigen/Core>

#include <cstdio>

/// AddSign (Bello et al. 2017, arXiv:1709.07417): takes longer steps if gradient and momentum agree.
///   m = beta m + (1 - beta) g      p = p - rate (alpha + sign(g) sign(m)) g
struct AddSign {
  descent::Schedule learning_rate = 0.1;  ///< not negative
  descent::Schedule beta = 0.9;           ///< in [0, 1)
  double alpha = 1;                       ///< not negative

  DESCENT_STATE(exp_avg)  // what each parameter remembers

  template <class S>
  struct Coefficients {  // the constants of a step
    S rate, beta, alpha;
  };
  Coefficients<double> coefficients(descent::Step step) const {
    return {learning_rate(step.index), beta(step.index), alpha};
  }

  template <class V, class C>
  static V update(V g, V /*parameter*/, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta, state.exp_avg, (V(1) - c.beta) * g);
    return -(c.rate * (c.alpha + sign(g) * sign(state.exp_avg)) * g);
  }

  void check(const descent::Check& check) const {
    check("learning_rate", learning_rate, descent::legal::non_negative);
    check("beta", beta, descent::legal::decay_rate);
    check("alpha", alpha, descent::legal::non_negative);
  }
};

int main() {
  const Eigen::MatrixXd inputs = Eigen::MatrixXd::Random(50, 3);
  const Eigen::Vector3d law(2, -1, 0.5);
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(3);
  descent::Optimizer optimizer(weights, AddSign{.learning_rate = 0.3});
  for (int step = 0; step < 200; ++step)
    optimizer.step(weights, inputs.transpose() * (inputs * (weights - law)) / 50);
  std::printf("the law         y = %5.2f a %+5.2f b %+5.2f c\n", law[0], law[1], law[2]);
  std::printf("AddSign found   y = %5.2f a %+5.2f b %+5.2f c\n\n", weights[0], weights[1], weights[2]);

  const auto report = descent::testing::check_conformance(AddSign{.learning_rate = 0.3});
  using descent::testing::PropertyStatus;
  for (const auto& property : report.properties)
    std::printf("%-20s %s\n", property.property.c_str(),
                property.status == PropertyStatus::passed   ? "passed"
                : property.status == PropertyStatus::failed ? property.finding.c_str()
                                                            : "not tested here");
  return report.ok() && weights.isApprox(law, 1e-6) ? 0 : 1;
}
