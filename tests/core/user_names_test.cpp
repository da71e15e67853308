// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/descent.hpp>
#include <descent/threads/thread_pool.hpp>

#include <Eigen/Dense>

// Names that users often use themselves, together with both namespaces.

using namespace Eigen;
using namespace descent;

struct Task {
  int number;
};
inline int get(int number) { return number; }
template <int number>
int get(Task task) {
  return number + task.number;
}

TEST_CASE("a user's Task and get do not conflict with the two namespaces") {
  const Task task{3};
  CHECK(get(2) == 2);
  CHECK(get<4>(task) == 7);
  VectorXd p = VectorXd::Ones(3);
  Optimizer optimizer(p, Sgd{.learning_rate = 0.5});
  optimizer.step(p, VectorXd::Ones(3));
  CHECK(p == VectorXd::Constant(3, 0.5));
}
