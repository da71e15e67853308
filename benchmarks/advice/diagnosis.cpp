// SPDX-License-Identifier: MIT
// How often the diagnosis is right: trains small tasks with five rules at 13 learning rates each, from far
// too low to far too high, and compares the diagnosis at the end with the sweep.
//
//   diagnosis DIGITS.csv [SEED]      the digits are in examples/data; a minute or two
//
// A learning rate is good if the loss at the end is at most 1.5 times that of the best one, or below a
// thousandth of the first loss; bad if it is more than three times the best and a hundredth of the first.
// Those between count only if the verdict points the wrong way.
#include "diagnosis_tasks.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/diagnose/training_diagnosis.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

using advice::Problem;
using descent::Verdict;

struct Run {
  double rate = 0, first = 0, last = 0;
  std::vector<descent::Finding> findings = {};

  bool has(Verdict verdict) const {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const descent::Finding& finding) { return finding.verdict == verdict; });
  }
  bool says_lower() const {
    return std::any_of(findings.begin(), findings.end(), [](const descent::Finding& finding) {
      return finding.verdict == Verdict::rate_too_high || finding.advice.find("lower") != std::string::npos;
    });
  }
};

/// The result of the sweep for a learning rate.
enum class Truth : std::size_t { good, bad_high, bad_low, between_high, between_low };
constexpr std::array<const char*, 5> names{"good", "bad, too high", "bad, too low", "between, high",
                                           "between, low"};

Truth truth_of(const Run& run, const Run& best) {
  const bool higher = run.rate > best.rate;
  if (!(run.last > 1.5 * best.last) || run.last < 1e-3 * run.first) return Truth::good;
  if (run.last > 3 * best.last && run.last > 0.01 * run.first)
    return higher ? Truth::bad_high : Truth::bad_low;
  return higher ? Truth::between_high : Truth::between_low;
}

struct Counts {
  int runs = 0, high = 0, low = 0, others = 0, says_lower = 0;
};
using Table = std::array<Counts, 5>;

void count(const std::vector<Run>& sweep, Table& table) {
  const Run& best = *std::min_element(sweep.begin(), sweep.end(),
                                      [](const Run& a, const Run& b) { return a.last < b.last; });
  for (const Run& run : sweep) {
    Counts& counts = table[static_cast<std::size_t>(truth_of(run, best))];
    const bool high = run.has(Verdict::rate_too_high), low = run.has(Verdict::rate_too_low);
    ++counts.runs;
    counts.high += high ? 1 : 0;
    counts.low += low ? 1 : 0;
    counts.others += !high && !low && !run.findings.empty() ? 1 : 0;
    counts.says_lower += run.says_lower() ? 1 : 0;
  }
}

/// Neighbouring learning rates differ by a factor of the root of 10.
template <class MakeRule>
void sweep(const Problem& problem, std::uint64_t seed, double lowest, MakeRule make, Table& table) {
  std::vector<Run> runs;
  for (int k = 0; k < 13; ++k) {
    Run run{.rate = lowest * std::pow(10, 0.5 * k)};
    descent::TrainingDiagnosis diagnosis;
    run.last = advice::train(problem, make(run.rate), seed, [&](const descent::UpdateReport& report) {
      if (report.step == 0) run.first = report.loss;
      diagnosis.observe(report);
    });
    run.findings = diagnosis.findings();
    runs.push_back(run);
  }
  count(runs, table);
}

Table sweep_all(const std::string& digits, std::uint64_t seed) {
  std::vector<Problem> problems = advice::digit_tasks(digits);
  for (const Problem& problem : advice::made_tasks()) problems.push_back(problem);
  Table table{};
  for (const Problem& problem : problems) {
    std::fprintf(stderr, "%s\n", problem.name.c_str());
    sweep(
        problem, seed, 1e-5, [](double rate) { return descent::Sgd{.learning_rate = rate}; }, table);
    sweep(
        problem, seed, 1e-5, [](double rate) { return descent::Sgd{.learning_rate = rate, .momentum = 0.9}; },
        table);
    sweep(
        problem, seed, 3e-6, [](double rate) { return descent::AdamW{.learning_rate = rate}; }, table);
    sweep(
        problem, seed, 1e-6, [](double rate) { return descent::RmsProp{.learning_rate = rate}; }, table);
    sweep(
        problem, seed, 1e-6, [](double rate) { return descent::Lion{.learning_rate = rate}; }, table);
  }
  return table;
}

double percent(int part, int whole) { return 100.0 * part / std::max(1, whole); }

void print(const Table& table) {
  std::printf("%-15s %6s %9s %9s %9s %12s\n", "the rate is", "runs", "too high", "too low", "others",
              "says 'lower'");
  for (std::size_t k = 0; k < table.size(); ++k)
    std::printf("%-15s %6d %9d %9d %9d %12d\n", names[k], table[k].runs, table[k].high, table[k].low,
                table[k].others, table[k].says_lower);
  const auto& [good, bad_high, bad_low, between_high, between_low] = table;
  const int right = bad_high.high + between_high.high + bad_low.low + between_low.low;
  const int wrong = good.high + bad_low.high + between_low.high + good.low + bad_high.low + between_high.low;
  std::printf("precision %.1f %%; recall of bad high rates %.0f %%, of bad low rates %.0f %%\n",
              percent(right, right + wrong), percent(bad_high.high, bad_high.runs),
              percent(bad_low.low, bad_low.runs));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: diagnosis DIGITS.csv [SEED]\n");
    return 2;
  }
  Eigen::setNbThreads(1);  // the products are too small to split
  try {
    print(sweep_all(argv[1], argc > 2 ? std::stoull(argv[2]) : 1));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "diagnosis: %s\n", error.what());
    return 1;
  }
}
