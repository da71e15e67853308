// SPDX-License-Identifier: MIT
// A network learns to read handwritten digits, from the same initial parameters with each of five optimizers.
// Prints how well and how fast each of them learned, and draws their losses and learning rates.
//
//   digits [FILE.svg]      the output file (default digits.svg)
#include "support/digits.hpp"
#include "support/network.hpp"
#include "support/progress.hpp"
#include "support/svg_chart.hpp"
#include "support/table.hpp"

#include <descent/descent.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace {

using support::Digits;
using support::Network;
using support::number;
using support::scientific;

// ---- Training it. ----

constexpr std::int64_t epochs = 30, warmup_epochs = 2, batch_size = 32;

struct Run {
  std::string name;
  std::vector<double> rates = {};       // of each step
  std::vector<double> losses = {};      // on the training digits: at the start, then in each epoch
  std::vector<double> accuracies = {};  // on the test digits, after each epoch
  double seconds = 0;
};

template <class Rule>
Run learn(const std::string& name, const Rule& rule, const Digits& training, const Digits& test) {
  Network network({64, 128, 64, 10}, 1);
  Network gradient = descent::zeros_like(network);
  Run run{.name = name, .losses = {network.loss(training.all(), gradient)}};

  const support::ProgressBar bar(name, epochs);
  const descent::FitResult result = descent::fit(
      network, training, rule,
      {.epochs = epochs,
       .batch_size = batch_size,
       .validation = [&](const Network& trained) { return trained.accuracy(test); },
       .on_step = [&](const descent::StepReport& step) { run.rates.push_back(step.learning_rate); },
       .on_epoch =
           [&](const descent::EpochReport& epoch) {
             run.losses.push_back(epoch.training_loss);
             run.accuracies.push_back(epoch.validation);
             bar.show(epoch.epoch, "loss " + scientific(epoch.training_loss) + ", " +
                                       number(100 * epoch.validation, 1) + " % right");
           },
       .progress = descent::Progress::none});
  bar.finish(number(100 * run.accuracies.back(), 1) + " % of the test digits right after " +
             std::to_string(result.steps) + " steps");
  run.seconds = result.seconds;
  return run;
}

// ---- The results. ----

void print_results(const std::vector<Run>& runs) {
  std::vector<std::vector<std::string>> rows{
      {"optimizer", "peak rate", "test accuracy", "epochs to 95 %", "training loss", "seconds"}};
  for (const Run& run : runs) {
    const auto& reached = run.accuracies;
    const auto goal =
        std::find_if(reached.begin(), reached.end(), [](double share) { return share >= 0.95; });
    rows.push_back({run.name, number(*std::max_element(run.rates.begin(), run.rates.end()), 3),
                    number(100 * reached.back(), 1) + " %",
                    goal == reached.end() ? "-" : std::to_string(goal - reached.begin() + 1),
                    scientific(run.losses.back()), number(run.seconds, 2)});
  }
  support::print_table(rows);
}

support::Chart chart_of(const std::vector<Run>& runs, const std::string& subtitle) {
  const support::Axis epoch_axis{.label = "epoch", .low = 0, .high = epochs};
  support::Panel losses{.title = "Training loss",
                        .x = epoch_axis,
                        .y = {.label = "mean cross-entropy (nats)", .scale = support::Scale::logarithmic},
                        .height = 320};
  support::Panel rates{.title = "Learning rate",
                       .x = epoch_axis,
                       .y = {.label = "learning rate", .scale = support::Scale::logarithmic},
                       .height = 160};
  support::Chart chart{.title = "Five optimizers learn to read handwritten digits", .subtitle = subtitle};
  for (const Run& run : runs) {
    support::Series loss{.name = run.name, .y = run.losses}, rate{.name = run.name, .y = run.rates};
    for (std::size_t k = 0; k < run.losses.size(); ++k) loss.x.push_back(static_cast<double>(k));
    for (std::size_t k = 0; k < run.rates.size(); ++k)
      rate.x.push_back(static_cast<double>(epochs) * static_cast<double>(k + 1) /
                       static_cast<double>(run.rates.size()));
    losses.series.push_back(std::move(loss));
    rates.series.push_back(std::move(rate));
    chart.notes.emplace_back(run.name, number(100 * run.accuracies.back(), 1) + " %");
  }
  chart.panels = {std::move(losses), std::move(rates)};
  return chart;
}

// ---- The comparison. ----

// To show each optimizer at its best, its learning rate is the one of about five that reads most digits right
// on average over ten random splits of the training digits (of those within 0.1 %, the one with the lowest
// loss). The test digits were not used for this choice.
std::vector<Run> compare(const Digits& training, const Digits& test) {
  const std::int64_t steps = descent::steps_per_epoch(training.size(), batch_size);
  auto rate = [&](double peak) -> descent::Schedule {
    const std::int64_t rise = warmup_epochs * steps, fall = epochs * steps - rise;
    return descent::warmup(rise) >> descent::CosineDecay{.initial = peak, .steps = fall, .final = peak / 100};
  };
  auto hidden = [](const descent::BlockInfo& block) {  // Muon is for the matrices inside a network
    return block.is_matrix() && block.path != "layers[2].weights";
  };

  std::vector<Run> runs;
  auto add = [&](const std::string& name, const auto& rule) {
    runs.push_back(learn(name, rule, training, test));
  };
  add("Sgd", descent::Sgd{.learning_rate = rate(0.7)});
  add("Momentum", descent::Sgd{.learning_rate = rate(0.15), .momentum = 0.9, .nesterov = true});
  add("RmsProp", descent::RmsProp{.learning_rate = rate(0.007)});
  add("AdamW", descent::AdamW{.learning_rate = rate(0.015)});
  add("Muon", descent::partition(hidden, descent::Muon{.learning_rate = rate(0.02)},
                                 descent::AdamW{.learning_rate = rate(0.01)}));
  return runs;
}

/// Whether the best optimizer reads at least 97 % of the test digits right.
bool run(const std::string& path) {
  const auto [training, test] = support::load_digits(DESCENT_EXAMPLES_DATA "/digits.csv");
  const std::string counts = std::to_string(training.size()) + " images";
  std::printf(
      "A network of layers with 64, 128, 64 and 10 values learns to read handwritten digits from %s.\n"
      "It does so with five optimizers, always from the same start; %lld other images test it.\n"
      "Each rate is the best of about five tried: it rises for %lld epochs, then falls along a cosine.\n\n",
      counts.c_str(), static_cast<long long>(test.size()), static_cast<long long>(warmup_epochs));

  const std::vector<Run> runs = compare(training, test);
  std::printf("\n");
  print_results(runs);

  support::write_svg(path,
                     chart_of(runs, "The same network from the same start, " + counts + ", batches of " +
                                        std::to_string(batch_size) + ". Percentages: accuracy on " +
                                        std::to_string(test.size()) + " other images."));
  const std::string place = std::filesystem::absolute(path).lexically_normal().string();
  std::printf("\nThe curves of loss and learning rate are in %s; open it in a web browser.\n", place.c_str());

  double best = 0;
  for (const Run& run : runs) best = std::max(best, run.accuracies.back());
  if (best < 0.97)
    std::fprintf(stderr, "digits: the best accuracy is %.1f %%, expected at least 97 %%\n", 100 * best);
  return best >= 0.97;
}

}  // namespace

int main(int argc, char** argv) {
  // With OpenMP, Eigen would split products that are too small for it: no gain on an idle machine, and on a
  // busy one each thread waits, spinning, for the other.
  Eigen::setNbThreads(1);
  try {
    return run(argc > 1 ? argv[1] : "digits.svg") ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
  }
}
