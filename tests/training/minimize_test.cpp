// SPDX-License-Identifier: MIT
#include <descent/core/chain.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/optimizers/schedule_free_sgd.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/sam.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <algorithm>
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
  // With a learning rate of 0.4 up to step 3 and -0.4 from there on, the loss falls and then grows.
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
  CHECK(message({.history_points = -1}) == "descent: minimize: history_points is -1, must be in [0, 1e+07]");
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
    std::get<0>(gradient) += 2 * weights;  // it is zero on entry
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

namespace {

/// Rosenbrock's valley, with a count of its calls.
struct Valley {
  int calls = 0;
  double operator()(const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
    ++calls;
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    gradient << -2 * a - 400 * b * x[0], 200 * b;
    return a * a + 100 * b * b;
  }
};

}  // namespace

TEST_CASE("minimize: Lbfgs, a step an iteration, evaluates nothing twice") {
  for (const LineSearch search : {LineSearch::strong_wolfe, LineSearch::backtracking, LineSearch::none}) {
    Valley valley;
    Eigen::Vector2d x(-1.2, 1);
    Optimizer optimizer(x, Lbfgs{.line_search = search});
    const auto result = minimize(valley, x, optimizer, {.gradient_norm = 1e-10});
    CHECK(result.status == MinimizeStatus::gradient_norm);
    CHECK((x - Eigen::Vector2d(1, 1)).norm() < 1e-9);
    CHECK(optimizer.iterations() == result.steps);
    CHECK(valley.calls == optimizer.evaluations() + 1);
    if (search == LineSearch::none) CHECK(valley.calls == result.steps + 1);
    if (search != LineSearch::none) CHECK(valley.calls < 60);
    CHECK(result.history.size() == static_cast<std::size_t>(result.steps) + 1);
    Eigen::Vector2d gradient;
    CHECK(result.loss == valley(x, gradient));
    CHECK(result.gradient_norm == Approx(gradient.norm()));
  }
}

TEST_CASE("minimize: the tolerances of Lbfgs apply if no criterion is set") {
  Valley valley;
  Eigen::Vector2d x(-1.2, 1);
  const auto usual = minimize(valley, x, Lbfgs{});
  CHECK(usual.converged());
  CHECK(usual.loss < 1e-9);
  x << -1.2, 1;
  const auto by_gradient =
      minimize(valley, x, Lbfgs{.gradient_tolerance = 0.1, .change_tolerance = 0, .absolute = true});
  CHECK(by_gradient.status == MinimizeStatus::gradient_norm);
  CHECK(by_gradient.steps < usual.steps);
  const auto at_once = minimize(valley, x, Lbfgs{.gradient_tolerance = 0.1, .absolute = true});
  CHECK(at_once.status == MinimizeStatus::gradient_norm);
  CHECK(at_once.steps == 0);
  x << -1.2, 1;
  const auto by_change = minimize(valley, x, Lbfgs{.gradient_tolerance = 0, .change_tolerance = 1e-3});
  CHECK(by_change.status == MinimizeStatus::loss_change);
  CHECK(by_change.steps < usual.steps);
  x << -1.2, 1;
  const auto further = minimize(valley, x, Lbfgs{.gradient_tolerance = 0.1, .change_tolerance = 1e-3},
                                {.gradient_norm = 1e-9});
  CHECK(further.gradient_norm <= 1e-9);
  x << -1.2, 1;
  CHECK(minimize(valley, x, Lbfgs{}, {.loss_goal = 0.5}).status == MinimizeStatus::loss_goal);
  x << -1.2, 1;
  CHECK(minimize(valley, x, Lbfgs{}, {.max_steps = 3}).steps == 3);
  x << -1.2, 1;
  CHECK(minimize(valley, x, Lbfgs::like_pytorch(), {.max_steps = 500, .loss_change = 1e-12}).converged());
}

TEST_CASE("minimize: a line search that stalls is a status") {
  auto misleading = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    gradient = -2 * x;
    return x.squaredNorm();
  };
  Eigen::VectorXd x = start();
  const auto result = minimize(misleading, x, Lbfgs{});
  CHECK(result.status == MinimizeStatus::search_stalled);
  CHECK_FALSE(result.converged());
  CHECK(result.steps == 0);
  CHECK(x == start());
  CHECK(result.loss == x.squaredNorm());
  CHECK_THAT(to_string(result), Catch::Matchers::ContainsSubstring(
                                    "not converged: the line search finds no lower loss; loss 21, "));

  // A kink: the search descends as far as it can.
  auto kink = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    gradient = p.array().sign().matrix();
    return p.lpNorm<1>();
  };
  const auto stuck = minimize(kink, x, Lbfgs{});
  CHECK(stuck.status != MinimizeStatus::max_steps);
  CHECK(stuck.loss < 1);
  CHECK(stuck.loss == x.lpNorm<1>());

  // From the eighth call on nothing is lower: the search also tries along the gradient, then gives up.
  Valley valley;
  auto rising = [&](const Eigen::Vector2d& p, Eigen::Vector2d& gradient) {
    const double loss = valley(p, gradient);
    return valley.calls < 8 ? loss : 1e6 * valley.calls;
  };
  Eigen::Vector2d y(-1.2, 1);
  Optimizer optimizer(y, Lbfgs{.max_search_evaluations = 10});
  const auto barred = minimize(rising, y, optimizer);
  CHECK(barred.status == MinimizeStatus::search_stalled);
  CHECK(barred.steps > 0);
  CHECK(barred.loss < 5);
  CHECK(optimizer.pairs() == 0);
  CHECK(optimizer.iterations() == barred.steps + 2);
  CHECK(valley.calls <= 7 + 2 * 10);
}

