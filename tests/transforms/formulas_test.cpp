// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/descent.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

// The formula of every transformation, written again in long double with the numbers of the papers.

using namespace descent;
using Real = long double;

namespace {

constexpr std::array<double, 4> gradients = {0.5, -1.25, 3, 0.125};

/// Checks that the rule turns a gradient u at the parameter p into `formula(u, p, t)`, at steps t = 1, 2, ...
template <class R, class Formula>
void check(const R& rule, Formula formula) {
  Eigen::VectorXd p = Eigen::VectorXd::Constant(3, 0.75);
  Optimizer optimizer(p, rule);
  for (int t = 1; t <= 4; ++t) {
    const double g = gradients[static_cast<std::size_t>(t) - 1];
    const Real before = static_cast<Real>(p[0]), expected = formula(static_cast<Real>(g), before, t);
    optimizer.step(p, Eigen::VectorXd::Constant(3, g));
    CAPTURE(t);
    CHECK(p[2] == p[0]);
    CHECK(p[0] == Approx(static_cast<double>(before + expected)).epsilon(1e-14).margin(1e-15));
  }
}

Real power(double base, int t) { return std::pow(static_cast<Real>(base), static_cast<Real>(t)); }

}  // namespace

TEST_CASE("rules without state") {
  check(ScaleByLearningRate{0.1}, [](Real u, Real, int) { return -0.1L * u; });
  check(ScaleByLearningRate{[](std::int64_t k) { return 0.5 / (1 + static_cast<double>(k)); }},
        [](Real u, Real, int t) { return -0.5L / t * u; });
  check(AddDecayedWeights{0.1}, [](Real u, Real p, int) { return u + 0.1L * p; });
  check(SubtractDecayedWeights{0.1}, [](Real u, Real p, int) { return u - 0.1L * p; });
  check(Negate{}, [](Real u, Real, int) { return -u; });
  check(Negate{false}, [](Real u, Real, int) { return u; });
  check(ClipByValue{0.75}, [](Real u, Real, int) { return std::clamp(u, -0.75L, 0.75L); });
}

TEST_CASE("clipping by norm, of three equal elements") {
  const Real root = std::sqrt(3.0L);
  auto clipped = [&](Real max_norm, Real epsilon) {
    return [=](Real u, Real, int) { return u * std::min(1.0L, max_norm / (std::abs(u) * root + epsilon)); };
  };
  check(ClipByBlockNorm{.max_norm = 1}, clipped(1, 1e-6L));
  check(ClipByBlockNorm{.max_norm = 3, .epsilon = 0}, clipped(3, 0));
  check(ClipByGlobalNorm{.max_norm = 1}, clipped(1, 1e-6L));
  check(ClipByGlobalNorm{.max_norm = 3, .epsilon = 0}, clipped(3, 0));
}

TEST_CASE("momentum") {
  Real buffer = 0;
  check(Trace{.momentum = 0.8}, [&](Real u, Real, int) { return buffer = 0.8L * buffer + u; });
  buffer = 0;
  check(Trace{.momentum = 0.8, .dampening = 0.25},
        [&](Real u, Real, int t) { return buffer = 0.8L * buffer + (t == 1 ? 1 : 0.75L) * u; });
  buffer = 0;
  check(Trace{.momentum = 0.8, .nesterov = true}, [&](Real u, Real, int) {
    buffer = 0.8L * buffer + u;
    return u + 0.8L * buffer;
  });
  check(Trace{.momentum = 0}, [](Real u, Real, int) { return u; });
  buffer = 0;
  check(MovingAverage{.momentum = 0.8}, [&](Real u, Real, int) { return buffer = 0.8L * buffer + 0.2L * u; });
  buffer = 0;
  check(MovingAverage{.momentum = 0.8, .nesterov = true}, [&](Real u, Real, int) {
    buffer = 0.8L * buffer + 0.2L * u;
    return 0.8L * buffer + 0.2L * u;
  });
  buffer = 0;
  check(MovingAverage{.momentum = 0.8, .nesterov = true, .bias_correction = true}, [&](Real u, Real, int t) {
    buffer = 0.8L * buffer + 0.2L * u;
    return 0.8L * buffer / (1 - power(0.8, t + 1)) + 0.2L * u / (1 - power(0.8, t));
  });
}

