// SPDX-License-Identifier: MIT
#include <descent/optimizers/lbfgs.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace descent;
using Eigen::MatrixXd, Eigen::VectorXd;
using test::refusal_of;

namespace {

/// Rosenbrock's valley in any dimension.
template <class V>
double valley(const V& x, V& gradient) {
  using S = typename V::Scalar;
  S loss = 0;
  gradient.setZero();
  for (Eigen::Index i = 0; i + 1 < x.size(); ++i) {
    const S left = 1 - x[i], curve = x[i + 1] - x[i] * x[i];
    loss += 100 * curve * curve + left * left;
    gradient[i] -= 400 * x[i] * curve + 2 * left;
    gradient[i + 1] += 200 * curve;
  }
  return static_cast<double>(loss);
}

VectorXd start_of_valley(Eigen::Index size = 2) {
  VectorXd x(size);
  for (Eigen::Index i = 0; i < size; ++i) x[i] = i % 2 == 0 ? -1.2 : 1;
  return x;
}

/// Curvatures from 1 to `size`.
double bowl(const VectorXd& x, VectorXd& gradient) {
  const VectorXd curvature = VectorXd::LinSpaced(x.size(), 1, static_cast<double>(x.size()));
  gradient = curvature.cwiseProduct(x);
  return 0.5 * x.dot(gradient);
}

/// x - log x: not a number left of 0, lowest at 1.
double bordered(const VectorXd& x, VectorXd& gradient) {
  gradient = (1 - 1 / x.array()).matrix();
  return (x.array() - x.array().log()).sum();
}

/// Its gradient has the wrong sign: it points uphill.
double misleading(const VectorXd& x, VectorXd& gradient) {
  gradient = -2 * x;
  return x.squaredNorm();
}

const Lbfgs exact{.gradient_tolerance = 0, .change_tolerance = 0};

using State = std::vector<std::tuple<std::string, std::string, MatrixXd>>;
template <class O>
State state_of(O& optimizer) {
  State state;
  optimizer.for_each_state([&](const std::string& path, const std::string& name, const auto& values) {
    state.emplace_back(path, name, values.template cast<double>());
  });
  return state;
}

struct Interruption {};

}  // namespace

TEST_CASE("Lbfgs: a quadratic is solved in about as many iterations as it has dimensions") {
  VectorXd x = VectorXd::LinSpaced(12, -3, 5);
  Lbfgs rule = exact;
  rule.history = 12;
  rule.min_curvature = 0;
  Optimizer optimizer(x, rule);
  while (x.norm() > 1e-10 && optimizer.steps() < 100) optimizer.step(x, bowl);
  CHECK(x.norm() <= 1e-10);
  CHECK(optimizer.iterations() <= 30);
  CHECK(optimizer.iterations() == optimizer.steps());
}

TEST_CASE("Lbfgs: finds the end of Rosenbrock's valley in 2 and in 100 dimensions, with each search") {
  for (const Eigen::Index size : {2, 100})
    for (const LineSearch search : {LineSearch::strong_wolfe, LineSearch::backtracking}) {
      VectorXd x = start_of_valley(size);
      Lbfgs rule = exact;
      rule.line_search = search;
      Optimizer optimizer(x, rule);
      VectorXd gradient(size);
      while (valley(x, gradient) > 1e-16 && optimizer.steps() < 2000) optimizer.step(x, valley<VectorXd>);
      CHECK((x - VectorXd::Ones(size)).norm() < 1e-6);
      CHECK(optimizer.steps() < (size == 2 ? 60 : 700));
      CHECK(optimizer.evaluations() < 4 * optimizer.steps());
    }
}

TEST_CASE("Lbfgs: several iterations in a step lead to the same point as that many steps of one") {
  VectorXd x = start_of_valley(4), y = x;
  Lbfgs one = exact, ten = exact;
  ten.iterations = 10;
  Optimizer by_one(x, one), by_ten(y, ten);
  for (int k = 0; k < 20; ++k) by_one.step(x, valley<VectorXd>);
  for (int k = 0; k < 2; ++k) by_ten.step(y, valley<VectorXd>);
  CHECK(x == y);
  CHECK(by_ten.steps() == 2);
  CHECK(by_ten.iterations() == 20);
  CHECK(by_ten.evaluations() == by_one.evaluations() - 18);
  CHECK(by_ten.status() == LbfgsStatus::moved);
}

