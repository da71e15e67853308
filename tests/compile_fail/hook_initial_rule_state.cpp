// expect: descent: RuleTraits::has_initial_rule_state
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `initial_rule_state` would leave the defaults.
struct Mine {
  static constexpr descent::RuleTraits traits{.has_initial_rule_state = true};
  struct RuleState {
    double power = 1;
  };
#ifdef DESCENT_EXPECT_SUCCESS
  RuleState initial_rule_state() const { return {2}; }
#else
  RuleState initial_rules_state() const { return {2}; }
#endif
  void advance(RuleState& state, descent::Step) const { state.power /= 2; }
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
