// SPDX-License-Identifier: MIT
// A program that passes an optimizer to another file: this one, compiled with -DTAKE.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>

#include <Eigen/Core>

using Adam = descent::Optimizer<Eigen::VectorXf, descent::Adam>;
void take(Adam& optimizer);

#if defined(TAKE)
void take(Adam& optimizer) { optimizer.reset(); }
#else
int main() {
  Eigen::VectorXf parameters = Eigen::VectorXf::Ones(3);
  Adam optimizer(parameters, descent::Adam{});
  take(optimizer);
}
#endif