TEST_CASE("optimistic gradients") {
  Real last = 0;
  check(OptimisticGradient{}, [&](Real u, Real, int t) {
    const Real ahead = t == 1 ? u : 2 * u - last;
    last = u;
    return ahead;
  });
  check(OptimisticGradient{.alpha = 0.5, .beta = 0.25}, [&](Real u, Real, int t) {
    const Real ahead = t == 1 ? 0.5L * u : 0.75L * u - 0.25L * last;
    last = u;
    return ahead;
  });
}

TEST_CASE("Adam's moments") {
  Real m = 0, v = 0, w = 0;
  auto forget = [&] { m = v = w = 0; };
  auto remember = [&](Real u) {
    m = 0.8L * m + 0.2L * u;
    v = 0.9L * v + 0.1L * u * u;
  };
  check(ScaleByAdam{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1, .epsilon_root = 0.2},
        [&](Real u, Real, int t) {
          remember(u);
          return m / (1 - power(0.8, t)) / (std::sqrt(v / (1 - power(0.9, t)) + 0.2L) + 0.1L);
        });
  forget();
  check(ScaleByAdam{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1, .epsilon_before_correction = true},
        [&](Real u, Real, int t) {
          remember(u);
          return m / (1 - power(0.8, t)) * std::sqrt(1 - power(0.9, t)) / (std::sqrt(v) + 0.1L);
        });
  forget();
  check(
      ScaleByAdam{.beta1 = 0.8, .beta2 = 0.9, .correct_first_moment = false, .correct_second_moment = false},
      [&](Real u, Real, int) {
        remember(u);
        return m / (std::sqrt(v) + 1e-8L);
      });
  forget();
  check(ScaleByAmsgrad{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1}, [&](Real u, Real, int t) {
    remember(u);
    w = std::max(w, v);
    return m / (1 - power(0.8, t)) / (std::sqrt(w / (1 - power(0.9, t))) + 0.1L);
  });
  forget();
  check(ScaleByAmsgrad{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1, .max_of_corrected = true},
        [&](Real u, Real, int t) {
          remember(u);
          w = std::max(w, v / (1 - power(0.9, t)));
          return m / (1 - power(0.8, t)) / (std::sqrt(w) + 0.1L);
        });
  forget();
  check(ScaleByNAdam{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1, .momentum_decay = 0.5},
        [&, product = 1.0L](Real u, Real, int t) mutable {
          auto mu = [](int k) { return 0.8L * (1 - 0.5L * std::pow(0.96L, k * 0.5L)); };
          remember(u);
          product *= mu(t);
          return (mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * u / (1 - product)) /
                 (std::sqrt(v / (1 - power(0.9, t))) + 0.1L);
        });
  forget();
  // rho is below 5 at these steps.
  check(ScaleByRAdam{.beta1 = 0.8, .beta2 = 0.9}, [&](Real u, Real, int t) {
    remember(u);
    return m / (1 - power(0.8, t));
  });
}

TEST_CASE("RAdam turns adaptive when its second moment rests on enough samples") {
  const double beta1 = 0.8, beta2 = 0.9;
  Eigen::VectorXd p = Eigen::VectorXd::Zero(2);
  Optimizer optimizer(p, ScaleByRAdam{.beta1 = beta1, .beta2 = beta2, .epsilon = 0.1});
  Real m = 0, v = 0;
  bool adaptive = false;
  for (int t = 1; t <= 12; ++t) {
    const double g = std::sin(static_cast<double>(t));
    const Real before = static_cast<Real>(p[0]), u = static_cast<Real>(g);
    optimizer.step(p, Eigen::VectorXd::Constant(2, g));
    m = 0.8L * m + 0.2L * u;
    v = 0.9L * v + 0.1L * u * u;
    const Real infinite_rho = 2 / (1 - static_cast<Real>(beta2)) - 1,
               rho = infinite_rho - 2 * t * power(beta2, t) / (1 - power(beta2, t));
    adaptive = rho > 5;
    Real expected = m / (1 - power(beta1, t));
    if (adaptive)
      expected *=
          std::sqrt((rho - 4) * (rho - 2) * infinite_rho / ((infinite_rho - 4) * (infinite_rho - 2) * rho)) *
          std::sqrt(1 - power(beta2, t)) / (std::sqrt(v) + 0.1L);
    CHECK(p[0] == Approx(static_cast<double>(before + expected)).epsilon(1e-12).margin(1e-13));
    if (t == 1) CHECK_FALSE(adaptive);
  }
  CHECK(adaptive);
}

