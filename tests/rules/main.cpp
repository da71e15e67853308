// SPDX-License-Identifier: MIT
#include <descent/rules.hpp>

#include <cstdio>
#include <vector>

double step_of_other();

namespace {

/// Whether a rule gets nearer to 0, the minimum of a quadratic.
template <class Scalar, class Rule>
bool descends(const char* name, const Rule& rule) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  std::vector<Matrix> parameters(2, Matrix::Constant(4, 3, Scalar(2)));
  descent::Optimizer optimizer(parameters, rule);
  for (int k = 0; k < 20; ++k) optimizer.step(parameters, std::vector<Matrix>(parameters));
  const bool nearer =
      parameters[0].norm() < Matrix::Constant(4, 3, Scalar(2)).norm() && optimizer.steps() == 20;
  if (!nearer) std::printf("%s does not descend\n", name);
  return nearer;
}

template <class Scalar>
bool all_descend() {
  using namespace descent;
  return descends<Scalar>("Adagrad", Adagrad{}) && descends<Scalar>("Adam", Adam{}) &&
         descends<Scalar>("AdamW", AdamW{}) && descends<Scalar>("Lamb", Lamb{}) &&
         descends<Scalar>("Lion", Lion{}) && descends<Scalar>("Muon", Muon{.learning_rate = 0.01}) &&
         descends<Scalar>("NAdam", NAdam{}) && descends<Scalar>("RmsProp", RmsProp{}) &&
         descends<Scalar>("Sgd", Sgd{.learning_rate = 0.1});
}

}  // namespace

int main() { return all_descend<float>() && all_descend<double>() && step_of_other() == 0.5 ? 0 : 1; }
