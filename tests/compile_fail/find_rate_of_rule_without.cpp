// expect: descent: find_learning_rate: this rule has no learning rate to find
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/diagnose/find_learning_rate.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

using namespace descent;

struct Model {
  Eigen::VectorXd w = Eigen::VectorXd::Ones(2);
  DESCENT_PARAMETERS(w)
  double loss(int, Model& gradient) const {
    gradient.w = w;
    return w.squaredNorm();
  }
};
struct Data {
  std::int64_t size() const { return 4; }
  int batch(std::span<const Eigen::Index>) const { return 0; }
};

int main() {
  const Model model;
#ifdef DESCENT_EXPECT_SUCCESS
  return find_learning_rate(model, Data{}, ClipByGlobalNorm{} | Sgd{}).found() ? 0 : 1;
#else
  return find_learning_rate(model, Data{}, ClipByGlobalNorm{}).found() ? 0 : 1;
#endif
}
