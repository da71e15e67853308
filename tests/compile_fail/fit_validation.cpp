// expect: descent: .validation takes a data set
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>

struct Model {
  Eigen::MatrixXd w;
  DESCENT_PARAMETERS(w)
  double loss(const descent::SampleBatch<Eigen::MatrixXd, Eigen::MatrixXd>&, Model&) const;
};
#ifdef DESCENT_EXPECT_SUCCESS
const descent::FitOptions<Model> options{.validation = [] { return 1.0; }};
#else
const descent::FitOptions<Model> options{.validation = 3};
#endif
