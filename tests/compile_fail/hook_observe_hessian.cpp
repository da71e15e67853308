// expect: descent: RuleTraits::takes_hessian
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `observe_hessian` would never be called.
struct Mine {
  static constexpr descent::RuleTraits traits{.takes_hessian = true};
  DESCENT_STATE(average)
  template <class V>
  static V update(V u, V, State<V>& state) {
    return state.average = u;
  }
  template <class V>
#ifdef DESCENT_EXPECT_SUCCESS
  static void observe_hessian(V h, State<V>& state){
#else
  static void observe_hessians(V h, State<V>& state) {
#endif
      state.average = h;
}
}
;

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
