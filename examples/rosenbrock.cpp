// SPDX-License-Identifier: MIT
// Follows Rosenbrock's curved valley, f(x, y) = (1 - x)^2 + 100 (y - x^2)^2, to its lowest point (1, 1) with
// four rules. Its floor is almost flat: reaching the valley is easy, following it is not.
#include <descent/descent.hpp>

#include <Eigen/Core>

#include <cstdio>

namespace {

double rosenbrock(const Eigen::Vector2d& p, Eigen::Vector2d& gradient) {
  const double a = 1 - p.x(), b = p.y() - p.x() * p.x();
  gradient = {-2 * a - 400 * p.x() * b, 200 * b};
  return a * a + 100 * b * b;
}

/// Whether the rule found the lowest point.
template <class Rule>
bool compare(const char* name, const Rule& rule) {
  Eigen::Vector2d point(-1.2, 1.0);
  const auto result =
      descent::minimize(rosenbrock, point, rule, {.max_steps = 50'000, .gradient_norm = 1e-6});
  std::printf("%-9s %6lld %9.1e   (%.6f, %.6f)   %s\n", name, static_cast<long long>(result.steps),
              result.loss, point.x(), point.y(), descent::to_string(result.status));
  return result.converged() && point.isApprox(Eigen::Vector2d::Ones(), 1e-5);
}

}  // namespace

int main() {
  std::printf("Minimizes Rosenbrock's function from (-1.2, 1) until the gradient is smaller than 1e-6.\n\n");
  std::printf("%-9s %6s %9s   %-20s   %s\n", "rule", "steps", "loss", "point", "status");

  bool all_found = true;
  all_found &= compare("Sgd", descent::Sgd{.learning_rate = 1e-3});
  all_found &= compare("Nesterov", descent::Sgd{.learning_rate = 1e-3, .momentum = 0.95, .nesterov = true});
  // The steps of RmsProp are always as long as its learning rate, so the rate must shrink: it halves every 500
  // steps.
  all_found &= compare("RmsProp", descent::RmsProp{.learning_rate = descent::ExponentialDecay{
                                                       .initial = 0.05, .factor = 0.5, .steps = 500}});
  all_found &= compare("Adam", descent::Adam{.learning_rate = 0.05});
  return all_found ? 0 : 1;
}
