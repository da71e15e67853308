// SPDX-License-Identifier: MIT
// How good is the advice of the learning-rate range test? Trains small models at learning rates from far too
// low to far too high, constant and falling along a cosine, and compares the best one with the suggestion of
// `find_learning_rate`.
//
//   sweep [TASK...]      tasks by the prefix of their names; all take a minute or two
#include "tasks.hpp"

#include "../../examples/support/table.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/diagnose/find_learning_rate.hpp>
#include <descent/training/fit/fit.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace advice;
using descent::detail::formatted;

constexpr std::int64_t epochs = 20, batch_size = 32, steps = epochs * samples / batch_size;
constexpr int seeds = 3;
constexpr double infinity = std::numeric_limits<double>::infinity();

enum class Pace { constant, cosine };

auto model_of(const Task& task, Tree& tree) {
  return descent::with_loss(tree, [&](const auto& parameters, const auto& batch, auto& gradient) {
    return task.loss(parameters, batch.inputs, batch.targets, gradient);
  });
}

double whole_loss(const Task& task, const Tree& tree) {
  Tree gradient = tree;
  return task.loss(tree, task.data.inputs(), task.data.targets(), gradient);
}

/// The loss after a training; infinite if it diverged.
template <class Rule>
double train(const Task& task, Rule rule, double rate, Pace pace) {
  Tree tree = task.start;
  auto model = model_of(task, tree);
  const double bound = 1e4 * (std::abs(whole_loss(task, tree)) + 1);
  rule.learning_rate = pace == Pace::constant
                           ? descent::Schedule(rate)
                           : descent::Schedule(descent::CosineDecay{.initial = rate, .steps = steps});
  descent::fit(model, task.data, rule,
               {.epochs = epochs,
                .batch_size = batch_size,
                .seed = 100,
                .on_step = [&](const descent::StepReport& report) { return !(report.loss < bound); },
                .progress = descent::Progress::none});
  const double loss = whole_loss(task, tree);
  return loss < bound ? loss : infinity;
}

struct Best {
  double rate = 0, loss = infinity;
  /// The rates whose loss is at most 5 % above the lowest.
  double low = 0, high = 0;
};