namespace {
/// Linearly separable by half: the loss of a logistic regression, with a little decay.
struct Regression {
  MatrixXd weights;
  VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)
};

double logistic(const Regression& model, Regression& gradient) {
  double loss = 0;
  for (int k = 0; k < 40; ++k) {
    const Eigen::Vector2d input(std::sin(1.0 + k), std::cos(2.0 * k));
    const double target = input[0] + 0.5 * input[1] > 0.1 * std::sin(7.0 * k) ? 1 : -1;
    const double margin = target * (model.weights.row(0).dot(input) + model.bias[0]);
    loss += std::log1p(std::exp(-margin));
    const double slope = -target / (1 + std::exp(margin));
    gradient.weights.row(0) += slope * input.transpose();
    gradient.bias[0] += slope;
  }
  gradient.weights += 0.01 * model.weights;
  return loss + 0.005 * model.weights.squaredNorm();
}
}  // namespace

TEST_CASE("Lbfgs: a logistic regression, as a structure") {
  Regression model{MatrixXd::Zero(1, 2), VectorXd::Zero(1)}, gradient = zeros_like(model);
  Optimizer optimizer(model, Lbfgs{.iterations = 100, .gradient_tolerance = 1e-7, .change_tolerance = 0});
  const double first = optimizer.step(model, logistic);
  CHECK(first == Approx(40 * std::log(2.0)));
  CHECK(optimizer.status() == LbfgsStatus::gradient_small);
  CHECK(logistic(model, gradient) < 0.5 * first);
  CHECK(gradient.weights.cwiseAbs().maxCoeff() <= 1e-7);
  CHECK(std::abs(gradient.bias[0]) <= 1e-7);
  const State state = state_of(optimizer);
  REQUIRE(state.size() == 2 * (11 + 10 + 1));
  CHECK(std::get<0>(state[0]) == "weights");
  CHECK(std::get<1>(state[0]) == "old_stps[0]");
  CHECK(std::get<2>(state[0]).cols() == 2);
  CHECK(std::get<1>(state[11]) == "old_dirs[0]");
  CHECK(std::get<1>(state[21]) == "prev_flat_grad");
  CHECK(std::get<0>(state[43]) == "bias");
}

TEST_CASE("Lbfgs: float, fixed sizes and mixed trees") {
  Eigen::Vector2f x(-1.2F, 1);
  Optimizer optimizer(x, Lbfgs{.gradient_tolerance = 1e-3});
  for (int k = 0; k < 60; ++k) optimizer.step(x, valley<Eigen::Vector2f>);
  CHECK((x - Eigen::Vector2f::Ones()).norm() < 1e-2F);
  CHECK(optimizer.status() == LbfgsStatus::gradient_small);

  std::tuple<Eigen::VectorXf, Eigen::Array33d> mixed(Eigen::VectorXf::Ones(3), Eigen::Array33d::Constant(2));
  Optimizer both(mixed, Lbfgs{});
  for (int k = 0; k < 20; ++k)
    both.step(mixed, [](const auto& p, auto& gradient) {
      std::get<0>(gradient) = 2 * std::get<0>(p);
      std::get<1>(gradient) = 6 * std::get<1>(p);
      return static_cast<double>(std::get<0>(p).squaredNorm()) + 3 * std::get<1>(p).square().sum();
    });
  CHECK(std::get<0>(mixed).norm() < 1e-6F);
  CHECK(std::get<1>(mixed).matrix().norm() < 1e-6);
}

