// expect: descent: this model refers to its parameters, which are changed and put back
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/diagnose/find_learning_rate.hpp>

#include <tuple>

using namespace descent;

struct Data {
  std::int64_t size() const { return 4; }
  int batch(std::span<const Eigen::Index>) const { return 0; }
};
inline constexpr auto loss = [](const auto& tree, int, auto& gradient) {
  std::get<0>(gradient) = std::get<0>(tree);
  return std::get<0>(tree).squaredNorm();
};

int main() {
  Eigen::VectorXd w = Eigen::VectorXd::Ones(2);
#ifdef DESCENT_EXPECT_SUCCESS
  auto model = with_loss(std::tie(w), loss);
#else
  const auto model = with_loss(std::tie(w), loss);
#endif
  return find_learning_rate(model, Data{}, Sgd{}).found() ? 0 : 1;
}