TEST_CASE("other averages") {
  Real m = 0, v = 0;
  check(ScaleByAdamax{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1}, [&](Real u, Real, int t) {
    m = 0.8L * m + 0.2L * u;
    v = std::max(0.9L * v, std::abs(u) + 0.1L);
    return m / (1 - power(0.8, t)) / v;
  });
  v = 0.25L;
  check(ScaleByRms{.decay = 0.9, .epsilon = 0.1, .initial_square_avg = 0.25}, [&](Real u, Real, int) {
    v = 0.9L * v + 0.1L * u * u;
    return u / (std::sqrt(v) + 0.1L);
  });
  v = 0;
  check(ScaleByRms{.decay = 0.9, .epsilon = 0.1, .epsilon_in_root = true, .bias_correction = true},
        [&](Real u, Real, int t) {
          v = 0.9L * v + 0.1L * u * u;
          return u / std::sqrt(v / (1 - power(0.9, t)) + 0.1L);
        });
  m = v = 0;
  check(ScaleByStandardDeviation{.decay = 0.9, .epsilon = 0.1}, [&](Real u, Real, int) {
    m = 0.9L * m + 0.1L * u;
    v = 0.9L * v + 0.1L * u * u;
    return u / (std::sqrt(v - m * m) + 0.1L);
  });
  v = 0.5L;
  check(ScaleByAdagrad{.epsilon = 0.1, .initial_sum = 0.5}, [&](Real u, Real, int) {
    v += u * u;
    return u / (std::sqrt(v) + 0.1L);
  });
  v = 0;
  check(ScaleByAdagrad{.epsilon = 0.1, .epsilon_in_root = true}, [&](Real u, Real, int) {
    v += u * u;
    return u / std::sqrt(v + 0.1L);
  });
  m = v = 0;
  check(ScaleByAdadelta{.rho = 0.9, .epsilon = 0.1}, [&](Real u, Real, int) {
    v = 0.9L * v + 0.1L * u * u;
    const Real delta = std::sqrt(m + 0.1L) / std::sqrt(v + 0.1L) * u;
    m = 0.9L * m + 0.1L * delta * delta;
    return delta;
  });
  m = 0;
  check(ScaleByLion{.beta1 = 0.8, .beta2 = 0.9}, [&](Real u, Real, int) {
    const Real mix = 0.8L * m + 0.2L * u;
    m = 0.9L * m + 0.1L * u;
    return mix > 0 ? 1.0L : mix < 0 ? -1.0L : 0.0L;
  });
}