TEST_CASE("Lbfgs: the same bits in every layout") {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const MatrixXd first = MatrixXd::NullaryExpr(
      3, 4, [](Eigen::Index i, Eigen::Index j) { return std::sin(static_cast<double>(i + 5 * j)); });
  const auto objective = [](const auto& x, auto& gradient) {  // element by element, whatever the layout
    double loss = 0;
    for (Eigen::Index j = 0; j < 4; ++j)
      for (Eigen::Index i = 0; i < 3; ++i) {
        const double weight = static_cast<double>(1 + i + 2 * j), value = x(i, j) - 1;
        loss += weight * value * value + value * value * value * value;
        gradient(i, j) = 2 * weight * value + 4 * value * value * value;
      }
    return loss;
  };
  MatrixXd plain = first;
  RowMajor rows = first;
  std::vector<double> memory(100, 7);
  Eigen::Map<MatrixXd, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided(
      memory.data(), 3, 4, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(20, 3));
  strided = first;
  Optimizer a(plain, Lbfgs{});
  Optimizer b(rows, Lbfgs{});
  Optimizer c(strided, Lbfgs{});
  for (int k = 0; k < 8; ++k) {
    a.step(plain, objective);
    b.step(rows, objective);
    c.step(strided, objective);
    CHECK(plain == MatrixXd(rows));
    CHECK(plain == MatrixXd(strided));
  }
  CHECK(a.pairs() >= 5);
  CHECK(memory[1] == 7);
}

TEST_CASE("Lbfgs: a vector of blocks, and references that are a temporary") {
  std::vector<VectorXd> blocks{VectorXd::Ones(2), VectorXd::Constant(3, -2)};
  Optimizer optimizer(blocks, Lbfgs{});
  for (int k = 0; k < 3; ++k)
    optimizer.step(blocks, [](const auto& p, auto& gradient) {
      gradient[0] = p[0];
      gradient[1] = p[1];
      return 0.5 * (p[0].squaredNorm() + p[1].squaredNorm());
    });
  CHECK(blocks[1].norm() < 1e-8);
  VectorXd w = VectorXd::Ones(2), v = VectorXd::Ones(1);
  Optimizer of_references(std::tie(w, v), Lbfgs{});
  of_references.step(std::tie(w, v), [](const auto& p, auto& gradient) {
    std::get<0>(gradient) = 2 * std::get<0>(p);  // the other block has no gradient
    return std::get<0>(p).squaredNorm();
  });
  CHECK(w[0] < 1);
  CHECK(v[0] == 1);
}

TEST_CASE("Lbfgs: the outcome of a step") {
  VectorXd x = VectorXd::Constant(1, 4);
  const auto status_of = [&](const Lbfgs& rule, auto objective) {
    Optimizer optimizer(x, rule);
    optimizer.step(x, objective);
    return std::make_pair(optimizer.status(), optimizer.has_moved());
  };
  using Pair = std::pair<LbfgsStatus, bool>;
  CHECK(status_of(Lbfgs{}, bordered) == Pair(LbfgsStatus::moved, true));

  x.setConstant(0x1p-27);  // a power of two, so that the step to 0 is exact with and without fused operations
  CHECK(status_of(Lbfgs{.gradient_tolerance = 1e-7, .absolute = true}, bowl) ==
        Pair(LbfgsStatus::gradient_small, false));
  CHECK(status_of(Lbfgs{}, bowl) ==
        Pair(LbfgsStatus::gradient_small, true));  // it is not small for this objective
  CHECK(status_of(Lbfgs{}, bowl) == Pair(LbfgsStatus::gradient_small, false));
  x.setConstant(1);
  CHECK(status_of(Lbfgs{}, bowl) == Pair(LbfgsStatus::gradient_small, true));
  CHECK(x[0] == 0);

  x.setConstant(1e-5);  // the slope promises 1e-10
  const Lbfgs absolute{.gradient_tolerance = 0, .change_tolerance = 1e-9, .absolute = true};
  CHECK(status_of(absolute, bowl) == Pair(LbfgsStatus::change_small, false));
  x.setConstant(4);
  CHECK(status_of(Lbfgs{.change_tolerance = 100}, bordered) == Pair(LbfgsStatus::change_small, false));
  CHECK(status_of(Lbfgs{.learning_rate = 0.01, .line_search = LineSearch::none, .change_tolerance = 0.1},
                  bordered) == Pair(LbfgsStatus::change_small, true));
  CHECK(x[0] == Approx(4 - 0.01));

  x = start_of_valley();
  CHECK(status_of(Lbfgs{.iterations = 20, .max_evaluations = 4}, valley<VectorXd>) ==
        Pair(LbfgsStatus::evaluations_exhausted, true));
  x.setOnes();
  CHECK(status_of(Lbfgs{.max_evaluations = 3}, misleading) ==
        Pair(LbfgsStatus::evaluations_exhausted, false));
  CHECK(status_of(Lbfgs{}, misleading) == Pair(LbfgsStatus::search_stalled, false));
  CHECK(status_of(Lbfgs{.line_search = LineSearch::backtracking}, misleading) ==
        Pair(LbfgsStatus::search_stalled, false));
  CHECK(x == VectorXd::Ones(2));

  x.setConstant(-1);
  CHECK(status_of(Lbfgs{}, bordered) == Pair(LbfgsStatus::not_finite, false));
  CHECK(x[0] == -1);
  CHECK(status_of(Lbfgs{.learning_rate = 0}, bowl) == Pair(LbfgsStatus::change_small, false));

  for (const auto status : {LbfgsStatus::moved, LbfgsStatus::gradient_small, LbfgsStatus::change_small,
                            LbfgsStatus::evaluations_exhausted, LbfgsStatus::search_stalled})
    CHECK(std::string(to_string(status)) != to_string(LbfgsStatus::not_finite));
  CHECK(std::string(to_string(LbfgsStatus::search_stalled)) == "the line search found no lower loss");
}

