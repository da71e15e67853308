// SPDX-License-Identifier: MIT
// Checkpoints: a run goes on with the same bits.
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/io/checkpoint.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/soap.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/training/adapt/early_stopping.hpp>
#include <descent/training/adapt/reduce_on_plateau.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/partition.hpp>

#include <Eigen/Core>

#include "io/checkpoint_models.hpp"
#include "io/support.hpp"
#include "support/catch.hpp"
#include "support/saved.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace descent;
using namespace checkpoint_test;
using test::error_of;
using test::FastFolder;
using test::Saved;

namespace {

/// Steps, saves, loads into other objects, and goes on. `make` gives a model and its optimizer.
template <class Make>
void check_round_trip(Make make) {
  const FastFolder folder;
  const std::string path = folder / "a.safetensors";
  for (unsigned stop = 0; stop < 4; ++stop) {
    INFO("after " << stop << " steps");
    auto [model, optimizer] = make(1);
    take_steps(optimizer, model, 0, stop);
    save_checkpoint(path, optimizer, model);
    auto [other, resumed] = make(2);
    take_steps(resumed, other, 50, 52);
    load_checkpoint(path, resumed, other);
    CHECK(resumed.steps() == optimizer.steps());
    CHECK(different(model, other) == "");
    CHECK(Saved(saved_state(resumed)).different(Saved(saved_state(optimizer))) == "");
    take_steps(optimizer, model, stop, stop + 3);
    take_steps(resumed, other, stop, stop + 3);
    CHECK(different(model, other) == "");
  }
}
template <class R, class Storage = StateLikeParameters>
auto with_rule(const R& rule, Storage storage = {}) {
  return [=](unsigned seed) {
    Net<float> model = net<float>(seed);
    return std::pair(model, Optimizer<Net<float>, R, Storage>(model, rule, storage));
  };
}

}  // namespace

TEST_CASE("checkpoints: rules of many kinds go on with the same bits") {
  check_round_trip(with_rule(Sgd{.learning_rate = 0.1}));
  check_round_trip(with_rule(ClipByGlobalNorm{1.0} |
                             AdamW{.learning_rate = warmup(2) >> CosineDecay{.initial = 0.1, .steps = 9}} |
                             Ema{.decay = 0.9}));
  check_round_trip(with_rule(
      partition(by_path("first"), Sgd{.learning_rate = 0.1, .momentum = 0.9}, Adam{.learning_rate = 0.1})));
  check_round_trip(with_rule(Soap{.learning_rate = 0.1, .refresh_every = 2, .max_side = 8}));
  check_round_trip(with_rule(AdamW{.learning_rate = 0.1}, StateInBfloat16{.seed = 3}));
}

TEST_CASE("checkpoints: half-precision parameters and their masters") {
  check_round_trip([](unsigned seed) {
    auto model = net<Eigen::bfloat16>(seed);
    return std::pair(model, Optimizer(model, AdamW{.learning_rate = 0.01}));
  });
}

TEST_CASE("checkpoints: Lbfgs") {
  const FastFolder folder;
  const auto valley = [](const Eigen::VectorXd& p, Eigen::VectorXd& gradient) {
    const Eigen::Array4d curvature(1, 5, 25, 100);
    gradient = curvature * (p.array() - 1) + (p.array() - 1).cube();
    return (curvature * (p.array() - 1).square() / 2 + (p.array() - 1).square().square() / 4).sum();
  };
  Eigen::VectorXd model = Eigen::VectorXd::Zero(4), other = Eigen::VectorXd::Ones(4) * 3;
  Optimizer optimizer(model, Lbfgs{.history = 3}), resumed(other, Lbfgs{.history = 3});
  for (int k = 0; k < 4; ++k) optimizer.step(model, valley);
  resumed.step(other, valley);
  save_checkpoint(folder / "a", optimizer, model);
  load_checkpoint(folder / "a", resumed, other);
  for (int k = 0; k < 4; ++k) {
    CHECK(model == other);
    optimizer.step(model, valley);
    resumed.step(other, valley);
  }
  CHECK(model == other);
}

TEST_CASE("checkpoints: a tuple of references") {
  const FastFolder folder;
  Eigen::MatrixXd w = Eigen::MatrixXd::Constant(3, 2, 0.5);
  Eigen::VectorXd b = Eigen::VectorXd::Constant(3, -1);
  Optimizer optimizer(std::tie(w, b), Adam{.learning_rate = 0.1});
  optimizer.step(std::tie(w, b), std::tuple(w, b));
  save_checkpoint(folder / "a", optimizer, std::tie(w, b));
  const Eigen::MatrixXd kept = w;
  optimizer.step(std::tie(w, b), std::tuple(w, b));
  load_checkpoint(folder / "a", optimizer, std::tie(w, b));
  CHECK(w == kept);
  CHECK(optimizer.steps() == 1);
  Checkpoint(optimizer, std::tie(w, b)).save(folder / "b");
  CHECK(test::bytes_in(folder / "a") == test::bytes_in(folder / "b"));
}

