// expect: descent: a rule with Measured needs
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A measurement must add to the sums it is given.
struct Returns {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree};
  template <class V>
  struct Measured {
    V sum;
  };
#ifndef DESCENT_EXPECT_SUCCESS
  template <class V>
  static Measured<V> measure(V u, V) {
    return {u};
  }
#else
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
  }
#endif
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

int main() {
  Eigen::VectorXd p(2);
  descent::Optimizer optimizer(p, Returns{});
}
