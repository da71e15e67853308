// SPDX-License-Identifier: MIT
// A training by fit that is stopped, or that crashes, must continue as if nothing had happened.
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/io/checkpoint.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/sam.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <Eigen/Core>

#include "io/support.hpp"
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "training/support.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;
using test::error_of;
using test::FastFolder;

namespace {

using Model = Regression<double>;
using Options = FitOptions<Model>;

Samples<const Eigen::MatrixXd, const Eigen::MatrixXd> samples(Eigen::Index count = 23) {
  static const RegressionData<double> made(40);
  return {made.inputs.leftCols(count), made.targets.leftCols(count)};
}

double loss_of(const Model& model) {
  Model gradient = model;
  return model.loss(samples().all(), gradient);
}

/// 3 epochs of 4 steps.
Options quiet(std::int64_t epochs = 3) {
  return {.epochs = epochs, .batch_size = 6, .seed = 5, .progress = Progress::none};
}

std::string difference(const Model& a, const Model& b) {
  const std::string found = test::difference(a.weights, b.weights);
  return found.empty() ? test::difference(a.bias, b.bias) : found;
}

/// The results that two runs must share, as text, without seconds.
std::string text_of(const FitResult& result) {
  std::string text = std::to_string(static_cast<int>(result.status)) + " " + std::to_string(result.epochs) +
                     " " + std::to_string(result.steps) + " " + std::to_string(result.skipped_steps) + " " +
                     std::to_string(result.best_epoch) + " " + detail::text_of(result.best_metric);
  for (const EpochReport& epoch : result.history) {
    text += "\n" + std::to_string(epoch.epoch) + " " + std::to_string(epoch.step);
    for (const double number : {epoch.training_loss, epoch.validation, epoch.learning_rate})
      text += " " + detail::text_of(number);
    for (const MeasuredMetric& metric : epoch.metrics)
      text += " " + metric.name + " " + detail::text_of(metric.value);
    if (!epoch.complete) text += " broken off";
  }
  return text;
}

template <class R>
struct Run {
  R rule;
  Options options;
  Model model = zero_regression<double>();
  FitResult result = {};

  Run& start() {
    result = fit(model, samples(), rule, options);
    return *this;
  }
};

/// Compares a training that is stopped after each of its steps, and resumed, with an uninterrupted one.
template <class R>
void check_stops(const R& rule, const Options& options) {
  const Run<R> whole = Run<R>{rule, options}.start();
  for (std::int64_t stop = 1; stop <= whole.result.steps; ++stop) {
    INFO("stopped after step " << stop);
    const FastFolder folder;
    Run<R> first{rule, options};
    first.options.checkpoint.path = folder / "run";
    Run<R> second = first;
    first.options.on_step = [&](const StepReport& step) { return step.step == stop; };
    first.start();
    CHECK(first.result.status == FitStatus::stopped);
    CHECK(first.result.steps == stop);
    second.options.resume = true;
    second.start();
    CHECK(text_of(second.result) == text_of(whole.result));
    CHECK(difference(second.model, whole.model) == "");
  }
}

/// Like above, for crashes, each after its step; the last checkpoint counts.
template <class R>
void check_crashes(const R& rule, const Options& options, const FitCheckpoint& checkpoint) {
  const Run<R> whole = Run<R>{rule, options}.start();
  for (std::int64_t crash = 1; crash <= whole.result.steps; ++crash) {
    INFO("crashed after step " << crash);
    const FastFolder folder;
    Run<R> first{rule, options};
    first.options.checkpoint = checkpoint;
    first.options.checkpoint.path = folder / "run";
    Run<R> second = first;
    first.options.on_step = [&](const StepReport& step) {
      if (step.step == crash) throw Interruption();
    };
    CHECK_THROWS_AS(first.start(), Interruption);
    second.options.resume = true;
    second.start();
    CHECK(text_of(second.result) == text_of(whole.result));
    CHECK(difference(second.model, whole.model) == "");
  }
}

template <class R>
void check_resuming(const R& rule, const Options& options) {
  check_stops(rule, options);
  check_crashes(rule, options, {.every_steps = 3});
}

const AdamW adamw{.learning_rate = CosineDecay{.initial = 0.1, .steps = 20}};

/// A validation that is best after the second epoch.
double worse_each_epoch(const Model& model) { return model.weights.squaredNorm(); }

}  // namespace

TEST_CASE("fit resumes after every step") { check_resuming(adamw, quiet()); }