TEST_CASE("Lbfgs: copes with values beyond a border that are not finite, with each search") {
  for (const LineSearch search : {LineSearch::none, LineSearch::backtracking, LineSearch::strong_wolfe})
    for (const double first : {1e-3, 0.3, 20.0}) {
      Lbfgs rule{.learning_rate = 5, .line_search = search, .iterations = 3};
      VectorXd x = VectorXd::Constant(1, first), gradient(1);
      Optimizer optimizer(x, rule);
      double loss = bordered(x, gradient);
      for (int k = 0; k < 20; ++k) {
        optimizer.step(x, bordered, loss, gradient);
        REQUIRE(std::isfinite(loss));
        REQUIRE(x[0] > 0);
      }
      if (search != LineSearch::none) CHECK(std::abs(x[0] - 1) < 1e-4);
    }
}

TEST_CASE("Lbfgs: a search that sees nothing finite leaves the parameters") {
  int calls = 0;
  const auto island = [&](const VectorXd& x, VectorXd& gradient) {
    ++calls;
    gradient = x;
    if (x[0] != 1) gradient[0] = std::numeric_limits<double>::quiet_NaN();
    return 0.5 * x.squaredNorm();
  };
  for (const LineSearch search : {LineSearch::backtracking, LineSearch::strong_wolfe}) {
    VectorXd x = VectorXd::Ones(2);
    Optimizer optimizer(x, Lbfgs{.line_search = search, .max_search_evaluations = 7});
    calls = 0;
    optimizer.step(x, island);
    CHECK(optimizer.status() == LbfgsStatus::not_finite);
    CHECK(x == VectorXd::Ones(2));
    CHECK(calls == 8);
    CHECK(optimizer.evaluations() == 8);
  }
}

