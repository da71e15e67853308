// SPDX-License-Identifier: MIT
// Batch size: one network learns to read digits from batches of 8, 32 and 512, first at the same learning rate,
// then at rates that grow with the batch.
//
//   batch_size [FILE.svg]      the output file (default batch_size.svg)
#include "support/demo.hpp"
#include "support/demo_data.hpp"

#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace {

using support::Claims;
using support::DigitSets;
using support::Network;
using support::number;
using support::Panel;
using support::Scale;

constexpr std::int64_t epochs = 20, batch_of_reference = 32;
constexpr double rate_of_reference = 0.05;

struct Run {
  std::int64_t batch_size = 0, steps = 0;
  double rate = 0, accuracy = 0;
  std::vector<double> step_losses = {}, epoch_losses = {};  // on all training digits
  std::vector<double> measured_steps = {};

  double loss() const { return epoch_losses.back(); }
  /// The mean over the epochs: high if the loss jumps.
  double mean_loss() const {
    return std::accumulate(epoch_losses.begin(), epoch_losses.end(), 0.0) /
           static_cast<double>(epoch_losses.size());
  }
};

/// Measures at steps 1, 2, 3, 4, 5, 7, 9, ...: evenly on a logarithmic axis.
bool is_measured(std::int64_t step) {
  const auto part = [](std::int64_t number) {
    return std::floor(6 * std::log2(static_cast<double>(number)));
  };
  return step < 5 || part(step) > part(step - 1);
}

Run train(const DigitSets& data, std::int64_t batch_size, double rate) {
  Network network({64, 64, 10}, 1);
  Run run{.batch_size = batch_size, .rate = rate, .epoch_losses = {loss_on(network, data.training)}};
  const std::int64_t last = epochs * descent::steps_per_epoch(data.training.size(), batch_size);
  auto measure = [&](const descent::StepReport& report) {
    if (!is_measured(report.step) && report.step != last) return;
    run.measured_steps.push_back(static_cast<double>(report.step));
    run.step_losses.push_back(loss_on(network, data.training));
  };
  auto measure_epoch = [&](const descent::EpochReport&) {
    run.epoch_losses.push_back(loss_on(network, data.training));
  };
  const auto result = descent::fit(network, data.training, descent::Sgd{.learning_rate = rate},
                                   {.epochs = epochs,
                                    .batch_size = batch_size,
                                    .on_step = measure,
                                    .on_epoch = measure_epoch,
                                    .progress = descent::Progress::none});
  run.steps = result.steps;
  run.accuracy = network.accuracy(data.test);
  return run;
}

/// Of the fastest epoch, without the measurements, which would take time as well.
double seconds_per_epoch(const DigitSets& data, std::int64_t batch_size) {
  Network network({64, 64, 10}, 1);
  const auto result =
      descent::fit(network, data.training, descent::Sgd{.learning_rate = rate_of_reference},
                   {.epochs = epochs, .batch_size = batch_size, .progress = descent::Progress::none});
  double fastest = result.seconds, before = 0;
  for (const auto& epoch : result.history) {
    fastest = std::min(fastest, epoch.seconds - before);
    before = epoch.seconds;
  }
  return fastest;
}

std::string colour_of(std::int64_t batch_size) {
  return batch_size == 8 ? "#0072b2" : batch_size == batch_of_reference ? "#009e73" : "#d55e00";
}
std::string name_of(const Run& run) { return "batch " + std::to_string(run.batch_size); }

// ---- The same rate. ----

std::vector<Run> same_rate(const DigitSets& data) {
  std::vector<Run> runs;
  for (const int batch_size : {8, 32, 512}) runs.push_back(train(data, batch_size, rate_of_reference));
  support::say("1. The same rate, " + number(rate_of_reference, 2) + ", for every batch size, " +
               std::to_string(epochs) + " epochs:");
  std::vector<std::vector<std::string>> rows{
      {"batch size", "steps an epoch", "training loss", "test accuracy", "ms an epoch"}};
  for (const Run& run : runs)
    rows.push_back({std::to_string(run.batch_size), std::to_string(run.steps / epochs), number(run.loss(), 3),
                    support::percent(run.accuracy),
                    number(1000 * seconds_per_epoch(data, run.batch_size), 1)});
  support::show_table(rows);
  support::say(
      "An epoch of small batches takes more steps, so it takes more time; but at the same rate, it is the "
      "steps that learn. After 20 epochs the network with batches of 512 has made 60 and has hardly begun.");
  return runs;
}

Panel over_epochs(const std::string& title) {
  return {.title = title,
          .x = {.label = "epochs (passes over all digits)", .low = 0, .high = static_cast<double>(epochs)},
          .y = {.label = "training loss", .scale = Scale::logarithmic, .low = 0.03, .high = 3},
          .height = 230};
}

Panel panel_of_epochs(const std::vector<Run>& runs) {
  Panel panel = over_epochs("Same rate: per epoch, small batches learn faster");
  for (const Run& run : runs)
    panel.series.push_back({.name = name_of(run),
                            .x = support::count_from_zero(run.epoch_losses.size()),
                            .y = run.epoch_losses,
                            .colour = colour_of(run.batch_size)});
  return panel;
}