TEST_CASE("recipes put decay, sign and rate where they belong") {
  check(Sgd{.learning_rate = 0.1, .weight_decay = 0.2, .maximize = true},
        [](Real u, Real p, int) { return -0.1L * (-u + 0.2L * p); });
  Real buffer = 0;
  check(Sgd{.learning_rate = [](std::int64_t k) { return 0.5 / (1 + static_cast<double>(k)); },
            .momentum = 0.8,
            .rate_in_momentum = true},
        [&](Real u, Real, int t) { return buffer = 0.8L * buffer - 0.5L / t * u; });
  Real m = 0, v = 0;
  auto adam = [&](Real u, int t) {
    m = 0.9L * m + 0.1L * u;
    v = 0.999L * v + 0.001L * u * u;
    return m / (1 - power(0.9, t)) / (std::sqrt(v / (1 - power(0.999, t))) + 1e-8L);
  };
  check(Adam{.learning_rate = 0.1, .weight_decay = 0.2},
        [&](Real u, Real p, int t) { return -0.1L * adam(u + 0.2L * p, t); });
  m = v = 0;
  check(AdamW{.learning_rate = 0.1, .weight_decay = 0.2},
        [&](Real u, Real p, int t) { return -0.1L * (adam(u, t) + 0.2L * p); });
  for (const auto form : {WeightDecayForm::coupled, WeightDecayForm::decoupled, WeightDecayForm::fixed}) {
    m = v = 0;
    check(Adamax{.learning_rate = 0.1, .weight_decay = 0.2, .weight_decay_form = form},
          [&](Real u, Real p, int t) {
            if (form == WeightDecayForm::coupled) u += 0.2L * p;
            m = 0.9L * m + 0.1L * u;
            v = std::max(0.999L * v, std::abs(u) + 1e-8L);
            Real direction = m / (1 - power(0.9, t)) / v;
            if (form == WeightDecayForm::decoupled) direction += 0.2L * p;
            return -0.1L * direction - (form == WeightDecayForm::fixed ? 0.2L * p : 0);
          });
  }
  v = 0;
  check(Adagrad{.learning_rate = 0.1, .learning_rate_decay = 0.5}, [&](Real u, Real, int t) {
    v += u * u;
    return -0.1L / (1 + 0.5L * (t - 1)) * u / (std::sqrt(v) + 1e-10L);
  });
  buffer = v = 0;
  check(RmsProp{.learning_rate = 0.1,
                .decay = 0.9,
                .momentum = 0.8,
                .weight_decay = 0.2,
                .weight_decay_form = WeightDecayForm::decoupled,
                .rate_in_momentum = true},
        [&](Real u, Real p, int) {
          v = 0.9L * v + 0.1L * u * u;
          buffer = 0.8L * buffer - 0.1L * u / (std::sqrt(v) + 1e-8L);
          return buffer - 0.1L * 0.2L * p;
        });
}

TEST_CASE("cautious updates drop what points against the gradient and scale up the rest") {
  Eigen::VectorXd p = Eigen::VectorXd::Zero(4);
  Optimizer optimizer(p, Trace{.momentum = 0.5} | Cautious{});
  optimizer.step(p, Eigen::Vector4d(1, 1, -1, 0));  // three of four agree
  CHECK(p.isApprox(Eigen::Vector4d(1, 1, -1, 0) * (4.0 / 3)));
  p.setZero();
  optimizer.step(p, Eigen::Vector4d(-0.25, 0.5, -1, 1));  // the first one still goes up
  CHECK(p.isApprox(Eigen::Vector4d(0, 1, -1.5, 1) * (4.0 / 3)));
  p.setZero();
  Optimizer never(p, ScaleByLearningRate{1} | Cautious{.floor = 0.25});
  never.step(p, Eigen::Vector4d(1, 1, 1, 1));
  CHECK(p.isZero(0));
}

TEST_CASE("clipping scales all blocks by one factor, or each by its own") {
  auto tree = std::tuple(Eigen::Vector2d(0, 0), Eigen::Vector2d(0, 0));
  const std::tuple gradient(Eigen::Vector2d(3, 0), Eigen::Vector2d(0, 4));
  Optimizer global(tree, ClipByGlobalNorm{.max_norm = 1, .epsilon = 0});
  global.step(tree, gradient);
  CHECK(std::get<0>(tree)[0] == Approx(0.6));
  CHECK(std::get<1>(tree)[1] == Approx(0.8));
  std::get<0>(tree).setZero();
  std::get<1>(tree).setZero();
  Optimizer each(tree, ClipByBlockNorm{.max_norm = 1, .epsilon = 0});
  each.step(tree, gradient);
  CHECK(std::get<0>(tree)[0] == 1);
  CHECK(std::get<1>(tree)[1] == 1);
  // Norms below the limit do not change the update, to the bit.
  std::get<0>(tree).setZero();
  Optimizer wide(tree, ClipByGlobalNorm{.max_norm = 100});
  wide.step(tree, gradient);
  CHECK(std::get<0>(tree)[0] == 3);
}

TEST_CASE("a norm that is NaN shows in every element") {
  Eigen::VectorXd p = Eigen::VectorXd::Zero(3), g = Eigen::VectorXd::Ones(3);
  g[1] = std::nan("");
  Optimizer optimizer(p, ClipByGlobalNorm{});
  optimizer.step(p, g);
  CHECK(p.array().isNaN().all());
}