TEST_CASE("Lbfgs: an objective that throws changes nothing, whenever it does") {
  for (const std::int64_t iterations : {1, 6})
    for (const int failing : {1, 2, 3, 5, 9}) {
      Lbfgs rule = exact;
      rule.iterations = iterations;
      rule.history = 3;
      VectorXd x = start_of_valley(4), y = x;
      Optimizer optimizer(x, rule), undisturbed(y, rule);
      for (int k = 0; k < 9; ++k) {
        int calls = 0;
        const VectorXd before = x;
        const State state = state_of(optimizer);
        const auto evaluations = optimizer.evaluations(), iterations_before = optimizer.iterations();
        const auto throwing = [&](const VectorXd& p, VectorXd& gradient) {
          if (++calls == failing) throw Interruption{};
          return valley(p, gradient);
        };
        try {
          optimizer.step(x, throwing);
        } catch (const Interruption&) {
          CHECK(x == before);
          CHECK(state_of(optimizer) == state);
          CHECK(optimizer.steps() == k);
          CHECK(optimizer.evaluations() == evaluations);
          CHECK(optimizer.iterations() == iterations_before);
          optimizer.step(x, valley<VectorXd>);
        }
        undisturbed.step(y, valley<VectorXd>);
        CHECK(x == y);
        CHECK(state_of(optimizer) == state_of(undisturbed));
      }
    }
}

TEST_CASE("Lbfgs: if loss and gradient are known, nothing is evaluated twice") {
  VectorXd x = start_of_valley(), y = x, gradient(2);
  Optimizer knowing(x, exact), asking(y, exact);
  double loss = valley(x, gradient);
  int calls = 0;
  const auto counted = [&](const VectorXd& p, VectorXd& g) {
    ++calls;
    return valley(p, g);
  };
  for (int k = 0; k < 10; ++k) {
    const double before = loss;
    CHECK(knowing.step(x, counted, loss, gradient) == before);
    asking.step(y, valley<VectorXd>);
    CHECK(x == y);
    VectorXd expected(2);
    CHECK(loss == valley(x, expected));
    CHECK(gradient == expected);
  }
  CHECK(calls == knowing.evaluations());
  CHECK(calls == asking.evaluations() - 10);
}

TEST_CASE("Lbfgs: without a search the first step is bounded, and the last point is not looked at") {
  VectorXd x = VectorXd::Constant(2, 3);
  Optimizer optimizer(x, Lbfgs{.learning_rate = 0.5, .line_search = LineSearch::none});
  optimizer.step(x, bowl);  // the gradient is (3, 6)
  CHECK(x[0] == Approx(3 - 0.5 * 3 / std::sqrt(45.0)));
  CHECK(x[1] == Approx(3 - 0.5 * 6 / std::sqrt(45.0)));
  CHECK(optimizer.evaluations() == 1);
  CHECK(optimizer.pairs() == 0);
  optimizer.step(x, bowl);
  CHECK(optimizer.pairs() == 1);

  x.setConstant(3);
  Optimizer absolute(x, Lbfgs{.learning_rate = 0.5, .line_search = LineSearch::none, .absolute = true});
  absolute.step(x, bowl);
  CHECK(x[0] == Approx(3 - 0.5 * 3 / 9.0));
  CHECK(x[1] == Approx(3 - 0.5 * 6 / 9.0));
}

