// SPDX-License-Identifier: MIT
// Adaptive rates: a valley that is steep along one weight and flat along the other. One rate for both is too high
// for the first or too low for the second; Adagrad, the ancestor of Adam, gives each a rate of its own.
//
//   adaptive_rate [FILE.svg]      the output file (default adaptive_rate.svg)
#include "support/demo.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/sgd.hpp>

#include <Eigen/Core>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace svg = descent::svg;
using support::Claims;
using support::number;
using support::scientific;

constexpr int steps = 100;
// Steep along the first weight, flat along the second.
const Eigen::Vector2d start(1, 1), curvature(100, 0.5);

double loss_at(const Eigen::Vector2d& weights) { return 0.5 * curvature.dot(weights.cwiseAbs2()); }

struct Run {
  std::string name, colour;
  std::vector<Eigen::Vector2d> path = {start};
  // For each step, the rate of each weight: its step divided by its gradient.
  std::vector<Eigen::Vector2d> rates = {};

  const Eigen::Vector2d& end() const { return path.back(); }
};

Run train(const std::string& name, const std::string& colour, const auto& rule) {
  Run run{.name = name, .colour = colour};
  Eigen::Vector2d weights = start;
  descent::Optimizer optimizer(weights, rule);
  for (int step = 0; step < steps; ++step) {
    const Eigen::Vector2d gradient = curvature.cwiseProduct(weights);
    optimizer.step(weights, gradient);
    run.rates.emplace_back((run.path.back() - weights).cwiseQuotient(gradient));
    run.path.push_back(weights);
  }
  return run;
}

void print(const std::vector<Run>& runs) {
  std::vector<std::vector<std::string>> rows{
      {"rule", "steep weight", "flat weight", "loss", "first step, steep", "first step, flat"}};
  for (const Run& run : runs)
    rows.push_back({run.name, scientific(run.end()[0]), scientific(run.end()[1]),
                    scientific(loss_at(run.end())), number(start[0] - run.path[1][0], 3),
                    number(start[1] - run.path[1][1], 3)});
  support::show_table(rows);
  support::say(
      "Both weights start at 1 and belong at 0. Plain gradient descent at 0.015 solves the steep weight at "
      "once, but the flat one is still far away; at 0.021 the flat one is no better and the steep one "
      "diverges. There is no good rate for both.");
  support::say(
      "Adagrad divides the gradient of each weight by the size of all its gradients so far. The first step "
      "has the same length along both, although their gradients differ by a factor of 200: each weight has a "
      "rate of its own. RmsProp and Adam do the same with the size of the recent gradients.");
}

// ---- The picture. ----

support::Series along_steps(const std::string& name, const std::string& colour,
                            const std::vector<Eigen::Vector2d>& points, auto&& value) {
  support::Series series{.name = name, .x = support::count_from_zero(points.size()), .colour = colour};
  for (const Eigen::Vector2d& point : points) series.y.push_back(value(point));
  return series;
}

/// Ellipses of equal loss.
void add_contours(svg::Panel& panel) {
  for (const double level : {0.01, 0.1, 0.3, 0.7}) {
    support::Series contour{.colour = "#c8c8c8", .width = 1};
    for (double angle = 0; angle < 6.36; angle += 0.08) {  // past a whole turn, so that the line closes
      contour.x.push_back(std::sqrt(2 * level / curvature[1]) * std::cos(angle));
      contour.y.push_back(std::sqrt(2 * level / curvature[0]) * std::sin(angle));
    }
    panel.series.push_back(std::move(contour));
  }
}

svg::Panel panel_of_paths(const std::vector<Run>& runs) {
  svg::Panel panel{.title = "One rate creeps along; a rate for each goes straight",
                   .x = {.label = "flat weight", .low = -0.2, .high = 1.1},
                   .y = {.label = "steep weight", .low = -1.1, .high = 1.1},
                   .height = 220};
  add_contours(panel);
  for (const Run& run : runs) {
    if (std::abs(run.end()[0]) > 1) continue;  // it diverges: it would cover the plot
    support::Series path{
        .name = run.name, .style = svg::Style::line_and_dots, .colour = run.colour, .width = 1.5};
    for (const Eigen::Vector2d& point : run.path) path.x.push_back(point[1]), path.y.push_back(point[0]);
    panel.series.push_back(std::move(path));
  }
  panel.places = {{0, 0, "lowest", true}, {start[1], start[0], "start"}};
  return panel;
}

support::Chart chart_of(const std::vector<Run>& runs) {
  const svg::Axis across{.label = "steps", .low = 0, .high = steps};
  svg::Panel losses{.title = "Loss: 0.015 creeps, 0.021 already diverges",
                    .x = across,
                    .y = {.label = "loss", .scale = svg::Scale::logarithmic, .low = 1e-6, .high = 1e4},
                    .height = 220};
  for (const Run& run : runs) losses.series.push_back(along_steps(run.name, run.colour, run.path, loss_at));
  svg::Panel rates{.title = "The rate of each weight (step / gradient)",
                   .x = across,
                   .y = {.label = "rate", .scale = svg::Scale::logarithmic, .low = 1e-3, .high = 2},
                   .height = 160};
  const Run &plain = runs.front(), &adaptive = runs.back();
  rates.series = {
      along_steps(plain.name + ", both", plain.colour, plain.rates, [](const auto& rate) { return rate[0]; }),
      along_steps("Adagrad, flat", adaptive.colour, adaptive.rates, [](const auto& rate) { return rate[1]; }),
      along_steps("Adagrad, steep", "#0072b2", adaptive.rates, [](const auto& rate) { return rate[0]; })};
  support::Chart chart = support::narrow_chart(
      "Adaptive rates",
      "A valley, steep along one weight and flat along the other. Adagrad has a rate for each.");
  chart.panels = {panel_of_paths(runs), std::move(losses), std::move(rates)};
  return chart;
}

void check(const std::vector<Run>& runs, Claims& claims) {
  const Run &plain = runs[0], &higher = runs[1], &adaptive = runs[2];
  claims.expect(std::abs(plain.end()[0]) < 1e-6 && plain.end()[1] > 0.4,
                "plain gradient descent leaves the flat weight far away");
  claims.expect(std::abs(higher.end()[0]) > 10, "a slightly higher rate diverges");
  claims.expect(adaptive.end().norm() < 1e-3, "Adagrad brings both weights near 0");
  const Eigen::Vector2d first = adaptive.path[0] - adaptive.path[1];
  claims.expect(std::abs(first[0] / first[1] - 1) < 0.01,
                "Adagrad's first step is as long along both weights");
}

void show(const std::string& path, Claims& claims) {
  support::say(
      "A loss with two weights: it is steep along one (curvature 100) and flat along the other (0.5). " +
      std::to_string(steps) + " steps:");
  const std::vector<Run> runs{train("Sgd 0.015", "#d55e00", descent::Sgd{.learning_rate = 0.015}),
                              train("Sgd 0.021", "#404040", descent::Sgd{.learning_rate = 0.021}),
                              train("Adagrad 0.5", "#009e73", descent::Adagrad{.learning_rate = 0.5})};
  print(runs);
  support::save_picture(path, chart_of(runs));
  check(runs, claims);
}

}  // namespace

int main(int argc, char** argv) { return support::run_demo(argc, argv, "adaptive_rate", show); }
