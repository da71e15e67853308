// SPDX-License-Identifier: MIT
// Convergence: a line is fitted to noisy data, whose lowest loss is known. A high constant rate gets near and then
// hovers, a low one has not arrived yet, and a rate that falls settles: loss and gradient level off.
//
//   converging [FILE.svg]      the output file (default converging.svg)
#include "support/demo.hpp"

#include <descent/core/parameters.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/training/problem/samples.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace svg = descent::svg;
using support::Claims;
using support::number;
using support::Panel;
using support::Scale;

constexpr std::int64_t epochs = 60, batch_size = 16, samples = 512, inputs = 8;
constexpr std::int64_t judged_epochs = 10;  // the last ones, which decide whether it has converged
constexpr double high_rate = 0.3, low_rate = 0.003;

struct Line {
  Eigen::VectorXd slope = Eigen::VectorXd::Zero(inputs);
  DESCENT_PARAMETERS(slope)

  template <class Batch>
  double loss(const Batch& batch, Line& gradient) const {
    const Eigen::RowVectorXd error = slope.transpose() * batch.inputs - batch.targets;
    const auto count = static_cast<double>(batch.size());
    gradient.slope = 2 / count * batch.inputs * error.transpose();
    return error.squaredNorm() / count;
  }
};

using Data = descent::Samples<Eigen::MatrixXd, Eigen::RowVectorXd>;

Data noisy_line() {
  std::mt19937_64 random(1);
  const auto draw = [&] { return 2 * static_cast<double>(random() >> 11) * 0x1p-53 - 1; };  // in [-1, 1)
  Eigen::MatrixXd x = Eigen::MatrixXd::NullaryExpr(inputs, samples, draw);
  Eigen::RowVectorXd y = x.colwise().sum() + Eigen::RowVectorXd::NullaryExpr(samples, draw);
  return {std::move(x), std::move(y)};
}

/// The loss of the best line, from the normal equations.
double lowest_loss(const Data& data) {
  const Eigen::MatrixXd& x = data.inputs();
  Line best;
  best.slope = (x * x.transpose()).ldlt().solve(x * data.targets().transpose());
  Line gradient = best;
  return best.loss(data.all(), gradient);
}

struct Run {
  std::string name, colour;
  descent::Schedule rate;
  std::vector<double> losses = {}, gradients = {};  // of all data, at the start and after each epoch

  /// The difference between the highest and the lowest loss of the last epochs.
  double spread() const {
    const auto [low, high] = std::minmax_element(losses.end() - judged_epochs, losses.end());
    return *high - *low;
  }
  bool converged() const { return spread() < 0.001 * losses.back(); }
};

Run train(const Data& data, const std::string& name, const std::string& colour,
          const descent::Schedule& rate) {
  Line line, gradient;
  Run run{.name = name, .colour = colour, .rate = rate};
  const auto all = data.all();
  const auto measure = [&] {
    run.losses.push_back(line.loss(all, gradient));
    run.gradients.push_back(gradient.slope.norm());
  };
  measure();
  descent::fit(line, data, descent::Sgd{.learning_rate = rate},
               {.epochs = epochs,
                .batch_size = batch_size,
                .on_epoch = [&](const descent::EpochReport&) { measure(); },
                .progress = descent::Progress::none});
  return run;
}

void print(const std::vector<Run>& runs, double lowest) {
  std::vector<std::vector<std::string>> rows{
      {"rate", "last loss", "above the lowest", "gradient norm", "change in 10 epochs", "converged?"}};
  for (const Run& run : runs)
    rows.push_back({run.name, number(run.losses.back(), 5), support::scientific(run.losses.back() - lowest),
                    support::scientific(run.gradients.back()),
                    number(100 * run.spread() / run.losses.back(), 2) + " %",
                    run.converged() ? "yes" : "no"});
  support::show_table(rows);
  support::say(
      "Converged means that more steps change nothing: the loss has levelled off, and the gradient is nearly "
      "0. Here, it is called converged if the loss changed by less than 0.1 % in the last 10 epochs.");
  support::say(
      "The high constant rate is near the bottom after one epoch, but then it hovers: each batch says "
      "something else, and every step overshoots. The low constant rate does not hover, but is still on its "
      "way. The rate that falls along a cosine takes long steps first and short ones at the end, so it "
      "arrives and settles.");
}