namespace {

/// Powell's singular function (More, Garbow & Hillstrom 1981, number 13), times a factor.
struct PowellSingular {
  double factor = 1;
  static VectorXd start() { return Eigen::Vector4d(3, -1, 0, 1); }
  double operator()(const VectorXd& x, VectorXd& gradient) const {
    const double a = x[0] + 10 * x[1], b = x[2] - x[3], c = x[1] - 2 * x[2], d = x[0] - x[3];
    const double c3 = c * c * c, d3 = d * d * d;
    gradient = Eigen::Vector4d(2 * a + 40 * d3, 20 * a + 4 * c3, 10 * b - 8 * c3, -10 * b - 40 * d3);
    gradient *= factor;
    return factor * (a * a + 5 * b * b + c * c * c * c + 10 * d * d * d * d);
  }
};
/// Powell's badly scaled function (number 3).
struct PowellBadlyScaled {
  double factor = 1;
  static VectorXd start() { return Eigen::Vector2d(0, 1); }
  double operator()(const VectorXd& x, VectorXd& gradient) const {
    const double a = 1e4 * x[0] * x[1] - 1, b = std::exp(-x[0]) + std::exp(-x[1]) - 1.0001;
    gradient = Eigen::Vector2d(2 * a * 1e4 * x[1] - 2 * b * std::exp(-x[0]),
                               2 * a * 1e4 * x[0] - 2 * b * std::exp(-x[1]));
    gradient *= factor;
    return factor * (a * a + b * b);
  }
};
/// A quadratic with eigenvalues from 1 to 1e4.
struct Ellipsoid {
  double factor = 1;
  static VectorXd start() { return VectorXd::Ones(50); }
  double operator()(const VectorXd& x, VectorXd& gradient) const {
    const Eigen::ArrayXd eigenvalues = Eigen::ArrayXd::LinSpaced(50, 0, std::log(1e4)).exp();
    gradient = factor * (eigenvalues * x.array()).matrix();
    return 0.5 * x.dot(gradient);
  }
};

/// The points of a search, until |g| <= 1e-6 times the factor.
template <class Objective>
std::vector<VectorXd> way_of(const Objective& objective) {
  VectorXd x = Objective::start(), gradient = x;
  Optimizer optimizer(x, Lbfgs{.gradient_tolerance = 0, .change_tolerance = 0});
  std::vector<VectorXd> way{x};
  while (optimizer.steps() < 3000) {
    optimizer.step(x, objective);
    way.push_back(x);
    objective(x, gradient);
    if (gradient.norm() <= 1e-6 * objective.factor) break;
  }
  return way;
}
template <class Objective>
std::size_t steps_at_every_scale() {
  const auto way = way_of(Objective{});
  for (const double factor : {0x1p-60, 0x1p-20, 0x1p20, 0x1p60}) CHECK(way_of(Objective{factor}) == way);
  return way.size() - 1;
}

}  // namespace

TEST_CASE("Lbfgs: takes the same path for an objective times any constant, and gets to the end") {
  CHECK(steps_at_every_scale<PowellSingular>() < 60);
  CHECK(steps_at_every_scale<PowellBadlyScaled>() < 250);
  CHECK(steps_at_every_scale<Ellipsoid>() < 1200);
}

TEST_CASE("Lbfgs: a loss that falls as far as the search looks is called unbounded") {
  VectorXd x = VectorXd::Ones(2);
  const auto plane = [](const VectorXd& p, VectorXd& gradient) {
    gradient.setConstant(-1);
    return -p.sum();
  };
  Optimizer optimizer(x, Lbfgs{});
  optimizer.step(x, plane);
  CHECK(optimizer.status() == LbfgsStatus::unbounded);
  CHECK(optimizer.has_moved());
  CHECK(x[0] > 1e10);
  CHECK(to_string(LbfgsStatus::unbounded) == std::string("the loss seems to be unbounded below"));
}

TEST_CASE("Lbfgs: pairs with too little curvature are dropped, old ones make room") {
  VectorXd x = VectorXd::Ones(3);
  const auto plane = [](const VectorXd& p, VectorXd& gradient) {
    gradient.setOnes();
    return p.sum();
  };
  Optimizer flat(x, Lbfgs{.line_search = LineSearch::none});
  for (int k = 0; k < 4; ++k) flat.step(x, plane);
  CHECK(flat.pairs() == 0);
  x.setOnes();
  Optimizer sharp(x, Lbfgs{.min_curvature = 1e6});
  for (int k = 0; k < 4; ++k) sharp.step(x, bowl);
  CHECK(sharp.pairs() == 0);
  x = start_of_valley(4);
  Optimizer full(x, Lbfgs{.history = 3});
  for (int k = 0; k < 10; ++k) full.step(x, valley<VectorXd>);
  CHECK(full.pairs() == 3);
  full.restart();
  CHECK(full.pairs() == 0);
  CHECK(full.steps() == 10);
}

