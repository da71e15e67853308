// SPDX-License-Identifier: MIT
// Checkpoints that do not fit are refused, with a message, and nothing has changed.
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/io/checkpoint.hpp>
#include <descent/io/parameters.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/adapt/divergence_guard.hpp>
#include <descent/training/adapt/early_stopping.hpp>
#include <descent/training/adapt/greedy_rate.hpp>
#include <descent/training/adapt/reduce_on_plateau.hpp>
#include <descent/training/adapt/slope_plateau.hpp>
#include <descent/training/problem/gradient_accumulator.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/partition.hpp>

#include <Eigen/Core>

#include "io/checkpoint_models.hpp"
#include "io/support.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace descent;
using namespace checkpoint_test;
using Catch::Matchers::ContainsSubstring;
using test::error_of;
using test::TemporaryFolder;

namespace {

/// The error without the path.
std::string message(const std::string& error, const std::string& path) {
  const std::string begin = "descent: " + path + ": ";
  return error.starts_with(begin) ? error.substr(begin.size()) : error;
}

/// The message with which a checkpoint is refused; after a refusal all bits must be as before.
template <class O, class Tree>
std::string refusal(const std::string& path, O& optimizer, Tree&& model,
                    const CheckpointOptions& options = {}) {
  Checkpoint checkpoint(optimizer, model);
  checkpoint.save(path + ".before");
  const std::string error = error_of([&] { checkpoint.load(path, options); });
  if (!error.empty()) {
    checkpoint.save(path + ".after");
    CHECK(test::bytes_in(path + ".before") == test::bytes_in(path + ".after"));
  }
  return message(error, path);
}

/// The message for a run that was saved with one rule and is loaded with another.
template <class A, class B, class Storage = StateLikeParameters>
std::string refusal_of_rule(const A& before, const B& now, bool other_options = false, Storage a = {},
                            Storage b = {}) {
  const TemporaryFolder folder;
  auto model = net<float>(1), other = net<float>(2);
  Optimizer<Net<float>, A, Storage> optimizer(model, before, a);
  Optimizer<Net<float>, B, Storage> resumed(other, now, b);
  take_steps(optimizer, model, 0, 2);
  take_steps(resumed, other, 0, 1);
  save_checkpoint(folder / "a", optimizer, model);
  return refusal(folder / "a", resumed, other, {.renamed = {}, .other_options = other_options});
}

const Sgd momentum{.learning_rate = 0.1, .momentum = 0.9};

}  // namespace

TEST_CASE("checkpoints: another kind of file") {
  const TemporaryFolder folder;
  Eigen::VectorXd model = Eigen::VectorXd::Ones(2);
  Optimizer optimizer(model, momentum);
  save_parameters(folder / "a", model);
  CHECK(refusal(folder / "a", optimizer, model) ==
        "is not a checkpoint; load_parameters or load_pytorch_state may load it");
  test::put_bytes(folder / "a", "something else entirely");
  CHECK(refusal(folder / "a", optimizer, model) != "");
  CHECK(refusal(folder / "missing", optimizer, model) != "");
  detail::write_tensors(folder / "a", detail::tensors_of_tree(model), {{"descent.format", "2"}});
  CHECK(refusal(folder / "a", optimizer, model) ==
        "has the format 2 of checkpoints; this version of descent reads format 1");
  detail::write_tensors(folder / "a", detail::tensors_of_tree(model), {{"descent.format", "1"}});
  CHECK(refusal(folder / "a", optimizer, model) == "has no optimizer 'optimizer'");
}

TEST_CASE("checkpoints: another kind of rule") {
  CHECK(refusal_of_rule(AdamW{}, Adam{}) == "was saved with the rule AdamW; 'optimizer' has Adam");
  CHECK(refusal_of_rule(AdamW{}, Adam{}, true) == "was saved with the rule AdamW; 'optimizer' has Adam");
  CHECK(refusal_of_rule(ClipByGlobalNorm{1.0} | momentum, momentum) ==
        "was saved with the rule ClipByGlobalNorm | Sgd; 'optimizer' has Sgd");
  CHECK(refusal_of_rule(momentum, partition(matrices, momentum, momentum)) ==
        "was saved with the rule Sgd; 'optimizer' has partition of 2 | Sgd | Sgd");
}

