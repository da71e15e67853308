// expect: descent: RuleTraits::measures_while_writing
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// Without a place for the measurement nothing can be kept.
struct Mine {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree,
                                              .measures_while_writing = true};
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
  }
  bool measures_for_next_step() const { return true; }
  struct RuleState {
#ifdef DESCENT_EXPECT_SUCCESS
    Measured<double> last{0};
#else
    Measured<double> latest{0};
#endif
    bool measured = false;
  };
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
