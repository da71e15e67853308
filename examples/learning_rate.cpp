// SPDX-License-Identifier: MIT
// The effect of the learning rate: one network learns to read digits at learning rates from far too low to
// far too high, and the library diagnoses each. Then the library finds a learning rate. Then a learning rate
// that is too high as a constant trains well if it falls, and better still if it rises first.
//
//   learning_rate [FILE.svg]      the output file (default learning_rate.svg)
#include "support/digits.hpp"
#include "support/network.hpp"
#include "support/table.hpp"

#include <descent/descent.hpp>
#include <descent/training/chart/learning_rate_chart.hpp>
#include <descent/training/chart/svg_chart.hpp>
#include <descent/training/diagnose/find_learning_rate.hpp>
#include <descent/training/diagnose/training_diagnosis.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace svg = descent::svg;
using support::Network;
using support::number;

constexpr std::int64_t epochs = 20, batch_size = 32;

struct Data : support::DigitSets {
  std::int64_t steps() const { return epochs * descent::steps_per_epoch(training.size(), batch_size); }
};

/// Five hidden layers: deep enough for the rate to matter.
Network network(std::uint64_t seed) { return Network({64, 64, 64, 64, 64, 64, 10}, seed); }

struct Run {
  std::vector<double> losses = {};  // on the training digits: at the start, then of each epoch
  double accuracy = 0;              // on the test digits, at the end
  std::vector<descent::Finding> findings = {};
};

Run train(const Data& data, const descent::Schedule& rate, std::uint64_t seed = 1) {
  Network net = network(seed);
  Network gradient = descent::zeros_like(net);
  Run run{.losses = {net.loss(data.training.all(), gradient)}};
  descent::TrainingDiagnosis diagnosis;
  descent::fit(
      net, data.training, descent::Adam{.learning_rate = rate},
      {.epochs = epochs,
       .batch_size = batch_size,
       .seed = seed,
       .on_epoch = [&](const descent::EpochReport& epoch) { run.losses.push_back(epoch.training_loss); },
       .on_update = [&](const descent::UpdateReport& update) { diagnosis.observe(update); },
       .progress = descent::Progress::none});
  run.accuracy = net.accuracy(data.test);
  run.findings = diagnosis.findings();
  return run;
}

std::vector<double> count_from_zero(std::size_t size) {
  std::vector<double> numbers;
  for (std::size_t k = 0; k < size; ++k) numbers.push_back(static_cast<double>(k));
  return numbers;
}

std::string percent(double share) { return number(100 * share, 1) + " %"; }

svg::Panel loss_panel(const std::string& title) {
  return {.title = title,
          .x = {.label = "epoch", .low = 0, .high = static_cast<double>(epochs)},
          .y = {.label = "training loss", .scale = svg::Scale::logarithmic, .low = 1e-3, .high = 20},
          .height = 250};
}

// ---- Learning rates from far too low to far too high. ----

/// A one-word verdict, for the chart.
std::string verdict_on(const Run& run) {
  if (run.findings.empty()) return "fine";
  for (const descent::Finding& finding : run.findings) {
    if (finding.verdict == descent::Verdict::rate_too_high) return "too high";
    if (finding.verdict == descent::Verdict::rate_too_low) return "too low";
  }
  return "stuck";
}

svg::Panel try_rates(const Data& data) {
  svg::Panel panel = loss_panel("1. Too low a rate learns nothing, too high a rate destroys");
  const std::vector<std::pair<double, std::string>> rates{{1e-6, "#9db8c9"}, {1e-5, "#6baed6"},
                                                          {1e-4, "#2171b5"}, {1e-3, "#009e73"},
                                                          {1e-1, "#e69f00"}, {1, "#d55e00"}};
  std::vector<std::vector<std::string>> rows{{"rate", "training loss", "test accuracy"}};
  std::string said;
  for (const auto& [rate, colour] : rates) {
    const Run run = train(data, rate);
    const std::string name = number(rate, rate < 1e-3 ? (rate < 1e-5 ? 6 : 5) : 3);
    rows.push_back({name, support::scientific(run.losses.back()), percent(run.accuracy)});
    said += "\nrate " + name + "\n" + descent::to_string(run.findings);
    panel.series.push_back(
        {.name = svg::detail::plain_label(rate) + " " + verdict_on(run) + ", " + percent(run.accuracy),
         .x = count_from_zero(run.losses.size()),
         .y = run.losses,
         .colour = colour});
  }
  support::print_table(rows);
  std::printf("\nWhat the diagnosis says of each:\n%s\n", said.c_str());
  return panel;
}

// ---- The learning-rate range test. ----

