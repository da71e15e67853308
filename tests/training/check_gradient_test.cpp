// SPDX-License-Identifier: MIT
#include <descent/training/diagnose/check_gradient.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;

namespace {

template <class S>
struct Network {
  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic> weights;
  Eigen::Matrix<S, Eigen::Dynamic, 1> bias;
  DESCENT_PARAMETERS(weights, bias)
};

template <class S>
Network<S> network() {
  Network<S> model;
  model.weights.resize(3, 3);
  model.bias.resize(2);
  for (Eigen::Index k = 0; k < 9; ++k)
    model.weights(k) = static_cast<S>(std::sin(1.0 + 2.0 * static_cast<double>(k)));
  model.bias << S(0.5), S(-0.25);
  return model;
}

/// sum of exp(w) - w^3 / 3, plus sin of the biases.
template <class S>
double loss_of(const Network<S>& model, Network<S>& gradient) {
  const auto w = model.weights.array();
  gradient.weights = (w.exp() - w * w).matrix();
  gradient.bias = model.bias.array().cos().matrix();
  return static_cast<double>((w.exp() - w * w * w / 3).sum() + model.bias.array().sin().sum());
}

/// The report after `spoil` has changed the gradient.
template <class S, class Spoil>
GradientReport report_of(Spoil&& spoil, const CheckGradientOptions& options = {}) {
  auto model = network<S>();
  return check_gradient(
      [&](const Network<S>& m, Network<S>& gradient) {
        const double loss = loss_of(m, gradient);
        spoil(gradient);
        return loss;
      },
      model, options);
}

}  // namespace

TEMPLATE_TEST_CASE("check_gradient: a right gradient passes", "", float, double) {
  auto model = network<TestType>();
  const auto report = check_gradient(loss_of<TestType>, model);
  INFO(to_string(report));
  CHECK(report.ok());
  CHECK(report.deterministic);
  REQUIRE(report.blocks.size() == 2);
  CHECK(report.blocks[0].path == "weights");
  CHECK(report.blocks[0].compared == 9);
  CHECK(report.blocks[1].path == "bias");
  CHECK(report.blocks[1].max_relative_error < (sizeof(TestType) == 4 ? 1e-2 : 1e-8));
  CHECK_THAT(
      to_string(report),
      ContainsSubstring("the gradient agrees with central differences\n  ok     weights (3x3): 9 elements"));
}

TEMPLATE_TEST_CASE("check_gradient: names the block and the place of one wrong element", "", float, double) {
  const auto report = report_of<TestType>([](auto& gradient) { gradient.weights(2, 1) += TestType(0.125); });
  CHECK_FALSE(report.ok());
  CHECK_FALSE(static_cast<bool>(report));
  const auto& block = report.blocks[0];
  CHECK_FALSE(block.ok());
  CHECK(block.wrong == 1);
  CHECK(block.row == 2);
  CHECK(block.column == 1);
  CHECK(block.analytic - block.numeric == Approx(0.125).epsilon(0.01));
  CHECK(block.max_absolute_error == Approx(0.125).epsilon(0.01));
  CHECK(block.hint.empty());
  CHECK(report.blocks[1].ok());
  CHECK_THAT(to_string(report), ContainsSubstring("the gradient is wrong\n  WRONG  weights (3x3): 1 of 9 "
                                                  "elements differ, most at (2, 1): analytic "));
}

TEMPLATE_TEST_CASE("check_gradient: recognises common mistakes", "", float, double) {
  auto hint = [](auto&& spoil) { return report_of<TestType>(spoil).blocks[0].hint; };
  CHECK(hint([](auto& g) { g.weights = -g.weights; }) == "looks negated");
  CHECK(hint([](auto& g) { g.weights *= 2; }) == "looks scaled by 2");
  CHECK_THAT(hint([](auto& g) { g.weights /= 3; }), ContainsSubstring("looks scaled by 0.333"));
  CHECK(hint([](auto& g) { g.weights.transposeInPlace(); }) == "looks transposed");
  CHECK(hint([](auto& g) { g.weights.setZero(); }) == "is never written: all its elements are 0");
  CHECK(hint([](auto& g) { g.weights(1, 1) = std::numeric_limits<TestType>::quiet_NaN(); }) ==
        "is not finite");
  CHECK(hint([](auto& g) { g.weights.array() += 1; }).empty());
  CHECK(hint([](auto& g) { g.weights.resize(3, 2); }) == "its gradient is 3x2");

  const auto report = report_of<TestType>([](auto& g) { g.bias = -g.bias; });
  CHECK(report.blocks[0].ok());
  CHECK(report.blocks[1].hint == "looks negated");
  CHECK_THAT(to_string(report), ContainsSubstring("; looks negated\n"));

  Eigen::MatrixXd w = Eigen::MatrixXd::Ones(2, 3);
  const auto shape = check_gradient(
      [](const Eigen::MatrixXd& p, Eigen::MatrixXd& g) {
        g = p.transpose();
        return p.squaredNorm() / 2;
      },
      w);
  CHECK(shape.blocks[0].hint == "its gradient is 3x2 (transposed?)");
  CHECK(shape.blocks[0].path == "parameters");
}

TEST_CASE("check_gradient: a block on which nothing depends") {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(2);
  const auto report = check_gradient(
      [](const Eigen::VectorXd&, Eigen::VectorXd& g) {
        g.setOnes();
        return 1.0;
      },
      x);
  CHECK(report.blocks[0].hint == "should be 0: the loss does not depend on it");
}

