// expect: descent: RuleTraits::has_initial_state
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `initial_state` would leave the state at 0.
struct Mine {
  static constexpr descent::RuleTraits traits{.has_initial_state = true};
  DESCENT_STATE(average)
  template <class V>
  static V update(V u, V, State<V>& state) {
    return state.average = u;
  }
#ifdef DESCENT_EXPECT_SUCCESS
  State<double> initial_state() const { return {1}; }
#else
  State<double> initial_states() const { return {1}; }
#endif
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