/// Whether the suggestion trains well.
bool find_rate(const Data& data, svg::Panel& panel) {
  const auto found =
      descent::find_learning_rate(network(1), data.training, descent::Adam{}, {.horizon = data.steps()});
  std::printf("The range test takes a step at each of 240 rates, then trains at some:\n%s",
              descent::to_string(found).c_str());
  if (!found) return false;
  const double accuracy = train(data, found.suggestion).accuracy;
  std::printf("At this rate the network reads %s of the test digits right.\n\n", percent(accuracy).c_str());
  panel = svg::chart_of(found).panels.front();
  panel.title = "2. The range test finds a rate: one step at each, then trials";
  panel.height = 250;
  return accuracy > 0.95;
}

// ---- Schedules with a peak that is too high as a constant. ----

/// The median of several starts at every epoch, because with such a learning rate chance matters.
Run median_of_starts(const Data& data, const descent::Schedule& rate) {
  std::vector<Run> runs;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) runs.push_back(train(data, rate, seed));
  auto median = [&](auto value) {
    std::vector<double> values;
    for (const Run& run : runs) values.push_back(value(run));
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  Run result;
  for (std::size_t k = 0; k < runs.front().losses.size(); ++k)
    result.losses.push_back(median([k](const Run& run) { return run.losses[k]; }));
  result.accuracy = median([](const Run& run) { return run.accuracy; });
  return result;
}

std::pair<svg::Panel, svg::Panel> compare_schedules(const Data& data) {
  constexpr double peak = 0.03;
  const std::int64_t steps = data.steps(), rise = steps / 10;
  struct Choice {
    std::string name, colour;
    descent::Schedule rate;
  };
  const std::vector<Choice> choices{
      {"constant", "#d55e00", peak},
      {"cosine", "#56b4e9", descent::CosineDecay{.initial = peak, .steps = steps}},
      {"warm-up, cosine", "#009e73",
       descent::warmup(rise) >> descent::CosineDecay{.initial = peak, .steps = steps - rise}}};
  svg::Panel losses = loss_panel("3. A rate too high to be kept (0.03) trains well if it falls"), rates;
  rates.title = "4. The rates of these three";
  rates.x = losses.x;
  rates.y = {.label = "learning rate", .low = 0};
  rates.height = losses.height;
  std::vector<std::vector<std::string>> rows{{"rate 0.03", "training loss", "test accuracy"}};
  for (const auto& [name, colour, rate] : choices) {
    const Run run = median_of_starts(data, rate);
    rows.push_back({name, support::scientific(run.losses.back()), percent(run.accuracy)});
    losses.series.push_back({.name = name + ", " + percent(run.accuracy),
                             .x = count_from_zero(run.losses.size()),
                             .y = run.losses,
                             .colour = colour});
    svg::Series course{.name = name, .colour = colour};
    for (std::int64_t step = 0; step < steps; ++step) {
      course.x.push_back(static_cast<double>(epochs * step) / static_cast<double>(steps));
      course.y.push_back(rate(step));
    }
    rates.series.push_back(std::move(course));
  }
  std::printf("The rate 0.03 kept, falling, and rising first (the median of five starts):\n");
  support::print_table(rows);
  return {losses, rates};
}

bool run(const std::string& path) {
  const Data data{support::load_digits(DESCENT_EXAMPLES_DATA "/digits.csv")};
  std::printf(
      "A network with five hidden layers learns to read %lld handwritten digits with Adam, %lld times "
      "over.\n\n",
      static_cast<long long>(data.training.size()), static_cast<long long>(epochs));

  svg::Chart chart{.title = "What the learning rate does",
                   .subtitle =
                       "Adam trains a network of six layers on handwritten digits. The words at the lines "
                       "are what the diagnosis says.",
                   .width = 1200,
                   .columns = 2,
                   .legend = false};
  chart.panels.resize(2);
  chart.panels[0] = try_rates(data);
  const bool found = find_rate(data, chart.panels[1]);
  auto [losses, rates] = compare_schedules(data);
  chart.panels.push_back(std::move(losses));
  chart.panels.push_back(std::move(rates));
  svg::write_svg(path, chart);
  const std::string place = std::filesystem::absolute(path).lexically_normal().string();
  std::printf("\nThe picture is in %s; open it in a web browser.\n", place.c_str());
  if (!found) std::fprintf(stderr, "learning_rate: the rate that was found does not train well\n");
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  Eigen::setNbThreads(1);  // the products are too small to split
  try {
    return run(argc > 1 ? argv[1] : "learning_rate.svg") ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "learning_rate: %s\n", error.what());
    return 1;
  }
}
