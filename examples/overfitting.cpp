// SPDX-License-Identifier: MIT
// Overfitting: a network learns 200 digits by heart. The training loss falls almost to 0, the validation loss
// falls and then rises. Early stopping ends the training there; weight decay prevents the rise.
//
//   overfitting [FILE.svg]      the output file (default overfitting.svg)
#include "support/demo.hpp"
#include "support/demo_data.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/training/diagnose/training_diagnosis.hpp>
#include <descent/training/fit/fit.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using support::Claims;
using support::course_of;
using support::Digits;
using support::Network;
using support::number;
using support::Panel;
using support::Scale;

constexpr std::int64_t epochs = 200, patience = 15;
constexpr double strength = 0.1;

struct Data {
  Digits training, validation;
};

struct Run {
  descent::FitResult result;
  std::vector<descent::Finding> findings;
  double accuracy;  // on the validation digits, with the parameters that `fit` leaves

  const descent::EpochReport& last() const { return result.history.back(); }
  bool overfits() const {
    return std::any_of(findings.begin(), findings.end(), [](const descent::Finding& finding) {
      return finding.verdict == descent::Verdict::overfitting;
    });
  }
};

Run train(const Data& data, double weight_decay, std::optional<std::int64_t> epochs_without_progress) {
  Network network({64, 128, 64, 10}, 1);
  descent::TrainingDiagnosis diagnosis;
  auto result = descent::fit(
      network, data.training, descent::AdamW{.learning_rate = 0.003, .weight_decay = weight_decay},
      {.epochs = epochs,
       .batch_size = 16,
       .validation = data.validation,
       .patience = epochs_without_progress,
       .on_epoch = [&](const descent::EpochReport& epoch) { diagnosis.observe(epoch); },
       .on_update = [&](const descent::UpdateReport& update) { diagnosis.observe(update); },
       .progress = descent::Progress::none});
  return {std::move(result), diagnosis.findings(), network.accuracy(data.validation)};
}

struct Runs {
  Run plain, stopped, decayed;
};

void print_course(const Runs& runs) {
  support::say("1. Train on and on, " + std::to_string(epochs) + " epochs:");
  std::vector<std::vector<std::string>> rows{{"epoch", "training loss", "validation loss"}};
  const auto& history = runs.plain.result.history;
  for (const std::int64_t epoch : {std::int64_t{1}, std::int64_t{5}, runs.plain.result.best_epoch,
                                   std::int64_t{50}, std::int64_t{100}, epochs}) {
    const auto& report = history.at(static_cast<std::size_t>(epoch - 1));
    rows.push_back({std::to_string(epoch) + (epoch == runs.plain.result.best_epoch ? " (best)" : ""),
                    support::scientific(report.training_loss), number(report.validation, 3)});
  }
  support::show_table(rows);
  support::say(
      "The training loss falls all the time. The validation loss, on digits that the network has not seen, "
      "falls, then rises: the network learns its 200 digits by heart. The diagnosis says:");
  std::printf("%s\n", descent::to_string(runs.plain.findings).c_str());
}

void print_remedies(const Runs& runs) {
  support::say("2. The remedies:");
  std::vector<std::vector<std::string>> rows{
      {"training", "epochs", "training loss", "validation loss", "accuracy"}};
  auto add = [&](const std::string& name, const Run& run, const descent::EpochReport& kept) {
    rows.push_back({name, std::to_string(run.result.epochs), support::scientific(kept.training_loss),
                    number(kept.validation, 3), support::percent(run.accuracy)});
  };
  const descent::FitResult& stopped = runs.stopped.result;
  add("none", runs.plain, runs.plain.last());
  add("early stopping", runs.stopped, stopped.history.at(static_cast<std::size_t>(stopped.best_epoch - 1)));
  add("weight decay " + support::plain(strength), runs.decayed, runs.decayed.last());
  support::show_table(rows);
  support::say("Early stopping ended after epoch " + std::to_string(stopped.epochs) + ", " +
               std::to_string(patience) +
               " epochs after the best one, and went back to the parameters of epoch " +
               std::to_string(stopped.best_epoch) +
               ". Weight decay pulls all parameters towards 0: the network fits its own digits less exactly, "
               "and the validation loss does not rise.");
}

// ---- The picture. ----

Panel over_epochs(const std::string& title) {
  return {.title = title,
          .x = {.label = "epochs", .low = 0, .high = static_cast<double>(epochs)},
          .y = {.label = "loss", .low = 0, .high = 0.5},
          .height = 240};
}

void draw(const std::string& path, const Runs& runs) {
  using Report = descent::EpochReport;
  const std::vector<Report>& history = runs.plain.result.history;
  Panel plain = over_epochs("The training loss falls, the validation loss rises");
  plain.series = {course_of(history, "training", "#0072b2", &Report::training_loss),
                  course_of(history, "validation", "#d55e00", &Report::validation)};
  plain.places = {
      {static_cast<double>(runs.plain.result.best_epoch), runs.plain.result.best_metric, "best", true}};
  plain.marks = {{static_cast<double>(runs.stopped.result.epochs), "early stopping ends here"}};
  Panel decayed = over_epochs("With weight decay it does not rise");
  decayed.series = {course_of(history, "no decay", "#d55e00", &Report::validation),
                    course_of(runs.decayed.result.history, "decay " + support::plain(strength), "#009e73",
                              &Report::validation)};
  decayed.y.label = "validation loss";
  support::Chart chart = support::narrow_chart(
      "Overfitting",
      "A network learns 200 handwritten digits. Validation: the loss on 360 digits that it has not seen.");
  chart.panels = {std::move(plain), std::move(decayed)};
  support::save_picture(path, chart);
}

void check(const Runs& runs, Claims& claims) {
  const auto& [plain, stopped, decayed] = runs;
  const double best = plain.result.best_metric;
  claims.expect(plain.last().training_loss < 0.01, "the training loss falls to nearly nothing");
  claims.expect(plain.last().validation > 1.2 * best, "the validation loss rises");
  claims.expect(plain.overfits(), "the diagnosis finds overfitting");
  claims.expect(stopped.result.status == descent::FitStatus::early_stopped &&
                    stopped.result.best_metric < 0.85 * plain.last().validation,
                "early stopping keeps parameters that are better than the last ones");
  claims.expect(decayed.last().validation < 1.2 * decayed.result.best_metric && !decayed.overfits(),
                "with weight decay the validation loss does not rise");
  claims.expect(decayed.last().validation < 0.85 * plain.last().validation,
                "weight decay ends below the training without it");
}

void show(const std::string& path, Claims& claims) {
  const support::DigitSets all = support::load_digits();
  const Data data{support::some_of(all.training, 200), all.test};
  support::say(
      "A network learns to read digits, but it gets 200 of them only; 360 others, the validation digits, "
      "show whether it can read what it has not seen.");
  const Runs runs{train(data, 0, {}), train(data, 0, patience), train(data, strength, {})};
  print_course(runs);
  print_remedies(runs);
  draw(path, runs);
  check(runs, claims);
}

}  // namespace

int main(int argc, char** argv) { return support::run_demo(argc, argv, "overfitting", show); }