/// Half decades from 1e-5 to 10, and quarter decades around the best of them.
template <class Rule>
Best sweep(const Task& task, const Rule& rule, Pace pace) {
  std::vector<std::pair<int, double>> losses;
  auto try_rate = [&](int quarter) {
    losses.emplace_back(quarter, train(task, rule, std::pow(10, quarter / 4.0), pace));
  };
  auto lowest = [&] {
    return *std::min_element(losses.begin(), losses.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
  };
  for (int quarter = -20; quarter <= 4; quarter += 2) {
    try_rate(quarter);
    if (losses.back().second == infinity && quarter > lowest().first + 2) break;
  }
  const int middle = lowest().first;
  for (const int quarter : {middle - 1, middle + 1}) try_rate(quarter);
  Best best{.rate = std::pow(10, lowest().first / 4.0), .loss = lowest().second};
  best.low = best.high = best.rate;
  for (const auto& [quarter, loss] : losses) {
    if (loss > best.loss + 0.05 * std::abs(best.loss)) continue;
    best.low = std::min(best.low, std::pow(10, quarter / 4.0));
    best.high = std::max(best.high, std::pow(10, quarter / 4.0));
  }
  return best;
}

/// The number of suggestions of a kind that were right.
struct Score {
  int all = 0, found = 0, near_best = 0, near_good = 0, good_loss = 0, far = 0;

  void add(double rate, const Best& best, double loss) {
    ++found;
    const double away = std::max({best.low / rate, rate / best.high, 1.0});
    near_best += std::max(rate / best.rate, best.rate / rate) <= 3 ? 1 : 0;
    near_good += away <= 3 ? 1 : 0;
    far += away > 10 ? 1 : 0;
    good_loss += loss <= best.loss + 0.5 * std::abs(best.loss) ? 1 : 0;
  }
  std::vector<std::string> row(const std::string& name) const {
    auto percent = [&](int count) { return formatted("%.0f %%", {100.0 * count / std::max(all, 1)}); };
    return {name,
            formatted("%d of %d", {found, all}),
            percent(near_best),
            percent(near_good),
            percent(good_loss),
            percent(far)};
  }
};

/// The scores of one rule, or of all rules, by the name of the reading.
using Scores = std::vector<std::pair<std::string, Score>>;

Scores no_scores() {
  return {
      {"constant", {}}, {"  without a warning", {}}, {"peak of a cosine", {}}, {"  without a warning", {}}};
}

// Also compiles with older headers, without peaks and warnings: use -I for theirs to produce the table to
// compare with.

template <class Report>
double peak_of(const Report& report) {
  if constexpr (requires { report.peak; }) {
    return report.peak;
  } else {
    return report.suggestion;
  }
}

template <class Report>
bool is_sure(const Report& report) {
  if constexpr (requires { report.warning; }) {
    return report.found() && report.warning.empty();
  } else {
    return report.found();
  }
}

template <class Rule>
void measure(const Task& task, const Rule& rule, const std::string& name, Scores& scores) {
  const std::array best{sweep(task, rule, Pace::constant), sweep(task, rule, Pace::cosine)};
  for (int seed = 0; seed < seeds; ++seed) {
    Tree tree = task.start;
    auto model = model_of(task, tree);
    const auto report =
        descent::find_learning_rate(model, task.data, rule, {.seed = static_cast<std::uint64_t>(seed)});
    auto count = [&](std::size_t place, double rate, Pace pace, bool counts = true) {
      Score& score = scores[place].second;
      score.all += counts ? 1 : 0;
      if (counts && std::isfinite(rate))
        score.add(rate, best[static_cast<std::size_t>(pace)], train(task, rule, rate, pace));
    };
    const bool sure = is_sure(report);
    count(0, report.suggestion, Pace::constant);
    count(1, report.suggestion, Pace::constant, sure);
    count(2, peak_of(report), Pace::cosine);
    count(3, peak_of(report), Pace::cosine, sure);
    if (seed == 0)
      std::puts(formatted("%-26s %-9s best %.2g and %.2g, suggested %.2g and %.2g%s",
                          {task.name, name, best[0].rate, best[1].rate, report.suggestion, peak_of(report),
                           report.found() && !sure ? " (uncertain)" : ""})
                    .c_str());
    std::fflush(stdout);
  }
}

void add(Scores& sum, const Scores& part) {
  for (std::size_t k = 0; k < sum.size(); ++k) {
    Score& to = sum[k].second;
    const Score& from = part[k].second;
    to.all += from.all;
    to.found += from.found;
    to.near_best += from.near_best;
    to.near_good += from.near_good;
    to.good_loss += from.good_loss;
    to.far += from.far;
  }
}

void print(const std::string& title, const Scores& scores) {
  std::vector<std::vector<std::string>> rows{
      {title, "found", "within 3 of best", "of 5 % above", "loss within 1.5", "over 10 away"}};
  for (const auto& [name, score] : scores) rows.push_back(score.row(name));
  std::puts("");
  support::print_table(rows);
}

void run(const std::vector<std::string>& names) {
  const std::vector<std::string> rules{"Sgd", "momentum", "AdamW", "Lion"};
  std::vector<Scores> scores(rules.size(), no_scores());
  for (const Task& task : tasks(DESCENT_EXAMPLES_DATA "/digits.csv")) {
    const bool chosen = std::any_of(names.begin(), names.end(),
                                    [&](const std::string& name) { return task.name.rfind(name, 0) == 0; });
    if (!names.empty() && !chosen) continue;
    measure(task, descent::Sgd{}, rules[0], scores[0]);
    measure(task, descent::Sgd{.momentum = 0.9}, rules[1], scores[1]);
    measure(task, descent::AdamW{}, rules[2], scores[2]);
    measure(task, descent::Lion{}, rules[3], scores[3]);
  }
  Scores all = no_scores();
  for (std::size_t k = 0; k < rules.size(); ++k) {
    print(rules[k], scores[k]);
    add(all, scores[k]);
  }
  print("all", all);
}

}  // namespace

int main(int argc, char** argv) {
  Eigen::setNbThreads(1);  // the products are too small to split
  try {
    run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fputs(formatted("sweep: %s\n", {error.what()}).c_str(), stderr);
    return 1;
  }
  return 0;
}
