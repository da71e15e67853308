// expect: descent: RuleTraits::adjusts_state
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `adjust` would never be called.
struct Mine {
  static constexpr descent::RuleTraits traits{.adjusts_state = "momentum_buffer"};
  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(descent::Step) const { return {1}; }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }
  template <class V, class C>
#ifdef DESCENT_EXPECT_SUCCESS
  static void adjust(V& momentum, const C& c){
#else
  static void adjusts(V& momentum, const C& c) {
#endif
      momentum = c.factor * momentum;
}
}
;

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