TEST_CASE("fit resumes after a crash: from the last epoch, or where every_seconds saved") {
  check_crashes(adamw, quiet(), {});
  check_crashes(adamw, quiet(), {.every_epochs = 2});
  check_crashes(adamw, quiet(), {.every_seconds = 1e-9});
  check_crashes(adamw, quiet(), {.every_steps = 1});
  check_crashes(adamw, quiet(), {.every_steps = 4});  // an epoch
  check_crashes(adamw, quiet(), {.every_steps = 5, .every_epochs = 1, .keep = 1});
}

TEST_CASE("fit resumes with validation, metrics and the best parameters") {
  auto options = quiet(6);
  options.validation = worse_each_epoch;
  options.metrics = {{"loss", [](const Model& model) { return loss_of(model); }},
                     {"bias", [](const Model& model) { return model.bias(0); }}};
  options.patience = 2;  // the first epoch is the best one
  check_resuming(adamw, options);
  options.higher_is_better = true;
  options.patience = 1;
  check_resuming(adamw, options);
  options.restore_best = false;
  check_resuming(adamw, options);
}

TEST_CASE("fit resumes with partial batches dropped, without shuffling") {
  auto options = quiet();
  options.keep_partial_batch = options.shuffle = false;
  check_resuming(adamw, options);
}

TEST_CASE("fit resumes with accumulated gradients") {
  auto options = quiet();
  options.batch_size = 3;
  options.accumulate = 3;
  check_resuming(adamw, options);
  options.accumulate = [](std::int64_t step) { return static_cast<double>(1 + step % 3); };
  check_resuming(adamw, options);
}

TEST_CASE("fit resumes with rules that average, step twice or refuse") {
  auto options = quiet();
  options.validation = loss_of;
  check_resuming(adamw | Ema{.decay = 0.9}, options);
  options.use_evaluation_point = false;
  options.patience = 1;
  check_resuming(adamw | Ema{.decay = 0.9}, options);
  check_resuming(Sam{.radius = 0.05} | Sgd{.learning_rate = 0.05, .momentum = 0.9}, quiet());
}

namespace {
/// A regression with an infinite gradient and a finite loss for some batches.
struct Fragile : Model {
  DESCENT_PARAMETERS(weights, bias)
  template <class Batch>
  double loss(const Batch& batch, Fragile& gradient) const {
    const auto error = error_of(batch);
    const auto n = static_cast<double>(batch.inputs.cols());
    gradient.weights = 2 / n * error * batch.inputs.transpose();
    gradient.bias = 2 / n * error.rowwise().sum();
    if (batch.inputs(0, 0) > 0.6) gradient.bias(1) = std::numeric_limits<double>::infinity();
    return error.squaredNorm() / n;
  }
};

/// All stops of a training that refuses some of its steps.
template <class R>
void check_fragile(const R& rule, WhenNotFinite when_not_finite) {
  Fragile start;
  static_cast<Model&>(start) = zero_regression<double>();
  FitOptions<Fragile> options{.epochs = 3, .batch_size = 2, .when_not_finite = when_not_finite};
  options.progress = Progress::none;
  Fragile whole = start;
  const FitResult right = fit(whole, samples(), rule, options);
  CHECK(right.status == FitStatus::finished);
  for (std::int64_t stop = 1; stop <= 36; ++stop) {
    INFO("stopped after attempt " << stop);
    const FastFolder folder;
    options.checkpoint = {.path = folder / "run", .every_steps = 3};
    std::int64_t attempts = 0;
    options.on_step = [&] { return ++attempts == stop; };
    Fragile model = start;
    fit(model, samples(), rule, options);
    model = start;
    options.on_step = {};
    options.resume = true;
    const FitResult result = fit(model, samples(), rule, options);
    options.resume = false;
    CHECK(text_of(result) == text_of(right));
    CHECK(difference(model, whole) == "");
  }
}
}  // namespace

TEST_CASE("fit resumes if steps are refused") {
  check_fragile(SkipNonFinite{.give_up_after = 100} | adamw, WhenNotFinite::stop);
  check_fragile(DynamicLossScale{.initial = 1, .growth_interval = 5, .give_up_after = 100} | adamw,
                WhenNotFinite::stop);
  check_fragile(adamw, WhenNotFinite::skip);
}

