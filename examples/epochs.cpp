// SPDX-License-Identifier: MIT
// Epochs: the same training, stopped after too few, enough and too many passes over the data. A fifth of the
// training labels are wrong, as happens if people write them: too many epochs learn the errors by heart.
//
//   epochs [FILE.svg]      the output file (default epochs.svg)
#include "support/demo.hpp"
#include "support/demo_data.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/training/fit/fit.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

using support::Claims;
using support::course_of;
using support::number;
using support::Panel;
using support::Scale;

struct Run {
  std::string name;
  std::int64_t epochs = 0;
  double training_loss = 0, test_loss = 0, accuracy = 0;  // of the network at the end
  std::vector<descent::EpochReport> history = {};         // metrics[0] is the accuracy
};

Run train(const support::DigitSets& data, const std::string& name, std::int64_t epochs) {
  support::Network network({64, 128, 10}, 1);
  auto result = descent::fit(
      network, data.training, descent::Adam{.learning_rate = 0.003},
      {.epochs = epochs,
       .batch_size = 32,
       .validation = data.test,
       .metrics = {{"accuracy", [&](const support::Network& n) { return n.accuracy(data.test); }}},
       .progress = descent::Progress::none});
  return {.name = name,
          .epochs = epochs,
          .training_loss = loss_on(network, data.training),
          .test_loss = loss_on(network, data.test),
          .accuracy = network.accuracy(data.test),
          .history = std::move(result.history)};
}

void print(const std::vector<Run>& runs) {
  std::vector<std::vector<std::string>> rows{
      {"stopped", "epochs", "training loss", "test loss", "test accuracy"}};
  for (const Run& run : runs)
    rows.push_back({run.name, std::to_string(run.epochs), number(run.training_loss, 2),
                    number(run.test_loss, 2), support::percent(run.accuracy)});
  support::show_table(rows);
  support::say(
      "Too few: both losses are still falling; the network could read more digits if it went on. Enough: it "
      "has learned what the digits have in common, and the wrong labels do not mislead it. Too many: the "
      "training loss still falls, but only because the network learns the wrong labels by heart; the test "
      "loss rises, and the network reads new digits worse than before.");
  support::say(
      "How to know when it is enough: watch the loss on digits that are not used for training, and stop when "
      "it no longer falls (`patience` in the options of fit; the demo `overfitting` uses it).");
}

// ---- The picture. ----

/// A panel with a logarithmic axis; `mark` names the end of a run.
template <class F>
Panel over_epochs(const std::vector<Run>& runs, const std::string& title, const std::string& label,
                  F&& mark) {
  Panel panel{.title = title,
              .x = {.label = "epochs (passes over all training digits)", .scale = Scale::logarithmic},
              .y = {.label = label, .low = 0},
              .height = 230};
  for (const Run& run : runs) panel.marks.push_back({static_cast<double>(run.epochs), run.name + mark(run)});
  return panel;
}

void draw(const std::string& path, const std::vector<Run>& runs) {
  using Report = descent::EpochReport;
  const std::vector<Report>& longest = runs.back().history;
  Panel losses = over_epochs(runs, "The test loss falls, then rises", "loss",
                             [](const Run& run) { return ": " + std::to_string(run.epochs); });
  losses.series = {course_of(longest, "training", "#0072b2", &Report::training_loss),
                   course_of(longest, "test", "#d55e00", &Report::validation)};
  Panel accuracy = over_epochs(runs, "New digits read right", "test accuracy (%)",
                               [](const Run& run) { return ": " + support::percent(run.accuracy); });
  accuracy.y.low = 75, accuracy.y.high = 100;
  accuracy.series = {course_of(longest, "test", "#d55e00",
                               [](const Report& report) { return 100 * report.metrics[0].value; })};
  for (const Run& run : runs)
    accuracy.places.push_back({static_cast<double>(run.epochs), 100 * run.accuracy});
  support::Chart chart = support::narrow_chart(
      "Epochs: too few, enough, too many",
      "A network learns 1437 handwritten digits, a fifth of them with wrong labels. Test: 360 other digits.");
  chart.panels = {std::move(losses), std::move(accuracy)};
  support::save_picture(path, chart);
}

void check(const std::vector<Run>& runs, Claims& claims) {
  const Run &few = runs[0], &enough = runs[1], &many = runs[2];
  claims.expect(many.training_loss < enough.training_loss && enough.training_loss < few.training_loss,
                "the training loss falls all the time");
  claims.expect(few.test_loss > 1.3 * enough.test_loss, "too few epochs: the test loss is still falling");
  claims.expect(many.test_loss > 1.3 * enough.test_loss, "too many epochs: the test loss has risen");
  claims.expect(enough.accuracy > few.accuracy + 0.03 && enough.accuracy > many.accuracy + 0.03,
                "enough epochs read most digits right");
}

void show(const std::string& path, Claims& claims) {
  support::DigitSets data = support::load_digits();
  data.training = support::with_wrong_labels(data.training, 0.2);
  support::say(
      "A network learns 1437 digits; one in five has a wrong label, as happens if people write them. The "
      "same training, stopped after 1, 15 and 150 epochs (an epoch is one pass over all digits):");
  const std::vector<Run> runs{train(data, "too few", 1), train(data, "enough", 15),
                              train(data, "too many", 150)};
  print(runs);
  draw(path, runs);
  check(runs, claims);
}

}  // namespace

int main(int argc, char** argv) { return support::run_demo(argc, argv, "epochs", show); }