svg::Panel over_epochs(const std::string& title, const svg::Axis& y, double height) {
  return {.title = title,
          .x = {.label = "epochs", .low = 0, .high = static_cast<double>(epochs)},
          .y = y,
          .height = height};
}

void add(svg::Panel& panel, const Run& run, const std::vector<double>& values) {
  panel.series.push_back(
      {.name = run.name, .x = support::count_from_zero(values.size()), .y = values, .colour = run.colour});
}

std::vector<double> rates_of(const Run& run) {
  std::vector<double> rates;
  for (std::int64_t epoch = 0; epoch <= epochs; ++epoch)
    rates.push_back(run.rate(epoch * samples / batch_size));
  return rates;
}

void draw(const std::string& path, const std::vector<Run>& runs, double lowest) {
  Panel losses = over_epochs("A high rate hovers, a falling rate settles",
                             {.label = "loss", .low = 0.32, .high = 0.44}, 220);
  Panel gradients = over_epochs("The gradient shows it best: only one is nearly 0",
                                {.label = "gradient norm", .scale = Scale::logarithmic}, 220);
  Panel rates =
      over_epochs("The three learning rates", {.label = "learning rate", .low = 0, .high = 0.35}, 120);
  losses.series.push_back({.name = "lowest",
                           .x = {0, static_cast<double>(epochs)},
                           .y = {lowest, lowest},
                           .colour = "#888888",
                           .width = 1});
  for (const Run& run : runs) {
    add(losses, run, run.losses);
    add(gradients, run, run.gradients);
    add(rates, run, rates_of(run));
  }
  support::Chart chart = support::narrow_chart(
      "Convergence", "A line through noisy points. Converged: loss and gradient have levelled off.");
  chart.panels = {std::move(losses), std::move(gradients), std::move(rates)};
  support::save_picture(path, chart);
}

void check(const std::vector<Run>& runs, double lowest, Claims& claims) {
  const Run &high = runs[0], &low = runs[1], &falling = runs[2];
  const double hovering = high.losses.back() - lowest, settled = falling.losses.back() - lowest;
  claims.expect(!high.converged() && high.gradients.back() > 0.05, "the high constant rate hovers");
  claims.expect(!low.converged() && low.losses.back() < low.losses[epochs / 2],
                "the low constant rate is still on its way");
  claims.expect(falling.converged() && falling.gradients.back() < 0.01, "the falling rate settles");
  claims.expect(settled >= 0 && settled < 0.01 * hovering, "it settles at the lowest loss");
}

void show(const std::string& path, Claims& claims) {
  const Data data = noisy_line();
  const double lowest = lowest_loss(data);
  support::say("A line with " + std::to_string(inputs) + " slopes is fitted to " + std::to_string(samples) +
               " noisy points in batches of " + std::to_string(batch_size) +
               ". The best line is known from algebra: its loss is " + number(lowest, 5) +
               ", and no training can get below it. " + std::to_string(epochs) + " epochs:");
  const std::int64_t steps = epochs * samples / batch_size;
  const std::vector<Run> runs{train(data, "constant " + support::plain(high_rate), "#d55e00", high_rate),
                              train(data, "constant " + support::plain(low_rate), "#0072b2", low_rate),
                              train(data, "falls from " + support::plain(high_rate), "#009e73",
                                    descent::CosineDecay{.initial = high_rate, .steps = steps})};
  print(runs, lowest);
  draw(path, runs, lowest);
  check(runs, lowest, claims);
}

}  // namespace

int main(int argc, char** argv) { return support::run_demo(argc, argv, "converging", show); }
