// expect: descent: RuleTraits::inspects_blocks
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `inspect_block` would never be called.
struct Mine {
  static constexpr descent::RuleTraits traits{.inspects_blocks = true};
  struct BlockState {
    double factor = 1;
  };
#ifdef DESCENT_EXPECT_SUCCESS
  void inspect_block(BlockState& state, const descent::BlockInfo&) const { state.factor = 2; }
#else
  void inspect_blocks(BlockState& state, const descent::BlockInfo&) const { state.factor = 2; }
#endif
  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(descent::Step, const BlockState& state) const { return {state.factor}; }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
