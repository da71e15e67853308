// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/training/diagnose/check_gradient.hpp>
#include <descent/training/minimize/minimize.hpp>
#include <descent/training/problem/autodiff.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>
#include <vector>

// What every adapter of a library for derivatives must do. `adapter(f)` makes an objective from a function of the
// parameters; autodiff(f) is the one to compare with.

namespace derivatives_test {

template <class T>
using ScalarOf = typename std::decay_t<T>::Scalar;

struct Layer {
  Eigen::Matrix<double, 2, 3, Eigen::RowMajor> weights;
  Eigen::Vector2d bias;
  DESCENT_PARAMETERS(weights, bias)
};
struct DynamicLayer {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)
};
struct Network {
  std::vector<DynamicLayer> layers;
  Eigen::ArrayXXd scale;
  DESCENT_PARAMETERS(layers, scale)
};

/// All elements of a tree in its order.
template <class Tree>
Eigen::VectorXd flat(const Tree& tree) {
  std::vector<double> values;
  descent::for_each_block(
      [&](const auto& block) {
        for (Eigen::Index column = 0; column < block.cols(); ++column)
          for (Eigen::Index row = 0; row < block.rows(); ++row)
            values.push_back(static_cast<double>(block(row, column)));
      },
      tree);
  return Eigen::VectorXd::Map(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// The objective agrees with AutoDiffScalar, in a gradient that is not 0.
template <class Adapter, class F, class Tree>
void same_as_autodiff(const Adapter& adapter, const F& function, const Tree& tree) {
  auto gradient = descent::zeros_like(tree), expected = gradient;
  const double loss = adapter(function)(tree, gradient);
  const double expected_loss = descent::autodiff(function)(tree, expected);
  CHECK(std::abs(loss - expected_loss) <= 1e-12 * std::abs(expected_loss));
  CHECK(flat(expected).norm() > 0.01);
  CHECK((flat(gradient) - flat(expected)).norm() <= 1e-12 * flat(expected).norm());
}

template <class Adapter>
void every_tree(const Adapter& adapter) {
  const auto sum_of_squares = [](const auto& x) {
    using std::exp;
    return ScalarOf<decltype(x)>(x.squaredNorm() + exp(x(0)) * x(1));
  };
  same_as_autodiff(adapter, sum_of_squares, Eigen::Vector3d(0.5, -1, 2));
  same_as_autodiff(adapter, sum_of_squares, Eigen::VectorXd(Eigen::VectorXd::LinSpaced(37, -1, 2)));
  same_as_autodiff(adapter, sum_of_squares, Eigen::MatrixXd(Eigen::MatrixXd::Constant(3, 4, 0.3)));

  const Layer layer{Eigen::Matrix<double, 2, 3, Eigen::RowMajor>{{1, 2, 3}, {4, 5, 6}}, {-1, 0.5}};
  const Eigen::Vector3d data(1, -1, 2);
  const auto by_argument = [&](const auto& w, const auto& b) {
    using Scalar = ScalarOf<decltype(w)>;
    const Eigen::Matrix<Scalar, 2, 1> out = w * data.template cast<Scalar>() + b;
    return Scalar(out.squaredNorm() + w(0, 2));
  };
  same_as_autodiff(adapter, by_argument, layer);
  same_as_autodiff(
      adapter, [&](const auto& tree) { return by_argument(std::get<0>(tree), std::get<1>(tree)); }, layer);
  Eigen::MatrixXd w = layer.weights;
  Eigen::VectorXd b = layer.bias;
  same_as_autodiff(adapter, by_argument, std::tuple<Eigen::MatrixXd&, Eigen::VectorXd&>(w, b));
  double numbers[] = {1, 2, 3};
  same_as_autodiff(adapter, sum_of_squares, Eigen::Map<Eigen::Vector3d>(numbers));

  const auto sum = [](const auto& blocks) {
    auto total = ScalarOf<decltype(blocks[0])>(0);
    for (const auto& block : blocks) total += (block * block).sum() * block(0);
    return total;
  };
  same_as_autodiff(
      adapter, sum,
      std::array<Eigen::ArrayXXd, 2>{Eigen::ArrayXXd::Ones(2, 2), Eigen::ArrayXXd::Constant(1, 2, 3)});
}

/// A network whose tree is nested, with the functions of Eigen that networks use.
template <class Adapter>
void a_network(const Adapter& adapter) {
  auto wave = [](Eigen::Index rows, Eigen::Index columns) {
    Eigen::MatrixXd values(rows, columns);
    for (Eigen::Index k = 0; k < values.size(); ++k)
      values(k) = std::sin(1.7 * static_cast<double>(k + rows));
    return values;
  };
  // Wider than the blocks in which Eigen multiplies
  const Network network{{{wave(3, 2), wave(3, 1)}, {wave(30, 3), wave(30, 1)}}, wave(2, 2).array()};
  const Eigen::MatrixXd inputs = wave(2, 40);
  const auto loss = [&](const auto& layers, const auto& scale) {
    using std::abs, std::sqrt;
    using Scalar = ScalarOf<decltype(scale)>;
    using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    Matrix values = inputs.template cast<Scalar>();
    for (const auto& layer : layers) {
      const Matrix sums = (std::get<0>(layer) * values).colwise() + std::get<1>(layer);
      values = sums.array().tanh() + (1.0 + sums.array().exp()).log();
      values = values.cwiseMax(Scalar(0.5));
    }
    return Scalar(sqrt(values.squaredNorm()) * scale.abs().sum() + abs(scale(0)) + values.maxCoeff());
  };
  same_as_autodiff(adapter, loss, network);
  CHECK(descent::check_gradient(adapter(loss), network).ok());
}

template <class Adapter>
void values_of_float(const Adapter& adapter) {
  const Eigen::VectorXf x = Eigen::VectorXf::Constant(3, 0.5F);
  Eigen::VectorXf gradient(3);
  const double loss = adapter([](const auto& v) {
    using std::exp;
    return ScalarOf<decltype(v)>(exp(v[0]) * v[1] + v.squaredNorm());
  })(x, gradient);
  CHECK(loss == Approx(std::exp(0.5) * 0.5 + 0.75).epsilon(1e-6));
  CHECK(gradient[0] == Approx(std::exp(0.5) * 0.5 + 1).epsilon(1e-6));
  CHECK(gradient[1] == Approx(std::exp(0.5) + 1).epsilon(1e-6));
  CHECK(gradient[2] == 1);
}

template <class Adapter>
void a_constant(const Adapter& adapter) {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(2), gradient = x;
  CHECK(adapter([](const auto& v) { return ScalarOf<decltype(v)>(3.0); })(x, gradient) == 3);
  CHECK(gradient.isZero(0));
}

/// One objective, at points on both sides of its `if`, and with loops of other lengths.
template <class Adapter>
void branches_of_the_data(const Adapter& adapter) {
  const auto objective = adapter([](const auto& x) {
    using Scalar = ScalarOf<decltype(x)>;
    Scalar power = x[0];
    for (int k = 0; k < 10 && power < 100.0; ++k) power *= x[0];
    return Scalar(x[1] > 0.0 ? Scalar(power * x[1]) : Scalar(-3.0 * x[1]));
  });
  Eigen::Vector2d gradient;
  objective(Eigen::Vector2d(10, 2), gradient);  // x^2 y
  CHECK(gradient == Eigen::Vector2d(40, 100));
  objective(Eigen::Vector2d(10, -2), gradient);
  CHECK(gradient == Eigen::Vector2d(0, -3));
  objective(Eigen::Vector2d(5, 1), gradient);  // x^3 y
  CHECK(gradient == Eigen::Vector2d(75, 125));
}

template <class Adapter>
void passes_on_what_is_not_finite(const Adapter& adapter) {
  const auto objective = adapter([](const auto& x) {
    using std::log;
    return ScalarOf<decltype(x)>(log(x[0]) + x[1]);
  });
  Eigen::Vector2d gradient;
  CHECK(std::isnan(objective(Eigen::Vector2d(-1, 0), gradient)));
  CHECK(gradient[1] == 1);
  CHECK(objective(Eigen::Vector2d(0, 0), gradient) == -std::numeric_limits<double>::infinity());
  CHECK(gradient[0] == std::numeric_limits<double>::infinity());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(objective(Eigen::Vector2d(nan, 0), gradient)));
  CHECK(std::isnan(gradient[0]));
}

/// An exception of the function arrives, and the next call is right.
template <class Adapter>
void after_an_exception(const Adapter& adapter) {
  bool fails = true;
  const auto objective = adapter([&](const auto& x) {
    const ScalarOf<decltype(x)> square = x[0] * x[0];
    if (fails) throw training_test::Interruption{};
    return square;
  });
  Eigen::Vector2d gradient(7, 7);
  CHECK_THROWS_AS(objective(Eigen::Vector2d(3, 4), gradient), training_test::Interruption);
  CHECK(gradient == Eigen::Vector2d(7, 7));
  fails = false;
  CHECK(objective(Eigen::Vector2d(3, 4), gradient) == 9);
  CHECK(gradient == Eigen::Vector2d(6, 0));
}

/// The gradients lead to the lowest point of Rosenbrock's function.
template <class Adapter>
void minimizes(const Adapter& adapter) {
  Eigen::Vector2d x(-1.2, 1);
  const auto rosenbrock = adapter([](const auto& v) {
    using Scalar = ScalarOf<decltype(v)>;
    const Scalar a = 1.0 - v[0], b = v[1] - v[0] * v[0];
    return Scalar(a * a + 100.0 * b * b);
  });
  CHECK(descent::minimize(rosenbrock, x, descent::Lbfgs{}, {.max_steps = 100, .gradient_norm = 1e-8})
            .converged());
}

}  // namespace derivatives_test