TEST_CASE("fit: a finished training that is resumed returns at once") {
  const FastFolder folder;
  auto options = quiet();
  options.checkpoint.path = folder / "run";
  const auto first = Run<AdamW>{adamw, options}.start();
  options.resume = true;
  Run<AdamW> second{adamw, options};
  second.options.on_step = [] { FAIL("a step was taken"); };
  second.start();
  CHECK(text_of(second.result) == text_of(first.result));
  CHECK(difference(second.model, first.model) == "");

  SECTION("and goes on if it has more epochs") {
    options.epochs = 5;
    const auto third = Run<AdamW>{adamw, options}.start();
    const auto whole = Run<AdamW>{adamw, quiet(5)}.start();
    CHECK(text_of(third.result) == text_of(whole.result));
    CHECK(difference(third.model, whole.model) == "");
  }
}

TEST_CASE("fit: resuming in the middle of an epoch past the last one that is wanted loses nothing") {
  const FastFolder folder;
  auto options = quiet(5);
  options.checkpoint.path = folder / "run";
  options.on_step = [](const StepReport& step) { return step.step == 10; };
  Run<AdamW>{adamw, options}.start();
  options.on_step = {};
  options.resume = true;
  options.epochs = 2;
  const auto ended = Run<AdamW>{adamw, options}.start();
  CHECK(ended.result.status == FitStatus::finished);
  CHECK(ended.result.steps == 10);
  options.epochs = 5;
  const auto resumed = Run<AdamW>{adamw, options}.start();
  const auto whole = Run<AdamW>{adamw, quiet(5)}.start();
  CHECK(text_of(resumed.result) == text_of(whole.result));
  CHECK(difference(resumed.model, whole.model) == "");
}

TEST_CASE("fit: resume without files begins a new training") {
  const FastFolder folder;
  auto options = quiet();
  options.checkpoint.path = folder / "run";
  options.resume = true;
  const auto resumed = Run<AdamW>{adamw, options}.start();
  const auto whole = Run<AdamW>{adamw, quiet()}.start();
  CHECK(text_of(resumed.result) == text_of(whole.result));
  CHECK(difference(resumed.model, whole.model) == "");
}

TEST_CASE("fit with an optimizer of the caller's resumes") {
  const FastFolder folder;
  auto options = quiet(2);
  auto whole = zero_regression<double>(), model = whole;
  Optimizer never_stopped(whole, adamw), stopped(model, adamw);
  fit(whole, samples(), never_stopped, options);
  fit(whole, samples(), never_stopped, options);
  fit(model, samples(), stopped, options);
  options.checkpoint = {.path = folder / "run", .every_steps = 1};
  options.on_step = [](const StepReport& step) { return step.step == 6; };
  fit(model, samples(), stopped, options);
  auto resumed = zero_regression<double>();
  Optimizer another(resumed, adamw);
  options.on_step = {};
  options.resume = true;
  CHECK(fit(resumed, samples(), another, options).steps == 8);
  CHECK(another.steps() == 16);
  CHECK(difference(resumed, whole) == "");
}

TEST_CASE("fit keeps as many files as asked for, and says where they are") {
  const FastFolder folder;
  auto options = quiet();
  options.checkpoint = {.path = folder / "run", .every_steps = 3, .keep = 2};
  Run<AdamW>{adamw, options}.start();
  CHECK(checkpoints(folder / "run") ==
        std::vector<std::string>{folder / "run-000000009.safetensors", folder / "run-000000012.safetensors"});
  CHECK(folder.file_count() == 2);
}

TEST_CASE("fit: a new training does not mix its files with those of another one") {
  const FastFolder folder;
  auto options = quiet();
  options.checkpoint.path = folder / "run";
  Run<AdamW> first{adamw, options};
  first.start();
  const std::string message = message_of([&] { Run<AdamW>{adamw, options}.start(); });
  CHECK(message == "descent: fit: '" + (folder / "run-000000012.safetensors") +
                       "' is from a different training; set resume to continue it, choose a different path, "
                       "or remove its files");
  CHECK(folder.file_count() == 3);
}

TEST_CASE("fit: a second call with the same optimizer goes on with the files") {
  const FastFolder folder;
  auto options = quiet(1);
  options.checkpoint.path = folder / "run";
  auto model = zero_regression<double>();
  Optimizer optimizer(model, adamw);
  for (int k = 0; k < 4; ++k) fit(model, samples(), optimizer, options);
  CHECK(checkpoints(folder / "run").back() == (folder / "run-000000016.safetensors"));
  CHECK(folder.file_count() == 3);
}

