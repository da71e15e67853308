// SPDX-License-Identifier: MIT
// A new process goes on from a checkpoint with the same bytes as a run that was never stopped.
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/io/checkpoint.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/dog.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/nadam.hpp>
#include <descent/optimizers/novograd.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/optimizers/rprop.hpp>
#include <descent/optimizers/schedule_free_sgd.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/soap.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/transforms/clip/clip_by_percentile.hpp>
#include <descent/transforms/gradient/add_noise.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/lookahead.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include "io/checkpoint_models.hpp"
#include "io/support.hpp"
#include "support/catch.hpp"
#include "support/new_process.hpp"

#include <Eigen/Core>

#include <string>

#if defined(__linux__)
using namespace descent;
using namespace checkpoint_test;

namespace {

constexpr unsigned all_steps = 6;

/// f(rule, number) for rules that remember something in every way.
template <class F>
void for_each_rule(F&& f) {
  unsigned number = 0;
  const Sgd sgd{.learning_rate = 0.1, .momentum = 0.9};
  f(AdamW{.learning_rate = warmup(2) >> CosineDecay{.initial = 0.1, .steps = 9}}, number++);
  f(ClipByPercentile{.percentile = 50, .window = 4} | NAdam{.learning_rate = 0.1}, number++);
  f(Lamb{.learning_rate = 0.1}, number++);
  f(NovoGrad{.learning_rate = 0.1}, number++);
  f(Prodigy{.initial_distance = 0.01}, number++);
  f(DoG{.initial = 0.05}, number++);
  f(Soap{.learning_rate = 0.1, .refresh_every = 2, .max_side = 8}, number++);
  f(partition(matrices, Muon{.learning_rate = 0.02}, sgd), number++);
  f(ScheduleFreeSgd{.learning_rate = 0.1}, number++);
  f(Rprop{.learning_rate = 0.02}, number++);
  f(AddNoise{.variance = 1e-2} | sgd | Lookahead{.every = 2}, number++);
  f(RestAbsentBlocks{} | SkipNonFinite{} | sgd | Ema{.decay = 0.9}, number++);
}

std::string path_of(const std::string& folder, unsigned rule, const std::string& end) {
  return folder + "/" + std::to_string(rule) + "-" + end;
}

}  // namespace

/// What the new process does.
TEST_CASE("go on from the checkpoints in a folder", "[.new_process]") {
  const std::string folder = test::folder_of_new_process();
  if (folder.empty()) return;
  for_each_rule([&](const auto& rule, unsigned number) {
    for (unsigned stop = 0; stop < 5; ++stop) {
      auto model = net<double>(99);
      Optimizer optimizer(model, rule);
      const std::string step = std::to_string(stop);
      load_checkpoint(path_of(folder, number, step), optimizer, model);
      take_steps(optimizer, model, stop, all_steps);
      save_checkpoint(path_of(folder, number, step + "-end"), optimizer, model);
    }
  });
}

TEST_CASE("a new process goes on with the same bytes") {
  const test::FastFolder folder;
  for_each_rule([&](const auto& rule, unsigned number) {
    auto model = net<double>(1);
    Optimizer optimizer(model, rule);
    for (unsigned step = 0; step <= all_steps; ++step) {
      save_checkpoint(path_of(folder.path(), number, std::to_string(step)), optimizer, model);
      take_steps(optimizer, model, step, step + 1);
    }
  });
  CHECK(test::status_of_new_process("[.new_process]", folder.path()) == 0);
  for_each_rule([&](const auto&, unsigned number) {
    const std::string right = test::bytes_in(path_of(folder.path(), number, std::to_string(all_steps)));
    for (unsigned stop = 0; stop < 5; ++stop) {
      INFO("rule " << number << ", stopped after " << stop << " steps");
      CHECK(test::bytes_in(path_of(folder.path(), number, std::to_string(stop) + "-end")) == right);
    }
  });
}
#endif
