// expect: descent: a rule with `struct MeasuringCoefficients` needs
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// The constants of a measurement must come from somewhere.
struct Mine {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree};
  template <class S>
  struct MeasuringCoefficients {
    S factor;
  };
#ifdef DESCENT_EXPECT_SUCCESS
  MeasuringCoefficients<double> measuring_coefficients(descent::Step) const { return {2}; }
#else
  MeasuringCoefficients<double> measuring_coefficient(descent::Step) const { return {2}; }
#endif
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V, class C>
  static void measure(V u, V, const C& c, Measured<V>& sums) {
    sums.sum += c.factor * u;
  }
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