TEST_CASE("minimize: Lbfgs gives up if nothing is finite, and survives a border") {
  auto bordered = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    gradient = (1 - 1 / x.array()).matrix();
    return (x.array() - x.array().log()).sum();
  };
  Eigen::VectorXd x = Eigen::VectorXd::Constant(2, 30);
  CHECK(minimize(bordered, x, Lbfgs{.learning_rate = 100}, {.gradient_norm = 1e-8}).converged());
  CHECK((x - Eigen::VectorXd::Ones(2)).norm() < 1e-7);

  auto island = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    gradient = p;
    return p == start() ? 1 : std::numeric_limits<double>::infinity();
  };
  x = start();
  const auto result = minimize(island, x, Lbfgs{.max_search_evaluations = 7});
  CHECK(result.status == MinimizeStatus::not_finite);
  CHECK(x == start());
  CHECK(result.loss == 1);
}

TEST_CASE("minimize: an exception inside a search leaves the best point") {
  for (const int call : {2, 3, 9}) {
    Valley valley;
    auto throwing = [&](const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
      const double loss = valley(x, gradient);
      if (valley.calls == call) throw Interruption{};
      return loss;
    };
    Eigen::Vector2d x(-1.2, 1), gradient, best(-1.2, 1);
    double lowest = std::numeric_limits<double>::infinity();
    const MinimizeOptions options{.on_step = [&](const MinimizePoint& at) {
      if (at.loss < lowest) best = x;
      lowest = std::min(lowest, at.loss);
    }};
    CHECK_THROWS_AS(minimize(throwing, x, Lbfgs{}, options), Interruption);
    CHECK(x == best);
    CHECK(valley(x, gradient) == lowest);
  }
}

TEST_CASE("minimize: Sam evaluates a second time only nearby") {
  int calls = 0;
  auto counted = [&](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    ++calls;
    return squares(x, gradient);
  };
  Eigen::VectorXd x = start(), y = start();
  const auto rule = Sam{.radius = 0.1} | Sgd{.learning_rate = 0.1};
  const auto result = minimize(counted, x, rule, {.max_steps = 5});
  CHECK(result.steps == 5);
  CHECK(calls == 5 * 2 + 1);
  Optimizer optimizer(y, rule);
  for (int k = 0; k < 5; ++k) optimizer.step(y, squares);
  CHECK(x == y);
  CHECK(minimize(squares, x, Asam{} | Adam{.learning_rate = 0.1}, {.max_steps = 200}).loss < 0.1);
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

TEST_CASE("minimize: ends at the evaluation point of the rule if its loss is the lowest") {
  // With a learning rate of 1, Sgd jumps between x and -x: the average is near 0.
  const auto rule = Sgd{.learning_rate = 1} | Ema{.decay = 0.9};
  Eigen::VectorXd x = start(), by_hand = x;
  const auto result = minimize(squares, x, rule, {.max_steps = 40});
  Optimizer optimizer(by_hand, rule);
  Eigen::VectorXd gradient(3);
  for (int step = 0; step < 40; ++step) {
    squares(by_hand, gradient);
    optimizer.step(by_hand, gradient);
  }
  CHECK(result.at_evaluation_point);
  CHECK(x == optimizer.evaluation_point(by_hand));
  CHECK(result.loss == x.squaredNorm());
  CHECK(result.loss < start().squaredNorm() / 10);
  CHECK(result.gradient_norm == Approx(2 * x.norm()));

  Eigen::VectorXd stepped = start();
  const auto without = minimize(squares, stepped, rule,
                                {.max_steps = 40, .restore_best = false, .use_evaluation_point = false});
  CHECK_FALSE(without.at_evaluation_point);
  CHECK(stepped == by_hand);
}

TEST_CASE("minimize: stays at the best point if the evaluation point is worse") {
  const auto rule = halving | Ema{.decay = 0.99};  // the average lags behind
  Eigen::VectorXd x = start(), last = start();
  const auto result = minimize(squares, x, rule, {.max_steps = 10});
  CHECK_FALSE(result.at_evaluation_point);
  CHECK(x == start() / 1024);
  CHECK(result.loss == x.squaredNorm());
  const auto at_average = minimize(squares, last, rule, {.max_steps = 10, .restore_best = false});
  CHECK(at_average.at_evaluation_point);
  CHECK(at_average.loss == last.squaredNorm());
  CHECK(last.norm() > x.norm());
}

TEST_CASE("minimize: Lbfgs does not call a loss without a minimum converged, nor a steep point") {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(1);
  const auto falling = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    gradient[0] = -1;
    return -p[0];
  };
  const auto result = minimize(falling, x, Lbfgs{});
  CHECK(result.status == MinimizeStatus::unbounded);
  CHECK_FALSE(result.converged());
  CHECK(to_string(result).rfind("not converged: the loss seems to be unbounded below; loss ", 0) == 0);

  // Brown's badly scaled function: a step of 1e-6 in one direction still changes the loss by 1.
  Eigen::VectorXd y = Eigen::VectorXd::Ones(2);
  const auto brown = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    const double a = p[0] - 1e6, b = p[1] - 2e-6, c = p[0] * p[1] - 2;
    gradient = Eigen::Vector2d(2 * a + 2 * c * p[1], 2 * b + 2 * c * p[0]);
    return a * a + b * b + c * c;
  };
  const auto solved = minimize(brown, y, Lbfgs{});
  CHECK(solved.converged());
  CHECK(solved.gradient_norm < 1e-3);
}
