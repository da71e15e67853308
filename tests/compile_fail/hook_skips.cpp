// expect: descent: RuleTraits::may_skip
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `skips` would never be called.
struct Mine {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree, .may_skip = true};
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
  }
#ifdef DESCENT_EXPECT_SUCCESS
  bool skips(const Measured<double>& measured) const { return measured.sum > 1; }
#else
  bool skip(const Measured<double>& measured) const { return measured.sum > 1; }
#endif
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