Panel panel_of_steps(const std::vector<Run>& runs) {
  Panel panel{.title = "The same trainings: per step, all learn alike",
              .x = {.label = "steps (each of one batch)", .scale = Scale::logarithmic, .low = 1, .high = 1e5},
              .y = over_epochs("").y,
              .height = 230,
              .label_ends = false};
  for (const Run& run : runs) {
    panel.series.push_back({.name = name_of(run),
                            .x = run.measured_steps,
                            .y = run.step_losses,
                            .colour = colour_of(run.batch_size),
                            .width = run.batch_size == 512 ? 6.0 : 2.0,
                            .opacity = run.batch_size == 512 ? 0.5 : 1.0});
    panel.places.push_back({run.measured_steps.back(), run.step_losses.back(),
                            std::to_string(run.batch_size) + ": " + std::to_string(run.steps) + " steps",
                            run.batch_size == 8});
  }
  return panel;
}

// ---- The rate follows the batch size. ----

struct Scaling {
  std::string rule, colour;
  Run run;
};

std::vector<Scaling> scaled_rates(const DigitSets& data) {
  std::vector<Scaling> scalings;
  auto add = [&](const std::string& rule, const std::string& colour, std::int64_t batch_size, double factor) {
    scalings.push_back({rule, colour, train(data, batch_size, factor * rate_of_reference)});
  };
  add("linear", colour_of(8), 8, 8.0 / 32);
  add("reference", colour_of(32), 32, 1);
  add("linear", colour_of(512), 512, 512.0 / 32);
  add("root", "#cc79a7", 512, std::sqrt(512.0 / 32));
  add("double", "#404040", 512, 2 * 512.0 / 32);
  return scalings;
}

void print_scalings(const std::vector<Scaling>& scalings) {
  support::say("2. The rate follows the batch size:");
  std::vector<std::vector<std::string>> rows{
      {"rule", "batch size", "rate", "training loss", "test accuracy"}};
  for (const auto& [rule, colour, run] : scalings)
    rows.push_back({rule == "double" ? "twice the linear rate"
                    : rule == "root" ? "square root"
                                     : rule,
                    std::to_string(run.batch_size), number(run.rate, 4), number(run.loss(), 3),
                    support::percent(run.accuracy)});
  support::show_table(rows);
  support::say(
      "The linear rule (twice the batch, twice the rate) works here: batches of 8 and of 32 learn alike, and "
      "batches of 512 nearly so, in a sixteenth of the steps. The square-root rule, which is common with "
      "Adam, is too timid for plain gradient descent. There is a limit: twice the linear rate is too high, "
      "so for batches much larger than 512 no rate makes up for the missing steps.");
}

Panel panel_of_scalings(const std::vector<Scaling>& scalings) {
  Panel panel = over_epochs("Rate grown with the batch: the linear rule works");
  for (const auto& [rule, colour, run] : scalings)
    panel.series.push_back({.name = "batch " + std::to_string(run.batch_size) + ", " + rule,
                            .x = support::count_from_zero(run.epoch_losses.size()),
                            .y = run.epoch_losses,
                            .colour = colour,
                            .width = run.batch_size == 8 ? 6.0 : 2.0,  // it would hide behind the reference
                            .opacity = run.batch_size == 8 ? 0.5 : 1.0});
  return panel;
}

// ---- Both. ----

void check(const std::vector<Run>& same, const std::vector<Scaling>& scaled, Claims& claims) {
  claims.expect(same[0].loss() < same[1].loss() && same[1].loss() < same[2].loss(),
                "at the same rate, a smaller batch reaches a lower loss in the same epochs");
  claims.expect(same[2].loss() > 5 * same[1].loss(), "at the same rate, batches of 512 have hardly begun");
  const double reference = scaled[1].run.loss();
  claims.expect(std::abs(scaled[0].run.loss() / reference - 1) < 0.1,
                "with the linear rule, batches of 8 and of 32 learn alike");
  claims.expect(scaled[2].run.loss() < 2 * reference, "with the linear rule, batches of 512 nearly keep up");
  claims.expect(scaled[3].run.loss() > scaled[2].run.loss(), "the square root is too timid");
  claims.expect(scaled[4].run.mean_loss() > 1.3 * scaled[2].run.mean_loss(),
                "twice the linear rate is too high");
}

void show(const std::string& path, Claims& claims) {
  const DigitSets data = support::load_digits();
  support::say("A network reads " + std::to_string(data.training.size()) +
               " handwritten digits in batches: one step for each batch, one epoch for all digits. How large "
               "should a batch be?");
  const std::vector<Run> same = same_rate(data);
  const std::vector<Scaling> scaled = scaled_rates(data);
  print_scalings(scaled);
  check(same, scaled, claims);

  support::Chart chart =
      support::narrow_chart("Batch size",
                            "The same network and digits. Few large batches or many small ones: what counts "
                            "is the number of steps, and a rate that fits them.");
  chart.panels = {panel_of_epochs(same), panel_of_steps(same), panel_of_scalings(scaled)};
  support::save_picture(path, chart);
}

}  // namespace

int main(int argc, char** argv) { return support::run_demo(argc, argv, "batch_size", show); }
