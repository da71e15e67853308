// SPDX-License-Identifier: MIT
// Five optimizers race to the lowest point of four classic surfaces: Rosenbrock's valley, Beale's flat
// corner, a saddle, Rastrigin's egg box. Each uses the best of 25 learning rates; the chart shows their paths
// over the contour lines.
//
//   descent_race [FILE.svg]      the output file (default descent_race.svg)
#include "support/contours.hpp"
#include "support/table.hpp"

#include <descent/descent.hpp>
#include <descent/training/chart/svg_chart.hpp>

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

namespace {

namespace svg = descent::svg;
using Eigen::Vector2d;

struct Window : support::Window {
  bool contains(const Vector2d& p) const {
    return p.x() >= left && p.x() <= right && p.y() >= bottom && p.y() <= top;
  }
};

struct Surface {
  std::string name;
  std::function<double(const Vector2d&, Vector2d&)> function;
  Vector2d start, lowest;
  Window window;
  double goal;                 // the race is won below this
  std::vector<double> levels;  // of the contour lines
};

std::vector<double> powers(double first, double factor, int count) {
  std::vector<double> levels;
  for (int k = 0; k < count; ++k) levels.push_back(first * std::pow(factor, k));
  return levels;
}
std::vector<double> steps(double first, double step, int count) {
  std::vector<double> levels;
  for (int k = 0; k < count; ++k) levels.push_back(first + step * k);
  return levels;
}

Surface rosenbrock() {
  auto f = [](const Vector2d& p, Vector2d& gradient) {
    const double a = 1 - p.x(), b = p.y() - p.x() * p.x();
    gradient = {-2 * a - 400 * p.x() * b, 200 * b};
    return a * a + 100 * b * b;
  };
  return {"Rosenbrock: a curved valley",  f,    {-1.2, 1},           {1, 1},
          Window{{-1.7, 1.5, -0.6, 1.8}}, 1e-3, powers(0.1, 2.2, 12)};
}

Surface beale() {
  auto f = [](const Vector2d& p, Vector2d& gradient) {
    double sum = 0;
    gradient.setZero();
    const double constants[] = {1.5, 2.25, 2.625};
    for (int k = 1; k <= 3; ++k) {
      const double power = std::pow(p.y(), k);
      const double residual = constants[k - 1] - p.x() + p.x() * power;
      gradient.x() += 2 * residual * (power - 1);
      gradient.y() += 2 * residual * p.x() * k * std::pow(p.y(), k - 1);
      sum += residual * residual;
    }
    return sum;
  };
  return {"Beale: steep walls, a flat corner",
          f,
          {1, 1.5},
          {3, 0.5},
          Window{{-0.5, 4.2, -1.4, 1.8}},
          1e-3,
          powers(0.05, 2.2, 13)};
}

/// x^2 - y^2 with walls: two equal lowest points on either side of the pass.
Surface saddle() {
  auto f = [](const Vector2d& p, Vector2d& gradient) {
    const double x = p.x(), y = p.y();
    gradient = {2 * x, -2 * y + y * y * y};
    return x * x - y * y + y * y * y * y / 4 + 1;
  };
  return {"A saddle: almost level at the start",
          f,
          {-1.6, 1e-3},
          {0, std::sqrt(2)},
          Window{{-2, 2, -1.1, 2}},
          1e-3,
          steps(0.05, 0.25, 16)};
}

Surface rastrigin() {
  auto f = [](const Vector2d& p, Vector2d& gradient) {
    constexpr double turn = 2 * std::numbers::pi;
    gradient = 2 * p + 10 * turn * (turn * p.array()).sin().matrix();
    return 20 + p.squaredNorm() - 10 * (turn * p.array()).cos().sum();
  };
  return {"Rastrigin: hollows everywhere", f,    {-3.35, 2.2},  {0, 0},
          Window{{-4.2, 4.2, -2.6, 2.9}},  1e-3, steps(4, 9, 7)};
}

// ---- The race. ----

constexpr std::int64_t longest = 500;

struct Way {
  double rate = 0;
  std::int64_t steps = longest;  // until the goal is reached
  double loss = std::numeric_limits<double>::infinity();
  std::vector<Vector2d> points = {};
};

template <class MakeRule>
Way race(const Surface& surface, MakeRule make, double rate) {
  Vector2d point = surface.start, gradient;
  Way way{.rate = rate, .points = {point}};
  descent::Optimizer optimizer(point, make(rate));
  for (std::int64_t step = 0; step < longest; ++step) {
    const double loss = surface.function(point, gradient);

    optimizer.step(point, gradient, loss);
    if (!surface.window.contains(point)) return {};
    way.points.push_back(point);
    way.loss = surface.function(point, gradient);
    if (way.loss < surface.goal) {
      way.steps = step + 1;
      return way;
    }
  }
  return way;
}

/// Of 25 learning rates from 1e-4 to 1e2, the one that wins soonest, or else reaches the lowest value. A path
/// that leaves the chart does not count: a leap that happens to land well is no merit.
template <class MakeRule>
Way best_way(const Surface& surface, MakeRule make) {
  Way best;
  for (int k = 0; k <= 24; ++k) {
    const Way way = race(surface, make, std::pow(10, -4 + 0.25 * k));
    const bool sooner = way.steps < best.steps, lower = way.steps == best.steps && way.loss < best.loss;
    if (sooner || lower) best = way;
  }
  return best;
}

struct Runner {
  std::string name, colour;
  std::function<Way(const Surface&)> run;
};

template <class MakeRule>
Runner runner(const std::string& name, const std::string& colour, MakeRule make) {
  return {name, colour, [make](const Surface& surface) { return best_way(surface, make); }};
}

std::vector<Runner> runners() {
  return {runner("Sgd", "#404040", [](double rate) { return descent::Sgd{.learning_rate = rate}; }),
          runner("Nesterov", "#e69f00",
                 [](double rate) {
                   return descent::Sgd{.learning_rate = rate, .momentum = 0.9, .nesterov = true};
                 }),
          runner("RmsProp", "#009e73", [](double rate) { return descent::RmsProp{.learning_rate = rate}; }),
          runner("Adam", "#0072b2", [](double rate) { return descent::Adam{.learning_rate = rate}; }),
          runner("Lion", "#d55e00", [](double rate) { return descent::Lion{.learning_rate = rate}; })};
}

// ---- The chart. ----

/// From dark at the bottom to light at the top.
std::string shade(std::size_t k, std::size_t count) {
  const double share = static_cast<double>(k) / static_cast<double>(count - 1);
  char colour[8];
  std::snprintf(colour, sizeof colour, "#%02x%02x%02x", static_cast<unsigned>(140 + 85 * share),
                static_cast<unsigned>(165 + 65 * share), static_cast<unsigned>(190 + 48 * share));
  return colour;
}

svg::Panel panel_of(const Surface& surface) {
  svg::Panel panel{.title = surface.name,
                   .x = {.low = surface.window.left, .high = surface.window.right},
                   .y = {.low = surface.window.bottom, .high = surface.window.top},
                   .height = 340,
                   .places = {{surface.start.x(), surface.start.y(), "start"},
                              {surface.lowest.x(), surface.lowest.y(), "lowest"}},
                   .label_ends = false,
                   .ticks = false};
  const support::ContourTracer tracer(
      [&](double x, double y) {
        Vector2d gradient;
        return surface.function({x, y}, gradient);
      },
      surface.window);
  for (std::size_t k = 0; k < surface.levels.size(); ++k) {
    panel.series.push_back(tracer.line(surface.levels[k]));
    panel.series.back().colour = shade(k, surface.levels.size());
  }
  return panel;
}

svg::Series series_of(const Runner& runner, const Way& way) {
  svg::Series series{.name = runner.name,
                     .style = svg::Style::line_and_dots,
                     .colour = runner.colour,
                     .width = 1.2,
                     .opacity = 0.75};
  for (const Vector2d& point : way.points) {
    series.x.push_back(point.x());
    series.y.push_back(point.y());
  }
  return series;
}

bool run(const std::string& path) {
  std::printf(
      "Five optimizers go down four surfaces, each with the best of 25 rates from 0.0001 to 100.\n"
      "Steps until they are 0.001 above the lowest point, of at most %lld:\n\n",
      static_cast<long long>(longest));
  const std::vector<Surface> surfaces{rosenbrock(), beale(), saddle(), rastrigin()};
  std::vector<std::vector<std::string>> rows{{"optimizer", "Rosenbrock", "Beale", "saddle", "Rastrigin"}};
  svg::Chart chart{
      .title = "Ways down",
      .subtitle = "Each optimizer with the best of 25 rates that keep it in the picture; a dot is a step.",
      .width = 1100,
      .columns = 2};
  for (const Surface& surface : surfaces) chart.panels.push_back(panel_of(surface));
  bool all_win_somewhere = true;
  for (const Runner& each : runners()) {
    rows.push_back({each.name});
    bool wins = false;
    for (std::size_t k = 0; k < surfaces.size(); ++k) {
      const Way way = each.run(surfaces[k]);
      const bool arrived = way.loss < surfaces[k].goal;
      wins = wins || arrived;
      rows.back().push_back(arrived ? std::to_string(way.steps) : "stuck at " + support::number(way.loss, 3));
      chart.panels[k].series.push_back(series_of(each, way));
    }
    all_win_somewhere = all_win_somewhere && wins;
  }
  support::print_table(rows);
  svg::write_svg(path, chart);
  const std::string place = std::filesystem::absolute(path).lexically_normal().string();
  std::printf("\nTheir ways are in %s; open it in a web browser.\n", place.c_str());
  return all_win_somewhere;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? argv[1] : "descent_race.svg") ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "descent_race: %s\n", error.what());
    return 1;
  }
}