TEST_CASE(
    "fit goes on from the file before one that is damaged, and never removes the file it goes on from") {
  const FastFolder folder;
  auto options = quiet();
  options.checkpoint = {.path = folder / "run", .every_steps = 2, .keep = 1};
  options.on_step = [](const StepReport& step) { return step.step == 6; };
  Run<AdamW>{adamw, options}.start();
  const std::string newest = folder / "run-000000006.safetensors";
  std::string bytes = test::bytes_in(newest);
  bytes[bytes.size() - 20] = static_cast<char>(bytes[bytes.size() - 20] ^ 1);
  test::put_bytes(folder / "run-000000011.safetensors", bytes);
  options.resume = true;
  options.on_step = [](const StepReport& step) {
    if (step.step == 9) throw Interruption();
  };
  CHECK_THROWS_AS((Run<AdamW>{adamw, options}.start()), Interruption);
  CHECK(std::filesystem::exists(folder / "run-000000008.safetensors"));
  CHECK_FALSE(std::filesystem::exists(newest));
  options.on_step = {};
  const auto resumed = Run<AdamW>{adamw, options}.start();
  const auto whole = Run<AdamW>{adamw, quiet()}.start();
  CHECK(text_of(resumed.result) == text_of(whole.result));
  CHECK(difference(resumed.model, whole.model) == "");
}

TEST_CASE("fit does not begin a new training in silence if no file is complete") {
  const FastFolder folder;
  auto options = quiet();
  options.checkpoint.path = folder / "run";
  options.resume = true;
  test::put_bytes(folder / "run-000000011.safetensors", "nothing");
  CHECK_THAT(error_of([&] {
               Run<AdamW>{adamw, options}.start();
             }),
             ContainsSubstring("run-000000011.safetensors: "));
}

namespace {
/// The error of resuming a run of quiet() that stopped after 6 steps, after `change`; nothing may have changed.
template <class F, class R = AdamW>
std::string refusal_after(F change, const R& rule = adamw, Eigen::Index count = 23) {
  const FastFolder folder;
  auto options = quiet();
  options.checkpoint.path = folder / "run";
  options.on_step = [](const StepReport& step) { return step.step == 6; };
  Run<AdamW>{adamw, options}.start();
  options.on_step = {};
  options.resume = true;
  change(options);
  auto model = zero_regression<double>();
  model.weights(1) = 7;
  const auto before = model;
  std::string error = error_of([&] { fit(model, samples(count), rule, options); });
  if (!error.empty()) CHECK(difference(model, before) == "");
  const std::string path = folder.path() + "/run-000000006.safetensors: ";
  return error.find(path) == error.npos ? error : error.erase(error.find(path), path.size());
}
}  // namespace

TEST_CASE("what callbacks remember is saved with a fit") {
  const FastFolder folder;
  EarlyStopping seen;
  auto options = quiet();
  options.checkpoint = {.path = folder / "run"};
  options.checkpoint.add = [&](Checkpoint& checkpoint) { checkpoint.add("seen", seen); };
  options.epochs = 2;
  options.on_epoch = [&](const EpochReport& epoch) { return seen.observe(epoch.training_loss) && false; };
  auto model = zero_regression<double>();
  fit(model, samples(23), adamw, options);
  const double best = seen.state.best;
  seen = {};
  options.resume = true;
  fit(model, samples(23), adamw, options);  // nothing is left to do
  CHECK(seen.state.observations == 2);
  CHECK(seen.state.best == best);
}

TEST_CASE("fit resumes with another patience and another number of epochs") {
  const FastFolder folder;
  auto options = quiet(4);
  options.validation = worse_each_epoch;
  options.checkpoint = {.path = folder / "run"};
  options.patience = 2;
  auto model = zero_regression<double>();
  CHECK(fit(model, samples(23), adamw, options).status == FitStatus::early_stopped);
  options.resume = true;
  options.patience = 4;
  options.epochs = 20;
  const FitResult result = fit(model, samples(23), adamw, options);
  CHECK(result.status == FitStatus::early_stopped);
  CHECK(result.epochs == 5);
  CHECK(result.best_epoch == 1);
}

