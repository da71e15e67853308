// SPDX-License-Identifier: MIT
#include <descent/core/chain.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>
#include <descent/training/problem/numerical_gradient.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <tuple>

using namespace descent;
using namespace training_test;

TEMPLATE_TEST_CASE("numerical_gradient: as many digits as a central difference has", "", float, double) {
  using Vector = Eigen::Matrix<TestType, Eigen::Dynamic, 1>;
  Vector x(4), gradient(4);
  x << TestType(1e-3), TestType(1), TestType(-2), TestType(5);
  const auto objective = numerical_gradient([](const Vector& p) { return p.array().sin().sum(); });
  const double loss = objective(x, gradient);
  CHECK(loss == static_cast<double>(x.array().sin().sum()));
  for (Eigen::Index k = 0; k < 4; ++k)
    CHECK(std::abs(static_cast<double>(gradient[k]) - std::cos(static_cast<double>(x[k]))) <
          (sizeof(TestType) == 4 ? 5e-4 : 1e-9));
}

TEST_CASE("numerical_gradient: a small element under a logarithm") {
  Eigen::VectorXd x = Eigen::VectorXd::Constant(1, 1e-7), gradient(1);
  numerical_gradient([](const Eigen::VectorXd& p) { return std::log(p[0]); })(x, gradient);
  CHECK(gradient[0] == Approx(1e7).epsilon(1e-6));
}

TEST_CASE("numerical_gradient: puts references back, also when the function throws") {
  Eigen::VectorXd x = Eigen::Vector3d(0.1, 0.2, 0.3);
  const Eigen::VectorXd before = x;
  int calls = 0, limit = 100;
  auto objective = numerical_gradient([&](const auto& parameters) {
    if (++calls > limit) throw Interruption{};
    return std::get<0>(parameters).squaredNorm();
  });
  const auto tree = std::tie(x);
  std::tuple<Eigen::VectorXd> gradient(Eigen::VectorXd::Zero(3));
  objective(tree, gradient);
  CHECK(x == before);
  CHECK((std::get<0>(gradient) - 2 * x).norm() < 1e-9);
  calls = 0;
  limit = 4;
  CHECK_THROWS_AS(objective(tree, gradient), Interruption);
  CHECK(x == before);
}

TEST_CASE("numerical_gradient: minimizes a function of values") {
  Eigen::Vector2d x(3, -1);
  auto function = [](const Eigen::Vector2d& p) { return (p[0] - 1) * (p[0] - 1) + 2 * p[1] * p[1]; };
  const auto result =
      minimize(numerical_gradient(function), x, Sgd{.learning_rate = 0.2}, {.gradient_norm = 1e-7});
  CHECK(result.converged());
  CHECK((x - Eigen::Vector2d(1, 0)).norm() < 1e-7);
}

TEST_CASE("numerical_gradient: the step") {
  auto line = [](const Eigen::VectorXd& p) { return 3 * p[0]; };
  Eigen::VectorXd x = Eigen::VectorXd::Constant(1, 2), gradient(1);
  numerical_gradient(line, 0.25)(x, gradient);
  CHECK(gradient[0] == 3);
  CHECK(message_of([&] { numerical_gradient(line, 0.0); }) ==
        "descent: numerical_gradient: relative_step is 0, must be greater than 0 and finite");
}
