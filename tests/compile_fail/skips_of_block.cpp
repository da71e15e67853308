// expect: descent: RuleTraits::may_skip, takes_given_measurement and measures_while_writing need
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A block cannot refuse the step of all.
struct Mine {
#ifdef DESCENT_EXPECT_SUCCESS
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree, .may_skip = true};
#else
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::block, .may_skip = true};
#endif
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
  }
  bool skips(const Measured<double>& measured) const { return measured.sum > 1; }
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