TEST_CASE("fit refuses to resume another training") {
  CHECK(refusal_after([](Options&) {}) == "");
  CHECK(refusal_after([](Options& options) { options.batch_size = 5; }) ==
        "descent: was saved by a fit of 23 samples, batch_size 6, seed 5, shuffled; this one has 23 samples, "
        "batch_size 5, seed 5, shuffled; go on with the same, or load the parameters and begin a new fit");
  CHECK_THAT(refusal_after([](Options& options) { options.seed = 6; }),
             ContainsSubstring("has 23 samples, batch_size 6, seed 6, shuffled"));
  CHECK_THAT(refusal_after([](Options& options) { options.shuffle = false; }),
             ContainsSubstring("seed 5, not shuffled"));
  CHECK_THAT(refusal_after([](Options& options) { options.keep_partial_batch = false; }),
             ContainsSubstring("shuffled, without partial batches"));
  CHECK_THAT(refusal_after([](Options&) {}, adamw, 22), ContainsSubstring("this one has 22 samples"));
  CHECK(refusal_after([](Options& options) {
          options.metrics = {{"loss", loss_of}};
        }) == "descent: was saved by a fit with a different number of metrics");
  CHECK(refusal_after([](Options& options) { options.patience = 3; }) ==
        "descent: was saved by a fit with no validation and no patience; this one has no validation and "
        "patience; go on with the same, or load the parameters and begin a new fit");
  CHECK_THAT(refusal_after([](Options& options) { options.validation = loss_of; }),
             ContainsSubstring("this one has a validation and no patience"));
}

TEST_CASE("fit refuses to resume with another rule unless that is wanted") {
  CHECK(refusal_after([](Options&) {}, Sgd{.learning_rate = 0.1}) ==
        "descent: was saved with the rule AdamW; 'optimizer' has Sgd");
  AdamW other = adamw;
  other.learning_rate = 0.5;
  CHECK_THAT(refusal_after([](Options&) {}, other), ContainsSubstring(" and is 0.5"));
  CHECK(refusal_after([](Options& options) { options.checkpoint.other_options = true; }, other) == "");
}

TEST_CASE("fit checks the options of checkpoints before it starts") {
  const auto refusal = [](const FitCheckpoint& checkpoint, bool resume = false) {
    auto options = quiet();
    options.checkpoint = checkpoint;
    options.resume = resume;
    return message_of([&] { Run<AdamW>{adamw, options}.start(); });
  };
  CHECK(refusal({.every_steps = 3}) == "descent: fit: checkpoint has an interval, but no path");
  for (const char* const path : {"run.safetensors", "runs/"})
    CHECK(refusal({.path = path}) ==
          "descent: fit: checkpoint.path must be the beginning of names, such as \"folder/run\": without an "
          "ending");
  CHECK(refusal({.path = "run", .every_steps = 0}) ==
        "descent: fit: checkpoint.every_steps is 0, must be at least 1 and finite");
  CHECK(refusal({.path = "run", .every_epochs = -2}) ==
        "descent: fit: checkpoint.every_epochs is -2, must be at least 1 and finite");
  CHECK(refusal({.path = "run", .every_seconds = 0}) ==
        "descent: fit: checkpoint.every_seconds is 0, must be greater than 0 and finite");
  CHECK(refusal({.path = "run", .keep = 0}) ==
        "descent: fit: checkpoint.keep is 0, must be at least 1 and finite");
  CHECK(refusal({}, true) == "descent: fit: resume is set, but checkpoint has no path");
  const FastFolder folder;
  CHECK(error_of([&] { refusal({.path = folder / "missing/run"}); }) ==
        "descent: " + (folder / "missing/run") + ": its folder does not exist");
}

#if defined(__linux__)
TEST_CASE("fit: a folder in which no file can be made is refused before the first step") {
  Model model = zero_regression<double>();
  Options options = quiet();
  options.checkpoint.path = "/proc/run";  // also root can make no file there
  options.resume = GENERATE(false, true);
  int steps = 0;
  options.on_step = [&](const StepReport&) { ++steps; };
  CHECK(error_of([&] { fit(model, samples(), Sgd{}, options); }) ==
        "descent: /proc/run-000000000.safetensors: no file can be created in its folder '/proc': No such "
        "file or "
        "directory");
  CHECK(steps == 0);
  CHECK(difference(model, zero_regression<double>()) == "");
}
#endif

TEST_CASE("fit: the test whether a folder takes files leaves no trace") {
  const FastFolder folder;
  Model model = zero_regression<double>();
  Options options = quiet();
  options.checkpoint.path = folder / "run";
  const std::string first = checkpoint_path(folder / "run", 0);
  SECTION("an empty folder") {
    options.epochs = 0;
    fit(model, samples(), Sgd{}, options);
    CHECK(folder.file_count() == 1);
    CHECK(newest_checkpoint(folder / "run") == first);
  }
  SECTION("files that are there stay as they are") {
    test::put_bytes(first, "something else");
    options.on_step = [] { return true; };
    fit(model, samples(), Sgd{}, options);
    CHECK(test::bytes_in(first) == "something else");
    CHECK(folder.file_count() == 2);
  }
}
