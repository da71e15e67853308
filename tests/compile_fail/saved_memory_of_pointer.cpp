// expect: descent: what a rule remembers must be an aggregate of at most 24 numbers, arrays or vectors of numbers, or have a member for_each_state_value(f)
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>

struct Rule {
  struct RuleState {
    double sum = 0;
#ifdef DESCENT_EXPECT_SUCCESS
    double last = 0;
#else
    const double* last = nullptr;
#endif
  };
  void advance(RuleState& memory, descent::Step) const { memory.sum += 1; }
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

void resume(Eigen::VectorXd& parameters) {
  descent::Optimizer optimizer(parameters, Rule{}), other = optimizer;
  descent::restore_state(other, descent::saved_state(optimizer));
}