TEST_CASE("checkpoints: further optimizers, listeners, numbers, lists and matrices") {
  struct Everything {
    Net<float> actor, critic;
    Optimizer<Net<float>, AdamW> optimizer{actor, AdamW{.learning_rate = 0.1}};
    Optimizer<Net<float>, Sgd> second{critic, Sgd{.learning_rate = 0.1, .momentum = 0.9}};
    EarlyStopping stopping{.patience = 3};
    ReduceOnPlateau plateau{};
    std::int64_t epoch = 0;
    double best = 0;
    bool done = false;
    std::vector<double> losses = {};
    Eigen::Matrix3d matrix = Eigen::Matrix3d::Zero();
    std::vector<double> memory = std::vector<double>(12);
    Eigen::Map<Eigen::MatrixXd> view{memory.data(), 3, 4};

    explicit Everything(unsigned seed) : actor(net<float>(seed)), critic(net<float>(seed + 1)) {}
    Checkpoint checkpoint() {
      Checkpoint all(optimizer, actor);
      for_each_block([&](auto& block, const std::string& path) { all.add("critic." + path, block); }, critic);
      all.add("critic", second).add("stopping", stopping).add("plateau", plateau).add("epoch", epoch);
      all.add("best", best).add("done", done).add("losses", losses).add("matrix", matrix).add("view", view);
      return all;
    }
  };
  const FastFolder folder;
  Everything saved(1), loaded(7);
  take_steps(saved.optimizer, saved.actor, 0, 2);
  take_steps(saved.second, saved.critic, 0, 3);
  for (const double metric : {3.0, 2.0, 5.0}) {
    saved.stopping.observe(metric);
    saved.plateau.observe(metric);
  }
  saved.epoch = 12;
  saved.best = 0.1;
  saved.done = true;
  saved.losses = {1, 0.5, 0.25};
  saved.matrix = Eigen::Matrix3d::Identity();
  saved.view.setConstant(7);
  saved.checkpoint().save(folder / "a");

  SECTION("are loaded") {
    loaded.checkpoint().load(folder / "a");
    CHECK(loaded.second.steps() == 3);
    CHECK(different(loaded.critic, saved.critic) == "");
    CHECK(loaded.stopping.state.best_observation == 2);
    CHECK(loaded.epoch == 12);
    CHECK(loaded.best == 0.1);
    CHECK(loaded.done);
    CHECK(loaded.losses == saved.losses);
    CHECK(loaded.view(2, 3) == 7);
    loaded.checkpoint().save(folder / "b");
    CHECK(test::bytes_in(folder / "a") == test::bytes_in(folder / "b"));
  }
  SECTION("stay as they were if anything is refused") {
    loaded.checkpoint().save(folder / "before");
    std::int64_t missing = 1;
    CHECK_THAT(error_of([&] { loaded.checkpoint().add("missing", missing).load(folder / "a"); }),
               Catch::Matchers::ContainsSubstring("'missing' is missing"));
    loaded.checkpoint().save(folder / "after");
    CHECK(test::bytes_in(folder / "before") == test::bytes_in(folder / "after"));
  }
}

namespace {
std::string small_checkpoint(const std::string& path) {
  Eigen::VectorXf model = Eigen::VectorXf::LinSpaced(2, 1, 2);
  Optimizer optimizer(model, Sgd{.learning_rate = 0.5, .momentum = 0.5});
  optimizer.step(model, model);
  save_checkpoint(path, optimizer, model);
  return test::bytes_in(path);
}
/// Whether a file is refused, or gives what the right one gives; in any case nothing else.
bool is_safe(const std::string& path, const std::string& bytes) {
  test::put_bytes(path, bytes);
  Eigen::VectorXf model = Eigen::VectorXf::LinSpaced(2, 3, 4), before = model;
  Optimizer optimizer(model, Sgd{.learning_rate = 0.5, .momentum = 0.5});
  if (error_of([&] { load_checkpoint(path, optimizer, model); }).empty())
    return model(0) == 0.5f && model(1) == 1 && optimizer.steps() == 1;
  return model == before && optimizer.steps() == 0;
}
}  // namespace

