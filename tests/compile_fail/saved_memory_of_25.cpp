// expect: descent: what a rule remembers must be an aggregate of at most 24 numbers, arrays or vectors of numbers, or have a member for_each_state_value(f)
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>

struct Rule {
  struct RuleState {
#ifdef DESCENT_EXPECT_SUCCESS
    double a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x;
#else
    double a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y;
#endif
  };
  void advance(RuleState& memory, descent::Step) const { memory.a += 1; }
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

std::size_t count(Eigen::VectorXd& parameters) {
  descent::Optimizer optimizer(parameters, Rule{});
  return descent::saved_state(optimizer).size();
}
