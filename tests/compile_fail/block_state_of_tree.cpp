// expect: descent: a rule with `struct BlockState` needs .measures
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A measurement of the tree belongs to no block.
struct Mine {
#ifdef DESCENT_EXPECT_SUCCESS
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::block};
#else
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree};
#endif
  struct BlockState {
    double factor = 1;
  };
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
  }
  void advance(BlockState& state, descent::Step, const Measured<double>& measured) const {
    state.factor = measured.sum;
  }
  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(descent::Step, const BlockState& state, const Measured<double>&) const {
    return {state.factor};
  }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