TEST_CASE("checkpoints: other options") {
  auto other = momentum;
  other.momentum = 0.8;
  CHECK(refusal_of_rule(momentum, momentum) == "");
  CHECK(refusal_of_rule(momentum, other) ==
        "was saved with Sgd{0.1, 0.9, 0, false, 0, false, false} as 'optimizer'; its option momentum was 0.9 "
        "and is "
        "0.8; "
        "{.other_options = "
        "true} goes on with those of now");
  CHECK(refusal_of_rule(momentum, other, true) == "");
  CHECK_THAT(refusal_of_rule(ClipByGlobalNorm{1.0} | momentum, ClipByGlobalNorm{2.0} | momentum),
             ContainsSubstring(
                 "ClipByGlobalNorm{1, 1e-06, false} as 'optimizer'; its option max_norm was 1 and is 2;"));
  CHECK_THAT(refusal_of_rule(Sgd{.learning_rate = CosineDecay{.initial = 0.1, .steps = 10}},
                             Sgd{.learning_rate = CosineDecay{.initial = 0.1, .steps = 20}}),
             ContainsSubstring("its option learning_rate was "));
  CHECK_THAT(refusal_of_rule(partition(by_path("first"), momentum, momentum),
                             partition(by_path("second"), momentum, momentum)),
             ContainsSubstring("its option selector was ByPath{\"first\"} and is ByPath{\"second\"}"));
  CHECK_THAT(refusal_of_rule(AdamW{}, AdamW{}, false, StateInBfloat16{.seed = 1}, StateInBfloat16{.seed = 2}),
             ContainsSubstring("StateInBfloat16{1} as 'optimizer'; its option seed was 1 and is 2"));
}

namespace {

/// A model with its optimizer, and something that listens.
template <class Listener>
struct Listened {
  Listener listener;
  Net<float> model = net<float>(1);
  Optimizer<Net<float>, Sgd> optimizer{model, momentum};

  Checkpoint checkpoint() {
    Checkpoint all(optimizer, model);
    all.add("listener", listener);
    return all;
  }
};

/// The message for a listener that was saved with other options than it is loaded with; it stays as it was then.
template <class A, class B>
std::string refusal_of_listener(const A& before, const B& now, bool other_options = false) {
  const TemporaryFolder folder;
  Listened<A> saved{before};
  Listened<B> loaded{now};
  saved.checkpoint().save(folder / "a");
  loaded.checkpoint().save(folder / "before");
  const std::string error = error_of(
      [&] { loaded.checkpoint().load(folder / "a", {.renamed = {}, .other_options = other_options}); });
  loaded.checkpoint().save(folder / "after");
  if (!error.empty()) CHECK(test::bytes_in(folder / "before") == test::bytes_in(folder / "after"));
  return message(error, folder / "a");
}

/// A listener of a user that says nothing of its options.
struct Counter {
  std::int64_t every = 1, count = 0;
  template <class F>
  void for_each_state_value(F&& f) {
    f("count", count);
  }
};

}  // namespace

