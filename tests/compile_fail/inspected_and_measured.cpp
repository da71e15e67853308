// expect: descent: a rule cannot both inspect blocks
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

struct Mine {
#ifdef DESCENT_EXPECT_SUCCESS
  static constexpr descent::RuleTraits traits{.inspects_blocks = true};
#else
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::block, .inspects_blocks = true};
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
  }
#endif
  struct BlockState {
    double rows = 1;
  };
  void inspect_block(BlockState& state, const descent::BlockInfo& block) const {
    state.rows = static_cast<double>(block.rows);
  }
  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(descent::Step, const BlockState& state) const { return {state.rows}; }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
  optimizer.step(p, p);
}
