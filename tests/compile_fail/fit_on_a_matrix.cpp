// expect: descent: not a data set: it has no batch(std::span<const Eigen::Index> samples); for matrices write Samples
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>

struct Model {
  Eigen::MatrixXd w;
  DESCENT_PARAMETERS(w)
  double loss(const descent::SampleBatch<Eigen::MatrixXd, Eigen::MatrixXd>&, Model&) const;
};
#ifdef DESCENT_EXPECT_SUCCESS
void g(Model& m, const Eigen::MatrixXd& x) { descent::fit(m, descent::Samples{x, x}, descent::Sgd{}); }
#else
void g(Model& m, const Eigen::MatrixXd& x) { descent::fit(m, x, descent::Sgd{}); }
#endif
