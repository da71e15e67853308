// SPDX-License-Identifier: MIT
#include <descent/core/chain.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <vector>

using namespace descent;
using namespace training_test;

namespace {

/// |x|^2: halved distances with Sgd at a rate of 0.25.
double squares(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  gradient = 2 * x;
  return x.squaredNorm();
}

Eigen::VectorXd start() { return Eigen::Vector3d(4, -2, 1); }
const Sgd halving{.learning_rate = 0.25};

/// Falls to -infinity along a line.
double slope(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  gradient.setOnes();
  return x.sum();
}

}  // namespace

TEST_CASE("minimize: the norm of the gradient ends the search") {
  Eigen::VectorXd x = start();
  const auto result = minimize(squares, x, halving, {.gradient_norm = 1e-3});
  CHECK(result.status == MinimizeStatus::gradient_norm);
  CHECK(result.converged());
  CHECK(result.gradient_norm <= 1e-3);
  CHECK(result.gradient_norm > 0.5e-3);
  CHECK(result.loss == x.squaredNorm());
  CHECK(result.gradient_norm == Approx(2 * x.norm()));
  CHECK(result.best_step == result.steps);
}

TEST_CASE("minimize: the change of the loss ends the search, after as many steps as patience asks") {
  Eigen::VectorXd x = start();
  const auto once = minimize(squares, x, halving, {.loss_change = 1e-4});
  CHECK(once.status == MinimizeStatus::loss_change);
  CHECK(3 * once.loss <= 1e-4);
  x = start();
  const auto thrice = minimize(squares, x, halving, {.loss_change = 1e-4, .patience = 3});
  CHECK(thrice.status == MinimizeStatus::loss_change);
  CHECK(thrice.steps == once.steps + 2);
}

TEST_CASE("minimize: the change of large losses counts relative to them") {
  Eigen::VectorXd x = start();
  auto high = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) { return squares(p, gradient) + 1e6; };
  const auto result = minimize(high, x, halving, {.loss_change = 1e-6});
  CHECK(result.status == MinimizeStatus::loss_change);
  CHECK(result.steps == 3);  // the loss falls by 15.75, 3.9, 0.98
}

TEST_CASE("minimize: the change of the parameters ends the search") {
  Eigen::VectorXd x = start();
  const auto result = minimize(squares, x, halving, {.parameter_change = 1e-3});
  CHECK(result.status == MinimizeStatus::parameter_change);
  CHECK(x.norm() <= 1e-3);  // the last step halved x, and moved it by as much
  CHECK(x.norm() > 0.5e-3);
}

TEST_CASE("minimize: the loss goal ends the search") {
  Eigen::VectorXd x = start();
  const auto result = minimize(squares, x, halving, {.loss_goal = 0.01});
  CHECK(result.status == MinimizeStatus::loss_goal);
  CHECK(result.loss <= 0.01);
  x = start();
  CHECK(minimize(slope, x, halving, {.loss_goal = -5}).loss <= -5);
}

TEST_CASE("minimize: steps and seconds end the search") {
  Eigen::VectorXd x = start();
  const auto steps = minimize(squares, x, halving, {.max_steps = 3});
  CHECK(steps.status == MinimizeStatus::max_steps);
  CHECK(steps.steps == 3);
  CHECK_FALSE(steps.converged());
  CHECK(x == start() / 8);

  const auto none = minimize(squares, x, halving, {.max_steps = 0});
  CHECK(none.status == MinimizeStatus::max_steps);
  CHECK(none.steps == 0);
  CHECK(none.loss == x.squaredNorm());
  CHECK(x == start() / 8);

  const auto seconds = minimize(slope, x, halving,
                                {.max_steps = std::numeric_limits<std::int64_t>::max(), .max_seconds = 0.02});
  CHECK(seconds.status == MinimizeStatus::max_seconds);
  CHECK(seconds.seconds >= 0.02);
  CHECK(seconds.steps > 0);
}

