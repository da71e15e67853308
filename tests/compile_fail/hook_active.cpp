// expect: descent: RuleTraits::may_be_off
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `active` would never switch the rule off.
struct Mine {
  static constexpr descent::RuleTraits traits{.may_be_off = true};
#ifdef DESCENT_EXPECT_SUCCESS
  bool active() const { return false; }
#else
  bool is_active() const { return false; }
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
