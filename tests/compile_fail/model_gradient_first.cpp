// expect: descent: loss() of the model takes the gradient first
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
struct Model {
  Eigen::MatrixXd w;
  DESCENT_PARAMETERS(w)
  double loss(const descent::SampleBatch<Eigen::MatrixXd, Eigen::MatrixXd>&, Model&) const;
};
#else
struct Model {
  Eigen::MatrixXd w;
  DESCENT_PARAMETERS(w)
  double loss(Model&, const descent::SampleBatch<Eigen::MatrixXd, Eigen::MatrixXd>&) const;
};
#endif
void g(Model& m, const Eigen::MatrixXd& x, const Eigen::MatrixXd& y) {
  descent::fit(m, descent::Samples{x, y}, descent::Sgd{});
}