TEST_CASE("checkpoints: a file that is cut or has one wrong bit is refused") {
  const FastFolder folder;
  std::string bytes = small_checkpoint(folder / "a");
  std::size_t unsafe = is_safe(folder / "b", bytes) ? 0 : 1;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    if (!is_safe(folder / "b", bytes.substr(0, size))) ++unsafe;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto flip = [&] { bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8)); };
    flip();
    if (!is_safe(folder / "b", bytes)) ++unsafe;
    flip();
  }
  CHECK(unsafe == 0);
}

TEST_CASE("checkpoints: a save that fails leaves the old file") {
  const FastFolder folder;
  std::filesystem::create_directory(folder / "runs");
  const std::string path = folder / "runs/a.safetensors";
  const std::string bytes = small_checkpoint(path);
  Eigen::VectorXf model = Eigen::VectorXf::Ones(2);
  Optimizer optimizer(model, Sgd{.learning_rate = 0.5});
  const std::string missing = folder / "missing/a";
  CHECK(error_of([&] {
          save_checkpoint(missing, optimizer, model);
        }).starts_with("descent: " + missing + ": "));
  std::filesystem::rename(folder / "runs", folder / "moved");
  CHECK(error_of([&] { save_checkpoint(path, optimizer, model); }) != "");
  CHECK(test::bytes_in(folder / "moved/a.safetensors") == bytes);
  CHECK(folder.file_count() == 1);
}

namespace {
struct Pair {
  Eigen::VectorXd first = Eigen::VectorXd::Zero(2), second = Eigen::VectorXd::Ones(2);
  DESCENT_PARAMETERS(first, second)
};
struct Swapped {
  Eigen::VectorXd second = Eigen::VectorXd::Zero(2), first = Eigen::VectorXd::Zero(2);
  DESCENT_PARAMETERS(second, first)
};
static_assert(!std::is_copy_constructible_v<Checkpoint>);
}  // namespace

TEST_CASE("a tree that is added is saved by the paths of its blocks") {
  const FastFolder folder;
  Eigen::VectorXd model = Eigen::VectorXd::Zero(3);
  Optimizer optimizer(model, Sgd{});
  Pair best;
  std::vector<Pair> layers(2);
  layers[1].first.setConstant(7);
  Checkpoint(optimizer, model).add("best", best).add("layers", layers).save(folder / "a");
  Swapped loaded;
  std::vector<Pair> again(2);
  Checkpoint(optimizer, model).add("best", loaded).add("layers", again).load(folder / "a");
  CHECK(loaded.first == best.first);
  CHECK(loaded.second == best.second);
  CHECK(again[1].first == layers[1].first);
}

TEST_CASE("the whole name of a tensor can be renamed; load_parameters takes the parameters of a checkpoint") {
  const FastFolder folder;
  Pair model;
  Optimizer optimizer(model, Adam{});
  optimizer.step(model, Pair());
  save_checkpoint(folder / "a", optimizer, model);
  Pair loaded;
  load_parameters(folder / "a", loaded);
  CHECK(loaded.second == model.second);
  const CheckpointOptions swap{
      .renamed = {{"optimizer/state/first", "second"}, {"optimizer/state/second", "first"}}};
  CHECK_THROWS_AS(load_checkpoint(folder / "a", optimizer, loaded, swap), FileError);
  const CheckpointOptions swap_whole{.renamed = {{"optimizer/state/first", "optimizer/state/second"},
                                                 {"optimizer/state/second", "optimizer/state/first"}}};
  load_checkpoint(folder / "a", optimizer, loaded, swap_whole);
  optimizer.for_each_state([&](const std::string& path, const std::string& name, const auto& values) {
    if (name == "exp_avg") CHECK((values(0, 0) != 0) == (path == "first"));  // the gradient of `first` was 0
  });
}

TEST_CASE("checkpoints: the names of tensors in the file are those of the parts and their blocks") {
  const FastFolder folder;
  auto model = net<float>(1), critic = net<float>(2);
  Optimizer optimizer(model, Sgd{.learning_rate = 0.1, .momentum = 0.9});
  ReduceOnPlateau plateau;
  Checkpoint checkpoint(optimizer, model);
  checkpoint.add("critic", critic).add("plateau", plateau);
  checkpoint.save(folder / "a");
  const auto file = detail::TensorFile::read(folder / "a");
  for (const char* name : {"first.weights", "second.bias", "critic/first.weights", "critic/second.bias",
                           "optimizer/steps", "optimizer/learning_rate_factor", "plateau/best"})
    CHECK(file.find(name) != nullptr);
}
