// SPDX-License-Identifier: MIT
// How good is the advice of the learning-rate range test? Trains small models at learning rates from far too
// low to far too high, constant and falling along a cosine, and compares the best one with the suggestion of
// `find_learning_rate`.
//
//   sweep [STEPS] [TASK...]   the length of a training (600); tasks by the prefix of their names. All tasks
//                             take about three minutes.
#include "held_out_tasks.hpp"

#include "../../examples/support/table.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/diagnose/find_learning_rate.hpp>
#include <descent/training/fit/fit.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cctype>
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

std::int64_t steps = 600;
constexpr int seeds = 2;
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
double train(const Case& item, Rule rule, double rate, Pace pace) {
  const Task& task = item.task;
  Tree tree = task.start;
  auto model = model_of(task, tree);
  const double bound = 1e4 * (std::abs(whole_loss(task, tree)) + 1);
  rule.learning_rate = pace == Pace::constant
                           ? descent::Schedule(rate)
                           : descent::Schedule(descent::CosineDecay{.initial = rate, .steps = steps});
  descent::fit(
      model, task.data, rule,
      {.epochs = steps,
       .batch_size = item.batch_size,
       .seed = 100,
       .on_step =
           [&](const descent::StepReport& report) { return report.step >= steps || !(report.loss < bound); },
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
Best sweep(const Case& task, const Rule& rule, Pace pace) {
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
  return {{"constant, the curve alone", {}},
          {"constant", {}},
          {"  without a warning", {}},
          {"peak of a cosine", {}}};
}

/// Suggestions whose best rate is between `low` and `high`.
struct Range {
  int all = 0, contain = 0;
};

template <class Rule>
void measure(const Case& item, const Rule& rule, const std::string& name, Scores& scores, Range& range) {
  const Task& task = item.task;
  const std::array best{sweep(item, rule, Pace::constant), sweep(item, rule, Pace::cosine)};
  for (int seed = 0; seed < seeds; ++seed) {
    Tree tree = task.start;
    auto model = model_of(task, tree);
    const auto report = descent::find_learning_rate(
        model, task.data, rule, {.batch_size = item.batch_size, .seed = static_cast<std::uint64_t>(seed)});
    auto count = [&](std::size_t place, double rate, Pace pace, bool counts = true) {
      Score& score = scores[place].second;
      score.all += counts ? 1 : 0;
      if (counts && std::isfinite(rate))
        score.add(rate, best[static_cast<std::size_t>(pace)], train(item, rule, rate, pace));
    };
    count(0, report.reading, Pace::constant);
    count(1, report.suggestion, Pace::constant);
    count(2, report.suggestion, Pace::constant, report.found() && report.warning.empty());
    count(3, report.peak, Pace::cosine);
    range.all += report.found() ? 1 : 0;
    range.contain += best[0].rate >= 0.999 * report.low && best[0].rate <= 1.001 * report.high ? 1 : 0;
    if (seed == 0)
      std::puts(formatted("%-37s %-9s best %.2g and %.2g, curve %.2g, suggested %.2g and %.2g%s",
                          {task.name, name, best[0].rate, best[1].rate, report.reading, report.suggestion,
                           report.peak, report.warning.empty() ? "" : " (uncertain)"})
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
  const std::vector<std::string> kinds{"design tasks", "held out"};
  std::vector<Scores> scores(2, no_scores());
  std::array<Range, 2> ranges;
  for (const Case& item : cases(DESCENT_EXAMPLES_DATA "/digits.csv")) {
    const bool chosen = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return item.task.name.rfind(name, 0) == 0;
    });
    if (!names.empty() && !chosen) continue;
    const std::size_t kind = item.held_out ? 1 : 0;
    auto with = [&](const auto& rule, const char* name) {
      measure(item, rule, name, scores[kind], ranges[kind]);
    };
    with(descent::Sgd{}, "Sgd");
    with(descent::Sgd{.momentum = 0.9}, "momentum");
    with(descent::AdamW{}, "AdamW");
    with(descent::Lion{}, "Lion");
    with(descent::RmsProp{}, "RmsProp");
  }
  Scores all = no_scores();
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    print(kinds[k], scores[k]);
    std::puts(formatted("the best constant rate is in the range of %d of %d suggestions",
                        {ranges[k].contain, ranges[k].all})
                  .c_str());
    add(all, scores[k]);
  }
  print("all", all);
}

}  // namespace

int main(int argc, char** argv) {
  Eigen::setNbThreads(1);  // the products are too small to split
  try {
    std::vector<std::string> names(argv + 1, argv + argc);
    if (!names.empty() && std::isdigit(static_cast<unsigned char>(names[0][0])) != 0) {
      steps = std::stoll(names[0]);
      names.erase(names.begin());
    }
    run(names);
  } catch (const std::exception& error) {
    std::fputs(formatted("sweep: %s\n", {error.what()}).c_str(), stderr);
    return 1;
  }
  return 0;
}
