// expect: take_loss
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt trait does not compile; the compiler names the right one.
struct Mine {
#ifdef DESCENT_EXPECT_SUCCESS
  static constexpr descent::RuleTraits traits{.takes_loss = true};
#else
  static constexpr descent::RuleTraits traits{.take_loss = true};
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