TEST_CASE("check_gradient: leaves trees of references bit for bit as they were") {
  Eigen::MatrixXd w = Eigen::MatrixXd::Constant(2, 2, 0.1);
  Eigen::VectorXd b = Eigen::VectorXd::Constant(2, 1.0 / 3);
  b[1] = std::numeric_limits<double>::denorm_min();
  const Eigen::MatrixXd w_before = w;
  const Eigen::VectorXd b_before = b;
  auto unchanged = [&] {
    return std::memcmp(w.data(), w_before.data(), 4 * sizeof(double)) == 0 &&
           std::memcmp(b.data(), b_before.data(), 2 * sizeof(double)) == 0;
  };
  int calls = 0, limit = 1000;
  auto objective = [&](const auto& parameters, auto& gradient) {
    if (++calls > limit) throw Interruption{};
    const auto& [weights, bias] = parameters;
    std::get<0>(gradient) = 2 * weights;
    std::get<1>(gradient) = 2 * bias;
    return weights.squaredNorm() + bias.squaredNorm();
  };
  CHECK(check_gradient(objective, std::tie(w, b)).ok());
  CHECK(unchanged());
  for (limit = 0; limit < 14; ++limit) {
    calls = 0;
    CHECK_THROWS_AS(check_gradient(objective, std::tie(w, b)), Interruption);
    CHECK(unchanged());
  }
}

TEST_CASE("check_gradient: takes constant models, and views in place") {
  const auto model = network<double>();
  CHECK(check_gradient(loss_of<double>, model).ok());
  std::vector<double> memory{1, 2, 3, 4};
  Eigen::Map<Eigen::VectorXd> view(memory.data(), 4);
  auto squares = [](const auto& x, Eigen::VectorXd& gradient) {
    gradient = 2 * x;
    return x.squaredNorm();
  };
  CHECK(check_gradient(squares, view).ok());
  CHECK(memory == std::vector<double>{1, 2, 3, 4});
}

TEST_CASE("check_gradient: of a large block it takes a sample, by seed") {
  Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(5000, -1, 1);
  auto objective = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    gradient = 2 * p;
    gradient.head(500).array() += 1;
    return p.squaredNorm();
  };
  const auto report = check_gradient(objective, x, {.elements = 100});
  CHECK(report.blocks[0].compared == 100);
  CHECK(report.blocks[0].wrong == 10);  // one from each of equal parts
  CHECK(report.blocks[0].row < 500);
  CHECK(check_gradient(objective, x, {.elements = 100}).blocks[0].row == report.blocks[0].row);
  CHECK(check_gradient(objective, x, {.elements = 100'000}).blocks[0].wrong == 500);
}

TEST_CASE("check_gradient: a small derivative near a minimum raises no false alarm") {
  // At a distance of 1e-8 from the minimum of a quartic with a steep third derivative.
  Eigen::VectorXd x = Eigen::VectorXd::Constant(1, 1e-8);
  auto objective = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    const double a = p[0];
    gradient[0] = a + 3000 * a * a;
    return a * a / 2 + 1000 * a * a * a;
  };
  const auto report = check_gradient(objective, x);
  INFO(to_string(report));
  CHECK(report.ok());
}

TEST_CASE("check_gradient: a large constant in the loss raises no false alarm") {
  Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(5, 0.1, 0.5);
  auto objective = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    gradient = 2e-3 * p;
    return 1e6 + 1e-3 * p.squaredNorm();
  };
  CHECK(check_gradient(objective, x).ok());
}

TEST_CASE("check_gradient: random losses and losses that are not finite") {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(2);
  double noise = 0;
  auto random = [&](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    gradient = 2 * p;
    return p.squaredNorm() + (noise += 1e-3);
  };
  const auto report = check_gradient(random, x);
  CHECK_FALSE(report.deterministic);
  CHECK_FALSE(report.ok());
  CHECK_THAT(to_string(report), ContainsSubstring("the loss changes from call to call"));
  auto nowhere = [&](const Eigen::VectorXd&, Eigen::VectorXd&) { return std::nan(""); };
  CHECK(check_gradient(nowhere, x).blocks[0].hint == "is not finite");
}

TEST_CASE("check_gradient: uses the loss alone if the objective offers it") {
  struct Both {
    int alone = 0, with_gradient = 0;
    double operator()(const Eigen::VectorXd& x) { return ++alone, x.squaredNorm(); }
    double operator()(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
      gradient = 2 * x;
      return ++with_gradient, x.squaredNorm();
    }
  } both;
  Eigen::VectorXd x = Eigen::VectorXd::Ones(4);
  CHECK(check_gradient(both, x).ok());
  CHECK(both.alone == 8);
  CHECK(both.with_gradient == 2);
}

TEST_CASE("check_gradient: options out of range are named") {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(1);
  auto message = [&](const CheckGradientOptions& options) {
    return message_of(
        [&] { check_gradient([](const Eigen::VectorXd&, Eigen::VectorXd&) { return 0.0; }, x, options); });
  };
  CHECK(message({.tolerance = 0}) ==
        "descent: check_gradient: tolerance is 0, must be greater than 0 and finite");
  CHECK(message({.elements = 0}) == "descent: check_gradient: elements is 0, must be at least 1 and finite");
  CHECK(message({.relative_step = -1}) ==
        "descent: check_gradient: relative_step is -1, must be greater than 0 and finite");
  CHECK(message({}).empty());
}

TEST_CASE("check_gradient: the tolerance is the caller's to choose") {
  auto off_by_a_thousandth = [](auto& gradient) { gradient.weights *= 1.001; };
  CHECK_FALSE(report_of<double>(off_by_a_thousandth).ok());
  CHECK(report_of<double>(off_by_a_thousandth, {.tolerance = 0.01}).ok());
}