TEST_CASE("minimize: without criteria it takes the steps that are the default") {
  Eigen::VectorXd x = start();
  CHECK(minimize(squares, x, halving).steps == 10'000);
}

TEST_CASE("minimize: the callback sees every point and can stop") {
  Eigen::VectorXd x = start();
  std::vector<MinimizePoint> seen;
  const auto result = minimize(squares, x, halving, {.on_step = [&](const MinimizePoint& point) {
                                 seen.push_back(point);
                                 return point.step == 4;
                               }});
  CHECK(result.status == MinimizeStatus::stopped);
  CHECK(result.steps == 4);
  REQUIRE(seen.size() == 5);
  CHECK(seen[0].step == 0);
  CHECK(seen[0].loss == 21);
  CHECK(seen[0].gradient_norm == Approx(2 * std::sqrt(21.0)));
  CHECK(seen[0].learning_rate == 0.25);
  CHECK(seen[4].loss == result.loss);

  int calls = 0;
  const auto all = minimize(squares, x, halving, {.max_steps = 2, .on_step = [&] { ++calls; }});
  CHECK(all.status == MinimizeStatus::max_steps);
  CHECK(calls == 3);
}

TEST_CASE("minimize: the parameters return to the best point, or stay at the last") {
  // With a rate of 0.4 up to step 3 and -0.4 from there on, the loss falls and then grows.
  const Sgd rule{.learning_rate = 0.4};
  auto turning = [calls = 0](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) mutable {
    gradient = (calls++ < 3 ? 2.0 : -2.0) * x;
    return x.squaredNorm();
  };
  Eigen::VectorXd x = start();
  const auto best = minimize(turning, x, rule, {.max_steps = 10});
  CHECK(best.steps == 10);
  CHECK(best.best_step == 3);
  CHECK(best.loss == x.squaredNorm());
  CHECK(best.history.back().loss > 100 * best.loss);

  Eigen::VectorXd y = start();
  const auto last = minimize(turning, y, rule, {.max_steps = 10, .restore_best = false});
  CHECK(last.best_step == 10);
  CHECK(last.loss == y.squaredNorm());
  CHECK(last.loss > best.loss);
}

TEST_CASE("minimize: a loss that is not finite is a status, and leaves the best point before it") {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity()})
    for (const bool restore : {true, false}) {
      auto failing = [&, calls = 0](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) mutable {
        const double loss = squares(x, gradient);
        return ++calls == 4 ? bad : loss;
      };
      Eigen::VectorXd x = start();
      const auto result = minimize(failing, x, halving, {.restore_best = restore});
      CHECK(result.status == MinimizeStatus::not_finite);
      CHECK(result.steps == 3);
      CHECK(result.best_step == 2);
      CHECK(x == start() / 4);
      CHECK(result.loss == x.squaredNorm());
    }
}

TEST_CASE("minimize: a gradient that is not finite is a status too") {
  auto failing = [calls = 0](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) mutable {
    const double loss = squares(x, gradient);
    if (++calls == 3) gradient[1] = std::numeric_limits<double>::quiet_NaN();
    return loss;
  };
  Eigen::VectorXd x = start();
  const auto result = minimize(failing, x, halving);
  CHECK(result.status == MinimizeStatus::not_finite);
  CHECK(x == start() / 4);
}

TEST_CASE("minimize: a huge gradient is not taken for one that is not finite") {
  auto steep = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    gradient = 1e200 * x;
    return 1e200 * x.squaredNorm() / 2;
  };
  Eigen::VectorXd x = start();
  const auto result = minimize(steep, x, Sgd{.learning_rate = 1e-201}, {.max_steps = 5});
  CHECK(result.status == MinimizeStatus::max_steps);
  CHECK(result.gradient_norm == Approx(1e200 * x.norm()));
}

TEST_CASE("minimize: a first loss that is not finite changes nothing") {
  Eigen::VectorXd x = start();
  auto nowhere = [](const Eigen::VectorXd&, Eigen::VectorXd&) {
    return std::numeric_limits<double>::quiet_NaN();
  };
  const auto result = minimize(nowhere, x, halving);
  CHECK(result.status == MinimizeStatus::not_finite);
  CHECK(result.steps == 0);
  CHECK(is_nan(result.loss));
  CHECK(x == start());
}

TEST_CASE("minimize: an exception passes through and leaves the best point so far") {
  for (const int call : {1, 2, 5}) {
    auto throwing = [&, calls = 0](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) mutable {
      if (++calls == call) throw Interruption{};
      return squares(x, gradient);
    };
    Eigen::VectorXd x = start();
    CHECK_THROWS_AS(minimize(throwing, x, halving), Interruption);
    CHECK(x == start() / (call < 3 ? 1 : 8));
  }
  Eigen::VectorXd x = start();
  const MinimizeOptions options{.on_step = [](const MinimizePoint& at) {
    if (at.step == 1) throw Interruption{};
  }};
  CHECK_THROWS_AS(minimize(squares, x, halving, options), Interruption);
  CHECK(x == start() / 2);
}

TEST_CASE("minimize: a gradient of another shape is refused before anything changes") {
  Eigen::VectorXd x = start();
  auto wrong = [](const Eigen::VectorXd&, Eigen::VectorXd& gradient) {
    gradient.setZero(2);
    return 1.0;
  };
  CHECK_THROWS_AS(minimize(wrong, x, halving), std::invalid_argument);
  CHECK(x == start());
}

