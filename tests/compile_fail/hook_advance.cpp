// expect: descent: a rule with `struct RuleState` needs
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `advance` would leave the rule state as it is.
struct Mine {
  static constexpr descent::RuleTraits traits{};
  struct RuleState {
    double power = 1;
  };
#ifdef DESCENT_EXPECT_SUCCESS
  void advance(RuleState& state, descent::Step) const { state.power /= 2; }
#else
  void advances(RuleState& state, descent::Step) const { state.power /= 2; }
#endif
  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(descent::Step, const RuleState& state) const { return {state.power}; }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
