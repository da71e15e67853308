// SPDX-License-Identifier: MIT
#include <descent/core/chain.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/training/diagnose/check_gradient.hpp>
#include <descent/training/minimize/minimize.hpp>
#include <descent/training/problem/autodiff.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <array>
#include <cmath>
#include <tuple>
#include <type_traits>
#include <vector>

using namespace descent;

namespace {

template <class T>
using ScalarOf = typename std::decay_t<T>::Scalar;

const auto rosenbrock = autodiff([](const auto& x) {
  using Scalar = ScalarOf<decltype(x)>;
  const Scalar a = 1.0 - x[0], b = x[1] - x[0] * x[0];
  return Scalar(a * a + 100.0 * b * b);
});

struct Layer {
  Eigen::Matrix<double, 2, 3, Eigen::RowMajor> weights;
  Eigen::Vector2d bias;
  DESCENT_PARAMETERS(weights, bias)
};

}  // namespace

TEST_CASE("autodiff: exact derivatives of fixed and dynamic vectors, float and double") {
  Eigen::Vector2d x(-1.2, 1), gradient;
  CHECK(rosenbrock(x, gradient) == Approx(24.2));
  CHECK(gradient[0] == Approx(-215.6).epsilon(1e-14));
  CHECK(gradient[1] == Approx(-88.0).epsilon(1e-14));
  Eigen::VectorXd dynamic = x, dynamic_gradient(2);
  rosenbrock(dynamic, dynamic_gradient);
  CHECK(dynamic_gradient.isApprox(gradient, 1e-14));

  Eigen::VectorXf y = Eigen::VectorXf::Constant(3, 0.5F), float_gradient(3);
  autodiff([](const auto& v) {
    using std::exp;
    return ScalarOf<decltype(v)>(exp(v[0]) * v[1] + v.squaredNorm());
  })(y, float_gradient);
  CHECK(float_gradient[0] == Approx(std::exp(0.5) * 0.5 + 1).epsilon(1e-6));
  CHECK(float_gradient[1] == Approx(std::exp(0.5) + 1).epsilon(1e-6));
  CHECK(float_gradient[2] == 1);
}

TEST_CASE("autodiff: structures and tuples, as arguments or as one tuple") {
  Layer layer{};
  layer.weights << 1, 2, 3, 4, 5, 6;
  layer.bias << -1, 0.5;
  const Eigen::Vector3d data(1, -1, 2);
  const auto by_argument = autodiff([&](const auto& w, const auto& b) {
    using Scalar = ScalarOf<decltype(w)>;
    const Eigen::Matrix<Scalar, 2, 1> out = w * data.template cast<Scalar>() + b;
    return Scalar(out.squaredNorm());
  });
  CHECK(check_gradient(by_argument, layer).ok());
  const auto by_tuple =
      autodiff([&](const auto& tree) { return by_argument.function(std::get<0>(tree), std::get<1>(tree)); });
  Layer first = zeros_like(layer), second = zeros_like(layer);
  CHECK(by_argument(layer, first) == Approx(by_tuple(layer, second)).epsilon(1e-14));
  CHECK(first.weights.isApprox(second.weights, 1e-13));
  CHECK(first.bias.isApprox(second.bias, 1e-13));

  Eigen::MatrixXd w = layer.weights;
  Eigen::VectorXd b = layer.bias;
  std::tuple<Eigen::MatrixXd, Eigen::VectorXd> gradient(Eigen::MatrixXd(2, 3), Eigen::VectorXd(2));
  by_argument(std::tuple<Eigen::MatrixXd&, Eigen::VectorXd&>(w, b), gradient);
  CHECK((std::get<0>(gradient) - first.weights).norm() < 1e-12);
}

TEST_CASE("autodiff: ranges and arrays of blocks") {
  std::vector<Eigen::VectorXd> list{Eigen::VectorXd::Ones(2), Eigen::VectorXd::Constant(3, 2)};
  const auto sum = autodiff([](const auto& blocks) {
    auto total = ScalarOf<decltype(blocks[0])>(0);
    for (const auto& block : blocks) total += block.squaredNorm();
    return total;
  });
  CHECK(check_gradient(sum, list).ok());
  std::array<Eigen::ArrayXXd, 2> arrays{Eigen::ArrayXXd::Ones(2, 2), Eigen::ArrayXXd::Constant(1, 2, 3)};
  const auto product = autodiff([](const auto& blocks) {
    return ScalarOf<decltype(blocks[0])>((blocks[0] * blocks[0]).sum() * blocks[1](0, 1));
  });
  CHECK(check_gradient(product, arrays).ok());
}

TEST_CASE("autodiff: a function that is constant has the gradient 0") {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(2), gradient = x;
  CHECK(autodiff([](const auto& v) { return ScalarOf<decltype(v)>(3.0); })(x, gradient) == 3);
  CHECK(gradient.isZero(0));
}

TEST_CASE("autodiff: minimizes") {
  Eigen::Vector2d x(-1.2, 1);
  const auto result =
      minimize(rosenbrock, x, Adam{.learning_rate = 0.02}, {.max_steps = 20'000, .gradient_norm = 1e-6});
  CHECK(result.converged());
}
