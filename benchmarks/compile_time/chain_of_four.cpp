// SPDX-License-Identifier: MIT
// a chain of four
#include <descent/core/optimizer.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

void train(Eigen::MatrixXf& parameters, const Eigen::MatrixXf& gradient) {
  using namespace descent;
  Optimizer optimizer(parameters, ClipByGlobalNorm{1.0} | ScaleByAdam{} | AddDecayedWeights{0.01} |
                                      ScaleByLearningRate{1e-3});
  optimizer.step(parameters, gradient);
}
