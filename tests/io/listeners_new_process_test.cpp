// SPDX-License-Identifier: MIT
// What listens, accumulates or guards goes on in a new process with the same bytes, and so do rules that evaluate the
// objective.
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/io/checkpoint.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/adapt/divergence_guard.hpp>
#include <descent/training/adapt/early_stopping.hpp>
#include <descent/training/adapt/greedy_rate.hpp>
#include <descent/training/adapt/reduce_on_plateau.hpp>
#include <descent/training/adapt/slope_plateau.hpp>
#include <descent/training/problem/gradient_accumulator.hpp>
#include <descent/wrappers/sam.hpp>

#include "io/checkpoint_models.hpp"
#include "io/support.hpp"
#include "support/catch.hpp"
#include "support/new_process.hpp"

#include <cmath>
#include <string>

#if defined(__linux__)
using namespace descent;
using namespace checkpoint_test;

namespace {

constexpr unsigned stops = 20, all_steps = 45;

/// Falls, rises and stays, with noise; now and then so large that a training is lost.
double metric(unsigned step) {
  const double t = step;
  return 3 / (1 + 0.1 * t) + 0.6 * std::sin(1.7 * t) + (step % 15 == 14 ? 1e6 : 0);
}

/// A training with all objects that remember something. Its steps follow from their number alone.
struct Run {
  Net<double> model, second;
  Optimizer<Net<double>, Sgd> optimizer{model, Sgd{.learning_rate = 0.1, .momentum = 0.9}};
  Optimizer<Net<double>, decltype(Sam{} | AdamW{})> sharp{second, Sam{} | AdamW{.learning_rate = 0.1}};
  ReduceOnPlateau plateau{.factor = 0.7, .patience = 1, .cooldown = 2, .average_over = 2};
  EarlyStopping stopping{.patience = 4, .min_change = 0.05};
  SlopePlateau slope{.window = 11, .factor = 0.5};
  GreedyRate greedy{.factor = 0.8, .patience = 1, .cooldown = 1, .warmup = 2, .average_over = 4};
  GradientAccumulator<Net<double>> accumulator{model, {.every = 3}};
  DivergenceGuard<Net<double>, Optimizer<Net<double>, Sgd>> guard{
      model, optimizer, {.memory = 3, .keep_every = 2}};

  explicit Run(unsigned seed) : model(net<double>(seed)), second(net<double>(seed + 1)) {}

  void take_steps(unsigned first, unsigned last) {
    for (unsigned step = first; step < last; ++step) take_step(step);
  }
  Checkpoint checkpoint() {
    Checkpoint all(optimizer, model);
    all.add("second", second).add("sharp", sharp).add("plateau", plateau).add("stopping", stopping);
    all.add("slope", slope).add("greedy", greedy).add("accumulator", accumulator).add("guard", guard);
    return all;
  }

 private:
  void take_step(unsigned step) {
    const double loss = metric(step);
    stopping.observe(loss);
    const double factor = plateau.observe(loss) * slope.observe(loss) * greedy.observe(loss);
    optimizer.set_learning_rate_factor(guard.learning_rate_factor() * factor);
    if (accumulator.add(net<double>(100 + step))) guard.step(optimizer, model, accumulator.gradient(), loss);
    sharp.step(second, [&](const Net<double>& at, Net<double>& gradient) {
      gradient = at;
      return loss;
    });
  }
};

std::string path_of(const std::string& folder, unsigned step, const std::string& end = "") {
  return folder + "/listeners-" + std::to_string(step) + end;
}

}  // namespace

/// What the new process does.
TEST_CASE("what listens goes on from the checkpoints in a folder", "[.listeners_new_process]") {
  const std::string folder = test::folder_of_new_process();
  if (folder.empty()) return;
  for (unsigned stop = 0; stop < stops; ++stop) {
    Run run(99);
    run.checkpoint().load(path_of(folder, stop));
    run.take_steps(stop, all_steps);
    run.checkpoint().save(path_of(folder, stop, "-end"));
  }
}

TEST_CASE("what listens goes on in a new process with the same bytes") {
  const test::FastFolder folder;
  Run run(1);
  for (unsigned step = 0; step < all_steps; ++step) {
    if (step < stops) run.checkpoint().save(path_of(folder.path(), step));
    run.take_steps(step, step + 1);
  }
  run.checkpoint().save(path_of(folder.path(), all_steps));
  CHECK(run.plateau.state.cuts > 0);  // they have something to remember
  CHECK(run.guard.rollbacks() > 0);
  CHECK(run.slope.state.cuts > 0);
  CHECK(test::status_of_new_process("[.listeners_new_process]", folder.path()) == 0);
  const std::string right = test::bytes_in(path_of(folder.path(), all_steps));
  for (unsigned stop = 0; stop < stops; ++stop) {
    INFO("stopped after " << stop << " steps");
    CHECK(test::bytes_in(path_of(folder.path(), stop, "-end")) == right);
  }
}
#endif
