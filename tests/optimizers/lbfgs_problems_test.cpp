// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/lbfgs.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

// The number of calls that Lbfgs needs on the problems of More, Garbow & Hillstrom (1981) and on quadratics,
// compared with two other libraries: calls until |g| <= 1e-6 max(1, |f|), each with 10 pairs.

using namespace descent;
using Eigen::VectorXd;

namespace {

using Complex = std::complex<double>;
using Numbers = std::vector<Complex>;

struct Problem {
  std::string name;
  VectorXd start;
  std::function<double(const VectorXd&, VectorXd&)> objective;
  int of_liblbfgs, of_lbfgspp;  // 1.10; 0.1.0 with its search of More and Thuente; 0: fails
};

/// A sum of squared residuals, with the gradient by complex steps, which is exact.
Problem squares(const char* name, const std::vector<double>& start, Numbers (*residuals)(const Numbers&),
                int of_liblbfgs, int of_lbfgspp) {
  const auto objective = [residuals](const VectorXd& x, VectorXd& gradient) {
    constexpr double step = 1e-30;
    Numbers at(x.begin(), x.end());
    double loss = 0;
    for (const Complex& r : residuals(at)) loss += r.real() * r.real();
    for (std::size_t k = 0; k < at.size(); ++k) {
      at[k] += Complex(0, step);
      double slope = 0;
      for (const Complex& r : residuals(at)) slope += 2 * r.real() * r.imag() / step;
      at[k] = at[k].real();
      gradient[static_cast<Eigen::Index>(k)] = slope;
    }
    return loss;
  };
  const auto size = static_cast<Eigen::Index>(start.size());
  return {name, Eigen::Map<const VectorXd>(start.data(), size), objective, of_liblbfgs, of_lbfgspp};
}

/// A quadratic of 50 dimensions with eigenvalues from 1 to `condition` in equal ratios.
Problem quadratic(double condition, int of_liblbfgs, int of_lbfgspp) {
  const Eigen::ArrayXd eigenvalues = Eigen::ArrayXd::LinSpaced(50, 0, std::log(condition)).exp();
  const auto objective = [eigenvalues](const VectorXd& x, VectorXd& gradient) {
    gradient = eigenvalues * x.array();
    return 0.5 * x.dot(gradient);
  };
  return {"quadratic, " + std::to_string(condition), VectorXd::Ones(50), objective, of_liblbfgs, of_lbfgspp};
}

Complex square(Complex a) { return a * a; }

Numbers rosenbrock(const Numbers& x) { return {10.0 * (x[1] - square(x[0])), 1.0 - x[0]}; }
Numbers freudenstein(const Numbers& x) {
  return {x[0] - 13.0 + ((5.0 - x[1]) * x[1] - 2.0) * x[1],
          x[0] - 29.0 + ((x[1] + 1.0) * x[1] - 14.0) * x[1]};
}
Numbers powell_badly_scaled(const Numbers& x) {
  return {1e4 * x[0] * x[1] - 1.0, std::exp(-x[0]) + std::exp(-x[1]) - 1.0001};
}
Numbers brown_badly_scaled(const Numbers& x) { return {x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2.0}; }
Numbers beale(const Numbers& x) {
  return {1.5 - x[0] * (1.0 - x[1]), 2.25 - x[0] * (1.0 - square(x[1])),
          2.625 - x[0] * (1.0 - x[1] * square(x[1]))};
}
Numbers jennrich(const Numbers& x) {
  Numbers result;
  for (double i = 1; i <= 10; ++i) result.push_back(2 + 2 * i - std::exp(i * x[0]) - std::exp(i * x[1]));
  return result;
}
Numbers powell_singular(const Numbers& x) {
  return {x[0] + 10.0 * x[1], std::sqrt(5) * (x[2] - x[3]), square(x[1] - 2.0 * x[2]),
          std::sqrt(10) * square(x[0] - x[3])};
}
Numbers wood(const Numbers& x) {
  return {10.0 * (x[1] - square(x[0])),          1.0 - x[0],
          std::sqrt(90) * (x[3] - square(x[2])), 1.0 - x[2],
          std::sqrt(10) * (x[1] + x[3] - 2.0),   (x[1] - x[3]) / std::sqrt(10)};
}
Numbers brown_dennis(const Numbers& x) {
  Numbers result;
  for (double i = 1; i <= 20; ++i) {
    const double t = i / 5;
    result.push_back(square(x[0] + t * x[1] - std::exp(t)) + square(x[2] + x[3] * std::sin(t) - std::cos(t)));
  }
  return result;
}
Numbers broyden_tridiagonal(const Numbers& x) {
  Numbers result;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Complex left = i > 0 ? x[i - 1] : 0, right = i + 1 < x.size() ? x[i + 1] : 0;
    result.push_back((3.0 - 2.0 * x[i]) * x[i] - left - 2.0 * right + 1.0);
  }
  return result;
}

std::vector<Problem> problems() {
  return {squares("Rosenbrock", {-1.2, 1}, rosenbrock, 45, 0),
          squares("Freudenstein and Roth", {0.5, -2}, freudenstein, 21, 21),
          squares("Powell badly scaled", {0, 1}, powell_badly_scaled, 209, 213),
          squares("Brown badly scaled", {1, 1}, brown_badly_scaled, 27, 0),
          squares("Beale", {1, 1}, beale, 16, 16),
          squares("Jennrich and Sampson", {0.3, 0.4}, jennrich, 47, 0),
          squares("Powell singular", {3, -1, 0, 1}, powell_singular, 52, 48),
          squares("Wood", {-3, -1, -3, -1}, wood, 117, 118),
          squares("Brown and Dennis", {25, 5, -5, -1}, brown_dennis, 20, 20),
          squares("Broyden tridiagonal", std::vector<double>(30, -1), broyden_tridiagonal, 30, 30),
          quadratic(1e2, 98, 99),
          quadratic(1e4, 861, 880),
          quadratic(1e6, 8756, 8054)};
}

/// The number of calls until the gradient is small; a large number if it never is.
int calls_of_lbfgs(const Problem& problem) {
  VectorXd x = problem.start, gradient = x;
  int calls = 0, enough = 100'000;
  const auto objective = [&](const VectorXd& at, VectorXd& slope) {
    const double loss = problem.objective(at, slope);
    ++calls;
    if (slope.norm() <= 1e-6 * std::max(1.0, std::abs(loss))) enough = std::min(enough, calls);
    return loss;
  };
  double loss = objective(x, gradient);
  Optimizer optimizer(x, Lbfgs{});
  while (calls < std::min(enough, 20'000)) optimizer.step(x, objective, loss, gradient, {});
  return enough;
}

}  // namespace

TEST_CASE("Lbfgs: takes about as many calls as liblbfgs and LBFGSpp do") {
  int sum = 0, of_others = 0;
  for (const Problem& problem : problems()) {
    INFO(problem.name);
    const int calls = calls_of_lbfgs(problem), other = std::max(problem.of_liblbfgs, problem.of_lbfgspp);
    CHECK(calls <= other * 1.2);
    sum += calls;
    of_others += problem.of_liblbfgs;
  }
  CHECK(sum <= of_others * 1.05);
}
