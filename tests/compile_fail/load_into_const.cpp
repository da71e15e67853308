// expect: descent: parameters must not be const to be loaded
// SPDX-License-Identifier: MIT
#include <descent/io/parameters.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
void load(Eigen::MatrixXd& weights) {
#else
void load(const Eigen::MatrixXd& weights) {
#endif
  descent::load_parameters("model.safetensors", weights);
}
