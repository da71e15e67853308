// expect: descent: RuleTraits::has_evaluation_point
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// What is there must be announced, too.
struct Mine {
#ifdef DESCENT_EXPECT_SUCCESS
  static constexpr descent::RuleTraits traits{.has_evaluation_point = true};
#endif
  DESCENT_STATE(average)
  template <class V>
  static V update(V u, V, State<V>& state) {
    return state.average = u;
  }
  template <class V>
  static V evaluation_point(V p, const State<V>&) {
    return p;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