TEST_CASE("checkpoints: other options of what listens") {
  ReduceOnPlateau plateau{.factor = 0.5, .patience = 2};
  plateau.observe(3);
  ReduceOnPlateau other{.factor = 0.5, .patience = 3};
  CHECK(refusal_of_listener(plateau, ReduceOnPlateau{.factor = 0.5, .patience = 2}) == "");
  CHECK(refusal_of_listener(plateau, other) ==
        "was saved with ReduceOnPlateau{0.5, 2, 0.0001, 0, 0, 0, 1, 1e-08, false, 0, 0, false} as "
        "'listener'; its "
        "option patience was 2 and is 3; {.other_options = true} goes on with those of now");
  CHECK(refusal_of_listener(plateau, other, true) == "");
  CHECK(refusal_of_listener(plateau, GreedyRate{}) ==
        "was saved with ReduceOnPlateau as 'listener'; 'listener' is GreedyRate");
  CHECK(refusal_of_listener(plateau, GreedyRate{}, true) ==
        "was saved with ReduceOnPlateau as 'listener'; 'listener' is GreedyRate");
  CHECK_THAT(refusal_of_listener(EarlyStopping{.patience = 1}, EarlyStopping{.patience = 2}),
             ContainsSubstring("its option patience was 1 and is 2"));
  CHECK_THAT(refusal_of_listener(SlopePlateau{.window = 10}, SlopePlateau{.window = 11}),
             ContainsSubstring("its option window was 10 and is 11"));
  const auto model = net<float>(1);
  using Accumulator = GradientAccumulator<Net<float>>;
  CHECK_THAT(refusal_of_listener(Accumulator(model, {.every = 2}), Accumulator(model, {.every = 3})),
             ContainsSubstring("its option every was 2 and is 3"));
  const Optimizer optimizer(model, momentum);
  using Guard = DivergenceGuard<Net<float>, Optimizer<Net<float>, Sgd>>;
  CHECK_THAT(
      refusal_of_listener(Guard(model, optimizer, {.cut = 0.5}), Guard(model, optimizer, {.cut = 0.25})),
      ContainsSubstring("its option cut was 0.5 and is 0.25"));
  CHECK(refusal_of_listener(Counter{.every = 1}, Counter{.every = 2}) == "");
}

TEST_CASE("an option without a name is told by its place") {
  detail::RuleText text{.name = "Rule", .options = {"1", "2"}};
  CHECK(text.name_of_option(0) == "1");
  CHECK(text.name_of_option(1) == "2");
  text.option_names = {"", "momentum"};
  CHECK(text.name_of_option(0) == "1");
  CHECK(text.name_of_option(1) == "momentum");
}

TEST_CASE("checkpoints: files without the options of what listens are loaded") {
  const TemporaryFolder folder;
  Listened<ReduceOnPlateau> saved{{.patience = 2}};
  saved.listener.observe(3);
  saved.checkpoint().save(folder / "a");
  const auto file = detail::TensorFile::read(folder / "a");
  detail::Metadata metadata = file.metadata();
  CHECK(std::erase_if(metadata,
                      [](const auto& entry) { return entry.first == "descent.options.listener"; }) == 1);
  std::vector<SavedTensor> tensors = detail::tensors_of_tree(saved.model);
  for (SavedTensor& tensor : saved_state(saved.optimizer)) {
    tensor.name.insert(0, "optimizer/");
    tensors.push_back(tensor);
  }
  for (SavedTensor& tensor : saved_state(saved.listener)) {
    tensor.name.insert(0, "listener/");
    tensors.push_back(tensor);
  }
  detail::write_tensors(folder / "b", tensors, metadata);
  Listened<ReduceOnPlateau> loaded{{.patience = 5}};
  loaded.checkpoint().load(folder / "b");
  CHECK(loaded.listener.state.best == 3);
}

namespace earlier {
struct Scale {
  double factor = -0.5;

  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(Step) const { return {factor}; }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }
  void check(const Check&) const {}
};
}  // namespace earlier
namespace now {
struct Scale {
  double factor = -0.5;
  bool maximize = false;

  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(Step) const { return {maximize ? -factor : factor}; }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }
  void check(const Check&) const {}
};
}  // namespace now

TEST_CASE("checkpoints: a rule that has got more options since then") {
  CHECK(refusal_of_rule(earlier::Scale{}, now::Scale{}) ==
        "was saved with Scale{-0.5}, which is now Scale{-0.5, false}; {.other_options = true} goes on with "
        "those of now");
  CHECK(refusal_of_rule(earlier::Scale{}, now::Scale{}, true) == "");
}

