// SPDX-License-Identifier: MIT
#include "support/no_malloc.hpp"

#include <descent/optimizers/lbfgs.hpp>

#include "support/catch.hpp"

#include <cstdint>

// Lbfgs is not in all_rules.hpp, because it steps by objectives: this tests that its steps allocate nothing.

namespace test {
extern std::size_t allocations;  // counted in allocation_test.cpp
}

namespace {

using namespace descent;

struct Layer {
  Eigen::MatrixXf weights;
  Eigen::VectorXf bias;
  DESCENT_PARAMETERS(weights, bias)
};

/// Quartic, so that searches have something to do.
struct Bowl {
  template <class B>
  static double of(const B& p, B& gradient) {
    gradient.array() = 4 * (p.array() - 1).cube() + 2 * p.array();
    return static_cast<double>((p.array() - 1).square().square().sum() + p.array().square().sum());
  }
  double operator()(const Layer& p, Layer& gradient) const {
    return of(p.weights, gradient.weights) + of(p.bias, gradient.bias);
  }
  double operator()(const Eigen::Vector3d& p, Eigen::Vector3d& gradient) const { return of(p, gradient); }
};

/// The number of calls of operator new; 1'000'000 if Eigen allocates.
template <class Tree>
std::size_t allocations_of_steps(Tree& parameters, const Lbfgs& rule) {
  Optimizer optimizer(parameters, rule);
  const std::size_t before = test::allocations;
  std::size_t found = 0;
  Eigen::internal::set_is_malloc_allowed(false);
  try {
    for (int k = 0; k < 8; ++k) optimizer.step(parameters, Bowl{});
    optimizer.reset();
    optimizer.step(parameters, Bowl{});
  } catch (const test::EigenAssertion&) {
    found = 1'000'000;
  }
  Eigen::internal::set_is_malloc_allowed(true);
  return found + test::allocations - before;
}

}  // namespace

TEST_CASE("Lbfgs: steps allocate nothing") {
  for (const LineSearch search : {LineSearch::none, LineSearch::backtracking, LineSearch::strong_wolfe})
    for (const std::int64_t iterations : {1, 5}) {
      const Lbfgs rule{.learning_rate = 0.3, .history = 3, .line_search = search, .iterations = iterations};
      Layer layer{Eigen::MatrixXf::Constant(30, 50, 3), Eigen::VectorXf::Constant(400, -2)};
      CHECK(allocations_of_steps(layer, rule) == 0);
      Eigen::Vector3d fixed(3, -2, 1);
      CHECK(allocations_of_steps(fixed, rule) == 0);
    }
}
