// SPDX-License-Identifier: MIT
// Losses of two parameters, which can be drawn as a map. Each is at least 0, and 0 at its lowest points.
#pragma once

#include <descent/core/parameters.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <stdexcept>
#include <string>

namespace web {

/// The part of a surface that the page draws, where paths begin, and a lowest point.
struct View {
  double left, right, bottom, top, start_x, start_y, lowest_x, lowest_y;
};

struct Surface {
  const char* name;
  double (*loss)(const Eigen::Vector2d& point, Eigen::Vector2d& gradient);
  View view;
};

inline double bowl(const Eigen::Vector2d& p, Eigen::Vector2d& gradient) {
  gradient = 2 * p;
  return p.squaredNorm();
}

/// Twenty times as steep across as along.
inline double ravine(const Eigen::Vector2d& p, Eigen::Vector2d& gradient) {
  gradient = {p.x(), 20 * p.y()};
  return 0.5 * (p.x() * p.x() + 20 * p.y() * p.y());
}

inline double rosenbrock(const Eigen::Vector2d& p, Eigen::Vector2d& gradient) {
  const double a = 1 - p.x(), b = p.y() - p.x() * p.x();
  gradient = {-2 * a - 400 * p.x() * b, 200 * b};
  return a * a + 100 * b * b;
}

/// Two valleys, and a pass between them at (0, 0).
inline double saddle(const Eigen::Vector2d& p, Eigen::Vector2d& gradient) {
  const double a = p.x() * p.x() - 1;
  gradient = {p.x() * a, p.y()};
  return 0.25 * a * a + 0.5 * p.y() * p.y();
}

inline double beale(const Eigen::Vector2d& p, Eigen::Vector2d& gradient) {
  constexpr double targets[] = {1.5, 2.25, 2.625};
  double sum = 0, power = 1;
  gradient.setZero();
  for (int k = 0; k < 3; ++k) {
    const double slope = (k + 1) * power;  // of y^(k + 1)
    power *= p.y();
    const double error = targets[k] - p.x() * (1 - power);
    gradient += 2 * error * Eigen::Vector2d(power - 1, p.x() * slope);
    sum += error * error;
  }
  return sum;
}

inline constexpr Surface surfaces[] = {
    {"bowl", bowl, {-3, 3, -2.2, 2.2, 2, -1, 0, 0}},
    {"ravine", ravine, {-4, 4, -1.6, 1.6, -3.5, 1, 0, 0}},
    {"rosenbrock", rosenbrock, {-2, 2, -0.8, 2.2, -1.2, 1, 1, 1}},
    {"saddle", saddle, {-2, 2, -1.4, 1.4, 0.02, 1.1, 1, 0}},
    {"beale", beale, {-1, 4.5, -2, 2, 0.5, 1.5, 3, 0.5}},
};

inline const Surface& surface_named(const std::string& name) {
  for (const Surface& surface : surfaces)
    if (name == surface.name) return surface;
  throw std::invalid_argument("surface is \"" + name +
                              "\", expected bowl, ravine, rosenbrock, saddle or beale");
}

/// The parameters of a training on a surface.
struct Point {
  Eigen::Vector2d position;
  DESCENT_PARAMETERS(position)
};

}  // namespace web