TEST_CASE("checkpoints: callables count as equal, and a number is another option") {
  const Sgd one{.learning_rate = [](std::int64_t) { return 0.1; }},
      two{.learning_rate = [](std::int64_t) { return 0.2; }};
  CHECK(refusal_of_rule(one, two) == "");
  CHECK_THAT(refusal_of_rule(one, Sgd{.learning_rate = 0.1}), ContainsSubstring(" and is 0.1"));
  CHECK_THAT(refusal_of_rule(Sgd{.learning_rate = 0.1}, one),
             ContainsSubstring("option learning_rate was 0.1 and is <"));
  CHECK(refusal_of_rule(one, Sgd{.learning_rate = 0.1}, true) == "");
}

TEST_CASE("checkpoints: with other options the run goes on with those of now") {
  const TemporaryFolder folder;
  auto model = net<float>(1), other = model;
  Optimizer optimizer(model, momentum);
  take_steps(optimizer, model, 0, 2);
  save_checkpoint(folder / "a", optimizer, model);
  auto faster = momentum;
  faster.learning_rate = 0.5;
  Optimizer resumed(other, faster);
  load_checkpoint(folder / "a", resumed, other, {.renamed = {}, .other_options = true});
  CHECK(resumed.learning_rate() == 0.5);
  CHECK(resumed.steps() == 2);
  CHECK(different(model, other) == "");
}

TEST_CASE("checkpoints: missing and unexpected parts") {
  const TemporaryFolder folder;
  auto model = net<float>(1), second = net<float>(2);
  Optimizer optimizer(model, momentum);
  Optimizer critic(second, AdamW{});
  std::int64_t epoch = 3;
  Checkpoint small(optimizer, model), large(optimizer, model);
  large.add("critic", critic).add("epoch", epoch);
  small.save(folder / "small");
  large.save(folder / "large");
  const auto error = [&](Checkpoint& checkpoint, const std::string& name) {
    large.save(folder / "before");
    const std::string found = error_of([&] { checkpoint.load(folder / name); });
    large.save(folder / "after");
    CHECK(test::bytes_in(folder / "before") == test::bytes_in(folder / "after"));
    return message(found, folder / name);
  };
  CHECK(error(large, "small") == "has no optimizer 'critic'");
  CHECK_THAT(error(small, "large"), ContainsSubstring("there is no place for 'critic/"));
  Checkpoint middle(optimizer, model);
  middle.add("epoch", epoch);
  CHECK_THAT(error(middle, "small"), ContainsSubstring("'epoch' is missing; the nearest name is '"));
  middle.save(folder / "middle");
  CHECK(error(small, "middle") == "there is no place for 'epoch'");
  std::vector<std::int64_t> epochs{1, 2};
  Checkpoint list(optimizer, model);
  list.add("epoch", epochs);
  CHECK(error(list, "middle") == "'epoch' is one number of int64, must be a vector of 2 of int64");
  CHECK(epochs.size() == 2);
  double number = 0;
  Checkpoint other(optimizer, model);
  other.add("epoch", number);
  CHECK(error(other, "middle") == "'epoch' is one number of int64, must be one number of float64");
}

TEST_CASE("checkpoints: names that cannot be added") {
  auto model = net<float>(1);
  Optimizer optimizer(model, momentum);
  std::int64_t number = 0;
  Checkpoint checkpoint(optimizer, model);
  checkpoint.add("epoch", number);
  const auto add = [&](const std::string& name) {
    return test::refusal_of([&] { checkpoint.add(name, number); });
  };
  const std::string end = "; it must not be empty, hold a '/', or be that of another part or a block";
  CHECK(add("") == "descent: Checkpoint: the name '' is not possible" + end);
  CHECK(add("a/b") == "descent: Checkpoint: the name 'a/b' is not possible" + end);
  CHECK(add("epoch") == "descent: Checkpoint: the name 'epoch' is in use" + end);
  CHECK(add("optimizer") == "descent: Checkpoint: the name 'optimizer' is in use" + end);
  CHECK(add("first.weights") == "descent: Checkpoint: the name 'first.weights' is in use" + end);
  CHECK(add("first") == "");
}

