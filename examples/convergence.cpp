// SPDX-License-Identifier: MIT
// Every rule of the catalogue on eight problems: the fraction of the loss that remains after a fixed number
// of steps, with the best learning rate of a grid. The program names a rule that does not converge, and
// fails.
//
//   convergence [FILE.md]      the output file (default convergence.md)
#include "support/battery.hpp"
#include "support/battery_problems.hpp"

#include <descent/schedules/cosine_decay.hpp>

#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using support::BatteryRule;
using support::Pace;
using support::Problem;
using support::Tree;

/// A rule that leaves more than this fraction of the loss has not converged.
constexpr double most_left = 0.5;

struct Result {
  double left = std::numeric_limits<double>::infinity();  // of the first loss
  double rate = 1;
};

/// The fraction of the loss that remains after a rule's steps; infinite if it diverges.
double run(const BatteryRule& rule, const Problem& problem, double rate) {
  Tree point = problem.start;
  const descent::Schedule falling = descent::CosineDecay{.initial = rate, .steps = problem.steps, .final = 0};
  const auto optimizer = rule.make(point, rule.pace == Pace::falling ? falling : descent::Schedule(rate));
  std::int64_t step = 0;
  const support::Objective objective = [&](const Tree& parameters, Tree& gradient) {
    return problem.objective(parameters, gradient, step);
  };
  for (; step < problem.steps; ++step) {
    optimizer->step(point, objective);
    if (!point[0].allFinite()) return std::numeric_limits<double>::infinity();
  }
  const double left = problem.loss(optimizer->evaluation_point(point)) / problem.loss(problem.start);
  return std::isfinite(left) ? left : std::numeric_limits<double>::infinity();
}

Result best_of_grid(const BatteryRule& rule, const Problem& problem) {
  Result best;
  if (rule.pace == Pace::own) return {run(rule, problem, 1), 1};
  for (int k = -8; k <= 2; ++k) {
    const double rate = std::pow(10.0, k / 2.0), left = run(rule, problem, rate);
    if (left < best.left) best = {left, rate};
  }
  return best;
}

std::string cell(const Result& result) {
  char text[64];
  if (result.left < 1e-16) return "0";
  if (!(result.left <= 1)) return "diverges";
  std::snprintf(text, sizeof text, result.left >= 0.0995 ? "%.2f" : "%.0e", result.left);
  return text;
}

std::string rate_text(double rate) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2g", rate);
  return text;
}

struct Tables {
  std::string losses, rates, failures = {};
};

/// A line for the terminal: a name, then cells in columns; 100 characters for eight problems.
void print_row(const std::string& name, const std::vector<std::string>& cells) {
  std::printf("%-28s", name.c_str());
  for (const std::string& cell : cells) std::printf("%9s", cell.c_str());
  std::printf("\n");
  std::fflush(stdout);
}

/// The problems by number, then the lines above the rules.
void print_head(const std::vector<Problem>& problems) {
  std::vector<std::string> numbers, steps;
  for (const Problem& problem : problems) {
    numbers.push_back(std::string("(").append(std::to_string(numbers.size() + 1)).append(")"));
    steps.push_back(std::to_string(problem.steps));
    std::printf("%s %s\n", numbers.back().c_str(), problem.name.c_str());
  }
  std::printf("\n");
  print_row("rule", numbers);
  print_row("steps", steps);
}

/// The lines above the rules; `first` is the title of the first column.
std::string table_head(const std::vector<Problem>& problems, const std::string& first) {
  std::string names = "| " + first + " |", rule_off = "| --- |";
  for (const Problem& problem : problems) {
    names += " " + problem.name + " |";
    rule_off += " ---: |";
  }
  return names + "\n" + rule_off + "\n";
}

// Appended piece by piece: g++ 12 at -O3 warns of "a" + std::to_string(...) by mistake.
void add_cell(std::string& line, const std::string& text) { line.append(" ").append(text).append(" |"); }

/// Adds the lines of one rule, and prints the remaining losses.
void add_rule(Tables& tables, const BatteryRule& rule, const std::vector<Problem>& problems) {
  std::string losses = "| " + rule.name + (rule.pace == Pace::own ? " *" : "") + " |", rates = losses;
  std::vector<std::string> printed;
  for (const Problem& problem : problems) {
    const bool made_for_it = !problem.in_batches || rule.batches != support::Batches::whole;
    const Result result = made_for_it ? best_of_grid(rule, problem) : Result{.left = 0};
    printed.push_back(made_for_it ? cell(result) : "-");
    add_cell(losses, printed.back());
    add_cell(rates, made_for_it ? rate_text(result.rate) : "-");
    if (!(result.left < most_left))
      tables.failures += rule.name + " does not get down: " + problem.name +
                         ", share of the loss left: " + cell(result) + "\n";
  }
  print_row(rule.name + (rule.pace == Pace::own ? " *" : ""), printed);
  tables.losses += losses + "\n";
  if (rule.pace != Pace::own) tables.rates += rates + "\n";
}

Tables compare(const std::vector<BatteryRule>& rules, const std::vector<Problem>& problems) {
  Tables tables{.losses = table_head(problems, "rule"), .rates = table_head(problems, "rule")};
  tables.losses += "| steps |";
  for (const Problem& problem : problems) add_cell(tables.losses, std::to_string(problem.steps));
  tables.losses += "\n";
  print_head(problems);
  for (const BatteryRule& rule : rules) add_rule(tables, rule, problems);
  return tables;
}

constexpr const char* head = R"(# Convergence

The fraction of the first loss that remains after a fixed number of steps; less is better, 0 is less than 1e-16.

The comparison is fair: each rule uses its best learning rate for each problem, of eleven from 1e-4 to 10 in
equal ratios. It does not show how hard that learning rate is to find. The learning rate falls to 0 along a cosine,
but is constant for rules that average, that choose the lengths of their steps, and for Ftrl. Rules marked * find
their own learning rate and run once. Other options are the defaults, unless those are meant for much longer runs
(examples/convergence/).

The quadratics have 30 dimensions, curvatures from 1 / condition to 1, and are rotated so that no coordinate is special.
Logistic regression and a network of layers with 64, 24 and 10 values read handwritten digits in batches of 64; their
loss is the mean over all training digits. All starts and batches are the same for all rules. The lowest loss is 0, or
near it; - means that a rule is not made for batches. The last digits may differ on a different machine.

Reproduce it with

    cmake --preset demo && cmake --build build/demo && build/demo/examples/convergence docs/convergence.md

)";

bool write_battery(const std::string& path) {
  const auto digits = support::split(support::read_digits(DESCENT_EXAMPLES_DATA "/digits.csv"), 360, 1).first;
  std::vector<BatteryRule> rules;
  for (const auto& part : {support::classic_rules(), support::adaptive_rules(), support::recent_rules(),
                           support::rules_of_blocks(), support::rules_without_rate()})
    rules.insert(rules.end(), part.begin(), part.end());
  const Tables tables = compare(rules, support::battery_problems(digits));

  std::ofstream file(path);
  file << head << tables.losses << "\n## The best learning rates\n\n" << tables.rates;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  std::fputs(tables.failures.c_str(), stderr);
  return tables.failures.empty();
}

}  // namespace

int main(int argc, char** argv) {
  Eigen::setNbThreads(1);
  try {
    return write_battery(argc > 1 ? argv[1] : "convergence.md") ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "convergence: %s\n", error.what());
    return 1;
  }
}
