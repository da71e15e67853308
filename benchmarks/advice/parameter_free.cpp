// SPDX-License-Identifier: MIT
// On which tasks do the rules fail that find their own learning rate, or need no schedule? Trains the models of
// the sweep with each rule at its default options: at a constant learning rate, with a cosine to 0, and after
// a warm-up. Compares them with AdamW at the best learning rate of a sweep, with a cosine.
//
//   parameter_free      takes about a minute
#include "tasks.hpp"

#include "../../examples/support/table.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/dadapt_adam.hpp>
#include <descent/optimizers/dadapt_sgd.hpp>
#include <descent/optimizers/dog.hpp>
#include <descent/optimizers/dowg.hpp>
#include <descent/optimizers/momo.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/optimizers/schedule_free_adamw.hpp>
#include <descent/optimizers/schedule_free_sgd.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/training/problem/mini_batches.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace advice;
using namespace descent;

constexpr std::int64_t epochs = 20, batch_size = 32, steps = epochs * samples / batch_size;
constexpr std::uint64_t seeds = 3;

double whole_loss(const Task& task, const Tree& tree) {
  Tree gradient = tree;
  return task.loss(tree, task.data.inputs(), task.data.targets(), gradient);
}

/// The loss at the evaluation point after a training; infinite if it diverged.
template <class R>
double train(const Task& task, const R& rule, std::uint64_t seed) {
  Tree tree = task.start, gradient = tree;
  const double bound = 1e4 * (std::abs(whole_loss(task, tree)) + 1);
  Optimizer optimizer(tree, rule);
  MiniBatches batches(task.data.size(), {.batch_size = batch_size, .seed = seed});
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    batches.start_epoch(epoch);
    for (const auto chosen : batches) {
      const auto batch = task.data.batch(chosen);
      const double loss = task.loss(tree, batch.inputs, batch.targets, gradient);
      if (!(loss < bound)) return std::numeric_limits<double>::infinity();
      optimizer.step(tree, gradient, loss);
    }
  }
  const double loss = whole_loss(task, optimizer.evaluation_point(tree));
  return loss < bound ? loss : std::numeric_limits<double>::infinity();
}

Schedule cosine(double rate) { return CosineDecay{.initial = rate, .steps = steps}; }

/// The lowest loss of AdamW with a cosine.
double tuned(const Task& task) {
  double best = std::numeric_limits<double>::infinity();
  for (int half = -8; half <= 1; ++half)
    best = std::min(best, train(task, AdamW{.learning_rate = cosine(std::pow(10, half / 2.0))}, 0));
  return best;
}

class Table {
 public:
  Table() {
    for (const Task& task : tasks_) best_.push_back(tuned(task));
  }

  /// A row for a rule with each of three schedules that end or stay at a learning rate.
  template <class R>
  void add(const std::string& name, R rule, double rate) {
    rule.learning_rate = rate;
    add_row(name + ", constant", rule);
    rule.learning_rate = warmup(60) >> Schedule(rate);
    add_row(name + ", warmed up", rule);
    rule.learning_rate = cosine(rate);
    add_row(name + ", cosine", rule);
  }
  void print() const { support::print_table(rows_); }

 private:
  template <class R>
  void add_row(const std::string& name, const R& rule) {
    int good = 0, bad = 0, diverged = 0;
    std::string where;
    for (std::size_t k = 0; k < tasks_.size(); ++k) {
      int failed = 0;
      for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const double loss = train(tasks_[k], rule, seed);
        good += loss <= 1.5 * best_[k] ? 1 : 0;
        failed += loss > 10 * best_[k] ? 1 : 0;
        diverged += std::isinf(loss) ? 1 : 0;
      }
      bad += failed;
      if (failed == seeds) where += (where.empty() ? "" : "; ") + tasks_[k].name;
    }
    rows_.push_back({name, std::to_string(good), std::to_string(bad), std::to_string(diverged), where});
  }

  std::vector<Task> tasks_ = advice::tasks(DESCENT_EXAMPLES_DATA "/digits.csv");
  std::vector<double> best_;
  std::vector<std::vector<std::string>> rows_{
      {"of 42 trainings", "within 1.5 x", "beyond 10 x", "diverged", "always beyond 10 x"}};
};

}  // namespace

int main() {
  Eigen::setNbThreads(1);  // the products are too small to split
  Table table;
  table.add("Prodigy", Prodigy{}, 1);
  table.add("MoMo", MoMo{}, 1);
  table.add("DoG", DoG{}, 1);
  table.add("DoWG", DoWG{}, 1);
  table.add("DAdaptSgd", DAdaptSgd{}, 1);
  table.add("DAdaptSgd, growth 1.02", DAdaptSgd{.growth_rate = 1.02}, 1);
  table.add("DAdaptAdam", DAdaptAdam{}, 1);
  table.add("DAdaptAdam, growth 1.02", DAdaptAdam{.growth_rate = 1.02}, 1);
  table.add("ScheduleFreeSgd", ScheduleFreeSgd{}, 1);
  table.add("ScheduleFreeAdamW", ScheduleFreeAdamW{}, 0.01);
  table.print();
}
