// expect: descent: Lbfgs needs the whole objective, not the gradient of one point or of a batch (as fit has it)
// SPDX-License-Identifier: MIT
#include <descent/optimizers/lbfgs.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
  VectorXd x = VectorXd::Ones(3);
  const MatrixXd inputs = MatrixXd::Ones(3, 8), targets = MatrixXd::Ones(1, 8);
  auto loss = [](const VectorXd& p, const auto&, VectorXd& gradient) {
    gradient = p;
    return 0.5 * p.squaredNorm();
  };
#ifdef DESCENT_EXPECT_SUCCESS
  fit(with_loss(x, loss), Samples{inputs, targets}, Sgd{});
#else
  fit(with_loss(x, loss), Samples{inputs, targets}, Lbfgs{});
#endif
}