namespace {
struct Renamed {
  Layer<float> stem, second;
  DESCENT_PARAMETERS(stem, second)
};
struct Optimizing {  // a block whose name is that of a part
  Layer<float> optimizer, second;
  DESCENT_PARAMETERS(optimizer, second)
};
}  // namespace

TEST_CASE("checkpoints: renamed blocks, their parameters and their state") {
  const TemporaryFolder folder;
  auto model = net<float>(1);
  Optimizer optimizer(model, AdamW{});
  take_steps(optimizer, model, 0, 2);
  save_checkpoint(folder / "a", optimizer, model);
  Renamed other{net<float>(2).first, net<float>(2).second};
  Optimizer resumed(other, AdamW{});
  CHECK(refusal(folder / "a", resumed, other) ==
        "'stem.weights' is missing; the nearest name is 'first.weights'; "
        "CheckpointOptions::renamed maps names");
  CHECK(refusal(folder / "a", resumed, other, {.renamed = {{"first", "stem"}, {"third", "x"}}}) ==
        "has no block 'third', which CheckpointOptions::renamed names");
  CHECK(refusal(folder / "a", resumed, other, {.renamed = {{"first", "second"}}}) != "");
  CHECK(refusal(folder / "a", resumed, other, {.renamed = {{"first", "stem"}}}) == "");
  CHECK(resumed.steps() == 2);
  CHECK(other.stem.weights == model.first.weights);
  take_steps(optimizer, model, 2, 3);
  const auto gradient = net<float>(102);
  resumed.step(other, Renamed{gradient.first, gradient.second});
  CHECK(other.stem.weights == model.first.weights);
  CHECK(other.stem.bias == model.first.bias);

  SECTION("also if a block has the name of a part") {
    Optimizing confusing{net<float>(2).first, net<float>(2).second};
    Optimizer third(confusing, AdamW{});
    save_checkpoint(folder / "b", resumed, other);
    CHECK(refusal(folder / "b", third, confusing, {.renamed = {{"stem", "optimizer"}}}) == "");
    save_checkpoint(folder / "c", third, confusing);
    CHECK(refusal(folder / "c", resumed, other, {.renamed = {{"optimizer", "stem"}}}) == "");
    CHECK(test::bytes_in(folder / "c.before") != "");
  }
}

TEST_CASE("checkpoints: constant parameters are saved, not loaded") {
  const TemporaryFolder folder;
  const auto model = net<float>(1);
  Optimizer optimizer(model, momentum);
  Checkpoint checkpoint(optimizer, model);
  checkpoint.save(folder / "a");
  CHECK(test::refusal_of([&] { checkpoint.load(folder / "a"); }) ==
        "descent: Checkpoint: the parameters are constant; loading changes them in place");
}

TEST_CASE("checkpoints: other shapes and types") {
  const TemporaryFolder folder;
  auto model = net<float>(1);
  Optimizer optimizer(model, momentum);
  save_checkpoint(folder / "a", optimizer, model);
  auto larger = model;
  larger.first.weights.setOnes(3, 4);
  Optimizer of_larger(larger, momentum);
  CHECK(refusal(folder / "a", of_larger, larger) ==
        "'first.weights' is 3x2 of float32, must be 3x4 of float32");
  auto doubles = net<double>(1);
  Optimizer of_doubles(doubles, momentum);
  CHECK(refusal(folder / "a", of_doubles, doubles) ==
        "'first.weights' is 3x2 of float32, must be 3x2 of float64");
}