TEST_CASE("Lbfgs: the learning rate is a schedule with a factor") {
  VectorXd x = VectorXd::Constant(1, 8);
  Optimizer optimizer(x, Lbfgs{.learning_rate = [](std::int64_t step) { return step == 0 ? 0.5 : 0.25; },
                               .line_search = LineSearch::none});
  CHECK(optimizer.learning_rate() == 0.5);
  optimizer.set_learning_rate_factor(0.5);
  CHECK(optimizer.learning_rate() == 0.25);
  CHECK(optimizer.learning_rate_factor() == 0.5);
  optimizer.step(x, bowl);
  CHECK(x[0] == Approx(7.75));
  CHECK(optimizer.learning_rate() == 0.125);
  optimizer.step(x, bowl);  // Newton's step, times the rate
  CHECK(x[0] == Approx(7.75 * (1 - 0.125)));
  CHECK(refusal_of([&] { optimizer.set_learning_rate_factor(-1); }) ==
        "descent: set_learning_rate_factor: factor is -1, must be at least 0 and finite");
  CHECK(optimizer.learning_rate_factor() == 0.5);
}

TEST_CASE("Lbfgs: copies are independent, moves keep everything, reset starts again") {
  VectorXd x = start_of_valley(3);
  Optimizer optimizer(x, Lbfgs{.history = 4});
  for (int k = 0; k < 7; ++k) optimizer.step(x, valley<VectorXd>);
  auto copy = optimizer;
  VectorXd y = x, z = x;
  for (int k = 0; k < 3; ++k) copy.step(y, valley<VectorXd>);
  CHECK(optimizer.steps() == 7);
  auto moved = std::move(optimizer);
  for (int k = 0; k < 3; ++k) moved.step(z, valley<VectorXd>);
  CHECK(y == z);
  CHECK(state_of(copy) == state_of(moved));
  CHECK(moved.rule().history == 4);

  moved.reset();
  CHECK(moved.steps() == 0);
  CHECK(moved.iterations() == 0);
  CHECK(moved.evaluations() == 0);
  for (const auto& slot : state_of(moved)) CHECK(std::get<2>(slot).isZero(0));
  VectorXd again = start_of_valley(3);
  for (int k = 0; k < 7; ++k) moved.step(again, valley<VectorXd>);
  CHECK(again == x);
}

TEST_CASE("Lbfgs: reading the state, or writing what was read, changes nothing") {
  VectorXd x = start_of_valley(4), y = x;
  Optimizer watched(x, Lbfgs{.history = 3}), left(y, Lbfgs{.history = 3});
  for (int k = 0; k < 12; ++k) {
    watched.step(x, valley<VectorXd>);
    left.step(y, valley<VectorXd>);
    watched.for_each_state([](const std::string&, const std::string&, auto values) { values *= 1.0; });
    CHECK(x == y);
  }
}

