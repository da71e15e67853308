// SPDX-License-Identifier: MIT
// 9. Write only the loss: autodiff computes the exact gradient. Four beacons at known places measure their distance
// to a phone, and each clock is late by the same unknown amount. Where is the phone?
#include <descent/optimizers/lbfgs.hpp>
#include <descent/training/diagnose/check_gradient.hpp>
#include <descent/training/minimize/minimize.hpp>
#include <descent/training/problem/autodiff.hpp>

#include <Eigen/Core>

#include <cmath>
#include <cstdio>
#include <type_traits>

int main() {
  const Eigen::Matrix<double, 2, 4> beacons{{0, 10, 0, 8}, {0, 0, 10, 9}};  // km
  const Eigen::Vector3d truth(3, 4, 0.7);  // east, north, late by (as a distance)
  Eigen::Vector4d measured;
  for (int k = 0; k < 4; ++k) measured[k] = (beacons.col(k) - truth.head(2)).norm() + truth[2];

  // Scalar is a number that carries its derivatives along; no derivative is written anywhere.
  const auto loss = descent::autodiff([&](const auto& place) {
    using std::sqrt;
    using Scalar = typename std::decay_t<decltype(place)>::Scalar;
    Scalar sum(0);
    for (int k = 0; k < 4; ++k) {
      const Scalar east = place[0] - beacons(0, k), north = place[1] - beacons(1, k);
      const Scalar error = sqrt(east * east + north * north) + place[2] - measured[k];
      sum += error * error;
    }
    return sum;
  });

  Eigen::Vector3d place(5, 5, 0);  // the middle of the map
  const auto report = descent::check_gradient(loss, place);
  std::printf("compared with differences of the loss: %s\n", report.ok() ? "the gradient is right" : "wrong");

  const auto result = descent::minimize(loss, place, descent::Lbfgs{}, {.gradient_norm = 1e-10});
  std::printf("\n          east   north   late by\n");
  std::printf("truth   %6.3f  %6.3f    %6.3f\n", truth[0], truth[1], truth[2]);
  std::printf("found   %6.3f  %6.3f    %6.3f   after %d steps\n", place[0], place[1], place[2],
              static_cast<int>(result.steps));
  return report.ok() && place.isApprox(truth, 1e-6) ? 0 : 1;
}
