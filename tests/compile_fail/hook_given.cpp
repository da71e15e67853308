// expect: descent: RuleTraits::takes_given_measurement
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

#include <optional>

// A misspelt `given` would never be called.
struct Mine {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree,
                                              .takes_given_measurement = true};
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
  }
#ifdef DESCENT_EXPECT_SUCCESS
  std::optional<Measured<double>> given(descent::Step) const { return std::nullopt; }
#else
  std::optional<Measured<double>> giving(descent::Step) const { return std::nullopt; }
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
