// SPDX-License-Identifier: MIT
// Steps of many kinds, compiled with all warnings and without a precompiled header: compilers do not warn about what
// comes from one.
#include <descent/descent.hpp>

using namespace descent;

namespace {

template <class Tree, class R, class Storage = StateLikeParameters>
void step(Tree tree, R rule, Storage storage = {}) {
  const Tree gradient = tree;
  Optimizer optimizer(tree, rule, storage);
  optimizer.step(tree, gradient);
}

template <class Tree>
void step_by_all(const Tree& tree) {
  step(tree, ClipByGlobalNorm{.max_norm = 1, .delayed = true} | AdamW{});
  step(tree, Lamb{});
  step(tree, RestAbsentBlocks{} | AdamW{});
  step(tree, partition(matrices, Muon{}, AdamW{}));
  step(tree, Sgd{.learning_rate = 1, .momentum = 0.9}, StateInBfloat16{});
}

}  // namespace

void take_steps();
void take_steps() {
  step_by_all(std::vector<Eigen::MatrixXf>(3));
  step_by_all(std::tuple<Eigen::Matrix<float, 20, 20>, Eigen::Vector3f>{});
}
