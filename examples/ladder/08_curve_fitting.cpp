// SPDX-License-Identifier: MIT
// 8. Curve fitting: a cup of coffee cools as T(t) = room + rise exp(-t / time). L-BFGS finds the three numbers from
// twelve readings of a thermometer. It is the rule for smooth functions that are computed from all data at once.
#include <descent/optimizers/lbfgs.hpp>
#include <descent/training/minimize/minimize.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdio>

int main() {
  const Eigen::ArrayXd minutes = Eigen::ArrayXd::LinSpaced(12, 0, 55);
  Eigen::ArrayXd degrees(12);
  degrees << 89.8, 75.0, 63.5, 54.6, 47.8, 42.1, 38.3, 34.9, 32.0, 30.3, 28.7, 27.0;

  // The sum of squares, and its derivatives by room, rise and time.
  const auto misfit = [&](const Eigen::Vector3d& p, Eigen::Vector3d& gradient) {
    const Eigen::ArrayXd decay = (-minutes / p[2]).exp();
    const Eigen::ArrayXd error = p[0] + p[1] * decay - degrees;
    gradient[0] = 2 * error.sum();
    gradient[1] = 2 * (error * decay).sum();
    gradient[2] = 2 * (error * p[1] * decay * minutes).sum() / (p[2] * p[2]);
    return error.square().sum();
  };

  Eigen::Vector3d p(20, 50, 10);  // a rough guess
  const auto result =
      descent::minimize(misfit, p, descent::Lbfgs{}, {.max_steps = 100, .gradient_norm = 1e-6});
  std::printf("%s after %d steps: room %.1f degrees, rise %.1f degrees, time %.1f minutes\n\n",
              descent::to_string(result.status), static_cast<int>(result.steps), p[0], p[1], p[2]);

  std::printf("minutes   measured   curve   difference\n");
  double worst = 0;
  for (Eigen::Index k = 0; k < minutes.size(); ++k) {
    const double curve = p[0] + p[1] * std::exp(-minutes[k] / p[2]);
    std::printf("%7.0f   %8.1f   %5.1f   %+10.2f\n", minutes[k], degrees[k], curve, degrees[k] - curve);
    worst = std::max(worst, std::abs(degrees[k] - curve));
  }
  return result.converged() && worst < 0.5 ? 0 : 1;
}