TEST_CASE("minimize: options out of range are named") {
  auto message = [](const MinimizeOptions& options) {
    Eigen::VectorXd x = start();
    const auto text = message_of([&] { minimize(squares, x, halving, options); });
    CHECK(x == start());
    return text;
  };
  CHECK(message({.max_steps = -1}) == "descent: minimize: max_steps is -1, must be at least 0 and finite");
  CHECK(message({.max_seconds = -1}) ==
        "descent: minimize: max_seconds is -1, must be at least 0 and finite");
  CHECK(message({.gradient_norm = -1e-6}) ==
        "descent: minimize: gradient_norm is -1e-06, must be at least 0 and finite");
  CHECK(message({.loss_change = std::nan("")}) ==
        "descent: minimize: loss_change is nan, must be at least 0 and finite");
  CHECK(message({.parameter_change = -2}) ==
        "descent: minimize: parameter_change is -2, must be at least 0 and finite");
  CHECK(message({.loss_goal = std::nan("")}) == "descent: minimize: loss_goal is nan, must be finite");
  CHECK(message({.patience = 0}) == "descent: minimize: patience is 0, must be at least 1 and finite");
  CHECK(message({.history_points = -1}) ==
        "descent: minimize: history_points is -1, must be at least 0 and finite");
  Eigen::VectorXd x = start();
  CHECK_THAT(message_of([&] { minimize(squares, x, Sgd{.learning_rate = -1}); }),
             Catch::Matchers::ContainsSubstring("Sgd: learning_rate"));
}

TEST_CASE("minimize: the history is thinned and ends with the last point") {
  Eigen::VectorXd x = start();
  const auto result = minimize(slope, x, halving, {.max_steps = 1003, .history_points = 100});
  REQUIRE(result.history.size() > 50);
  CHECK(result.history.size() <= 101);
  CHECK(result.history.front().step == 0);
  CHECK(result.history.back().step == 1003);
  const auto every = result.history[1].step;
  for (std::size_t k = 0; k + 1 < result.history.size(); ++k)
    CHECK(result.history[k].step == every * static_cast<std::int64_t>(k));

  CHECK(minimize(slope, x, halving, {.max_steps = 20}).history.size() == 21);
  CHECK(minimize(slope, x, halving, {.max_steps = 20, .history_points = 0}).history.empty());
  CHECK(minimize(slope, x, halving, {.max_steps = 20, .history_points = 1}).history.size() == 2);
}

TEST_CASE("minimize: takes trees, temporaries of references, views and float") {
  Eigen::MatrixXd w = Eigen::MatrixXd::Constant(2, 3, 4);
  Eigen::VectorXd b = Eigen::VectorXd::Constant(2, -4);
  auto sum = [](const auto& parameters, auto& gradient) {
    const auto& [weights, bias] = parameters;
    std::get<0>(gradient) += 2 * weights;  // it arrives cleared
    std::get<1>(gradient) += 2 * bias;
    return weights.squaredNorm() + bias.squaredNorm();
  };
  CHECK(minimize(sum, std::tie(w, b), halving, {.max_steps = 2}).steps == 2);
  CHECK((w.array() == 1).all());
  CHECK((b.array() == -1).all());

  std::array<float, 3> memory{4, 4, 4};
  Eigen::Map<Eigen::VectorXf> view(memory.data(), 3);
  auto in_float = [](const auto& x, Eigen::VectorXf& gradient) {
    gradient = 2 * x;
    return x.squaredNorm();
  };
  const auto result = minimize(in_float, view, halving, {.gradient_norm = 1e-3});
  CHECK(result.status == MinimizeStatus::gradient_norm);
  CHECK(std::abs(memory[0]) < 1e-3F);
}

TEST_CASE("minimize: goes on with an optimizer of the caller's") {
  Eigen::VectorXd x = start(), y = start();
  Optimizer optimizer(x, Adam{.learning_rate = 0.1});
  minimize(squares, x, optimizer, {.max_steps = 3, .restore_best = false});
  CHECK(minimize(squares, x, optimizer, {.max_steps = 4, .restore_best = false}).steps == 4);
  CHECK(optimizer.steps() == 7);
  minimize(squares, y, Adam{.learning_rate = 0.1}, {.max_steps = 7, .restore_best = false});
  CHECK(x == y);
}

TEST_CASE("minimize: Adam finds the end of Rosenbrock's valley") {
  auto rosenbrock = [](const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    gradient << -2 * a - 400 * b * x[0], 200 * b;
    return a * a + 100 * b * b;
  };
  Eigen::Vector2d x(-1.2, 1);
  const auto result =
      minimize(rosenbrock, x, Adam{.learning_rate = 0.02}, {.max_steps = 20'000, .gradient_norm = 1e-6});
  CHECK(result.status == MinimizeStatus::gradient_norm);
  CHECK((x - Eigen::Vector2d(1, 1)).norm() < 1e-5);
}

TEST_CASE("minimize: the result as text") {
  Eigen::VectorXd x = start();
  const auto result = minimize(squares, x, halving, {.max_steps = 1});
  CHECK_THAT(to_string(result),
             Catch::Matchers::ContainsSubstring(
                 "not converged: max_steps are taken; loss 5.25, gradient norm 4.58 after 1 step, "));
  CHECK(std::string(to_string(MinimizeStatus::gradient_norm)) == "converged: the gradient is small");
  CHECK(std::string(to_string(MinimizeStatus::not_finite)) ==
        "diverged: the loss or its gradient is not finite");
}
