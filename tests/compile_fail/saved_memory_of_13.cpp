// expect: descent: what a rule remembers must be an aggregate of at most 12 numbers, arrays or vectors of numbers, or have a member for_each_state_value(f)
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>

struct Rule {
  struct Memory {
#ifdef DESCENT_EXPECT_SUCCESS
    double a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0;
#else
    double a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0, m = 0;
#endif
  };
  void advance(Memory& memory, descent::Step) const { memory.a += 1; }
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

std::size_t count(Eigen::VectorXd& parameters) {
  descent::Optimizer optimizer(parameters, Rule{});
  return descent::saved_state(optimizer).size();
}