TEST_CASE("Lbfgs: options out of range are named") {
  VectorXd x = VectorXd::Ones(2);
  const auto message = [&](const Lbfgs& rule) { return refusal_of([&] { Optimizer optimizer(x, rule); }); };
  CHECK(message({.learning_rate = -1}) ==
        "descent: Lbfgs: learning_rate is -1, must be at least 0 and finite");
  CHECK(message({.history = 0}) == "descent: Lbfgs: history is 0, must be in [1, 10000]");
  CHECK(message({.history = 1'000'000'000'000'000}) ==
        "descent: Lbfgs: history is 1e+15, must be in [1, 10000]");
  CHECK(message({.line_search = static_cast<LineSearch>(5)}) ==
        "descent: Lbfgs: line_search must be LineSearch::none, backtracking or strong_wolfe");
  CHECK(message({.iterations = 0}) == "descent: Lbfgs: iterations is 0, must be at least 1 and finite");
  CHECK(message({.max_evaluations = 0}) ==
        "descent: Lbfgs: max_evaluations is 0, must be at least 1 and finite");
  CHECK(message({.max_search_evaluations = 0}) ==
        "descent: Lbfgs: max_search_evaluations is 0, must be at least 1 and finite");
  CHECK(message({.gradient_tolerance = -1}) ==
        "descent: Lbfgs: gradient_tolerance is -1, must be at least 0 and finite");
  CHECK(message({.change_tolerance = std::nan("")}) ==
        "descent: Lbfgs: change_tolerance is nan, must be at least 0 and finite");
  CHECK(message({.min_curvature = -2}) ==
        "descent: Lbfgs: min_curvature is -2, must be at least 0 and finite");
  CHECK(message(Lbfgs::like_pytorch()).empty());

  Optimizer falling(
      x, Lbfgs{.learning_rate = [](std::int64_t step) { return 0.5 - static_cast<double>(step); }});
  falling.step(x, bowl);
  const VectorXd before = x;
  CHECK(refusal_of([&] { falling.step(x, bowl); }) ==
        "descent: Lbfgs: learning_rate at step 1 is -0.5, must be at least 0 and finite");
  CHECK(x == before);
}

TEST_CASE("Lbfgs: other options may follow, another history may not") {
  VectorXd x = start_of_valley(), y = x;
  Optimizer optimizer(x, Lbfgs{});
  for (int k = 0; k < 3; ++k) optimizer.step(x, valley<VectorXd>);
  CHECK(refusal_of([&] { optimizer.set_rule({.history = 5}); }) ==
        "descent: set_rule: the new options need other state: history was 10 and is 5; make a new optimizer");
  CHECK(refusal_of([&] { optimizer.set_rule({.iterations = -1}); }) ==
        "descent: Lbfgs: iterations is -1, must be at least 1 and finite");
  CHECK(optimizer.rule().iterations == 1);
  optimizer.set_rule({.iterations = 4});
  optimizer.step(x, valley<VectorXd>);
  CHECK(optimizer.iterations() == 7);
  Optimizer plain(y, Lbfgs{});
  for (int k = 0; k < 7; ++k) plain.step(y, valley<VectorXd>);
  CHECK(x == y);
}

TEST_CASE("Lbfgs: other shapes are refused before anything changes") {
  Regression model{MatrixXd::Ones(1, 2), VectorXd::Zero(1)};
  Optimizer optimizer(model, Lbfgs{});
  Regression other{MatrixXd::Ones(2, 1), VectorXd::Zero(1)};
  CHECK(refusal_of([&] { optimizer.step(other, logistic); }) ==
        "descent: Lbfgs: block 'weights' is 2x1, but was 1x2 when the optimizer was made (transposed?)");
  const auto resizing = [](const Regression& p, Regression& gradient) {
    const double loss = logistic(p, gradient);
    gradient.weights = MatrixXd::Zero(3, 2);
    return loss;
  };
  CHECK(refusal_of([&] { optimizer.step(model, resizing); }) ==
        "descent: Lbfgs: block 'weights' is 1x2, its gradient is 3x2");
  CHECK(model.weights == MatrixXd::Ones(1, 2));
  CHECK(optimizer.steps() == 0);
  optimizer.step(model, logistic);
  CHECK(optimizer.status() == LbfgsStatus::moved);

  std::vector<VectorXd> blocks(2, VectorXd::Ones(2));
  Optimizer of_two(blocks, Lbfgs{});
  blocks.emplace_back(VectorXd::Ones(2));
  const auto none = [](const auto&, auto&) { return 0.0; };
  CHECK(refusal_of([&] { of_two.step(blocks, none); }) ==
        "descent: Lbfgs: the tree of parameters has a different number of blocks from the parameters the "
        "optimizer was made with");
  blocks.pop_back();
  CHECK(refusal_of([&] {
          of_two.step(blocks, [](const auto&, auto& gradient) {
            gradient.pop_back();
            return 0.0;
          });
        }) ==
        "descent: Lbfgs: the gradient has a different number of blocks from the parameters the optimizer was "
        "made "
        "with");
  double loss = 1;
  std::vector<VectorXd> gradient(1, VectorXd::Ones(2));
  CHECK(refusal_of([&] { of_two.step(blocks, none, loss, gradient); }) ==
        "descent: Lbfgs: the gradient has a different number of blocks from the parameters the optimizer was "
        "made "
        "with");
}

TEST_CASE("Lbfgs: nothing to minimise") {
  VectorXd x(0);
  Optimizer optimizer(x, Lbfgs{});
  CHECK(optimizer.step(x, [](const VectorXd&, VectorXd&) { return 3.0; }) == 3);
  CHECK(optimizer.status() == LbfgsStatus::gradient_small);
}
