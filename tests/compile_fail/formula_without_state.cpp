// expect: descent: `static V update(V u, V p, ...)` must take
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

struct Mine {
  DESCENT_STATE(momentum_buffer)
#ifdef DESCENT_EXPECT_SUCCESS
  template <class V>
  static V update(V u, V, State<V>& state) {
    state.momentum_buffer += u;
    return state.momentum_buffer;
  }
#else
  template <class V>
  static V update(V u, V) {
    return u;
  }
#endif
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
  optimizer.step(p, p);
}
