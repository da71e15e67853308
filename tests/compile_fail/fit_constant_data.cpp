// expect: descent: this data set is constant, but its size() or batch() is not a const function
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>

struct Model {
  Eigen::MatrixXd w;
  DESCENT_PARAMETERS(w)
  double loss(const descent::SampleBatch<Eigen::MatrixXd, Eigen::MatrixXd>&, Model&) const;
};
struct Data {
  long size() const;
  descent::SampleBatch<Eigen::MatrixXd, Eigen::MatrixXd> batch(std::span<const Eigen::Index>);
};

#ifdef DESCENT_EXPECT_SUCCESS
void g(Model& m, Data& data) { descent::fit(m, data, descent::Sgd{}); }
#else
void g(Model& m, const Data& data) { descent::fit(m, data, descent::Sgd{}); }
#endif
