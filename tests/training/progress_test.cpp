// SPDX-License-Identifier: MIT
#include <descent/core/chain.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/training/observe/progress.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The output of a training of three epochs.
std::string written(FitOptions<Regression<double>> options) {
  const RegressionData<double> data(20);
  auto model = zero_regression<double>();
  std::string text;
  options.epochs = 3;
  options.batch_size = 5;
  options.progress_output = [&](std::string_view more) { text += more; };
  fit(model, Samples{data.inputs, data.targets}, Sgd{.learning_rate = 0.1}, options);
  return text;
}

std::size_t lines_in(const std::string& text) {
  std::size_t lines = 0;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  return lines;
}

}  // namespace

TEST_CASE("progress: nothing when asked") { CHECK(written({.progress = Progress::none}).empty()); }

TEST_CASE("progress: a line for each epoch if the output is not a terminal") {
  for (const Progress progress : {Progress::automatic, Progress::lines}) {
    const std::string text = written({.progress = progress});
    CHECK(lines_in(text) == 3);
    CHECK(text.find('\r') == std::string::npos);
    CHECK(text.rfind("epoch 1/3: loss ", 0) == 0);
    CHECK_THAT(text, ContainsSubstring("\nepoch 3/3: loss "));
    CHECK_THAT(text, ContainsSubstring(", rate 0.1, "));
    CHECK(text.find("validation") == std::string::npos);
  }
  CHECK_THAT(written({.validation = [] { return 0.25; }}), ContainsSubstring(", validation 0.25, rate"));
}

TEST_CASE("progress: a bar that moves and leaves a line for each epoch") {
  const std::string text = written({.progress = Progress::bar});
  CHECK(lines_in(text) == 3);
  CHECK_THAT(text, ContainsSubstring("\repoch 1/3 [======                  ]  25%  mean loss "));
  CHECK_THAT(text, ContainsSubstring("\repoch 1/3: loss "));
  CHECK(text.back() == '\n');
}

TEST_CASE(
    "progress: a shorter line covers the longer one before it, and the bar moves ten times a second at "
    "most") {
  std::string text;
  detail::ProgressWriter writer(
      Progress::bar, [&](std::string_view more) { text += more; }, 1);
  writer.step({.epoch = 1, .batch = 1, .batches = 2, .mean_loss = 1234.5678, .seconds = 0});
  const std::string first = text;
  writer.step({.epoch = 1, .batch = 2, .batches = 2, .mean_loss = 1, .seconds = 0.05});
  CHECK(text == first);
  writer.step({.epoch = 1, .batch = 2, .batches = 2, .mean_loss = 1, .seconds = 0.15});
  const std::string second = text.substr(first.size());
  CHECK(second == "\repoch 1/1 [========================] 100%  mean loss 1  0:00 left");
}

TEST_CASE("progress: the bar has the mean loss, the rate and the time left") {
  const auto bar = [](const StepReport& report, std::int64_t epochs) {
    std::string text;
    detail::ProgressWriter writer(
        Progress::bar, [&](std::string_view more) { text += more; }, epochs);
    writer.step(report);
    return text;
  };
  CHECK(bar({.epoch = 2,
             .batch = 1,
             .batches = 4,
             .loss = 7,
             .mean_loss = 0.5,
             .learning_rate = 0.01,
             .seconds = 10},
            5) == "\repoch 2/5 [======                  ]  25%  mean loss 0.5  rate 0.01  0:30 left");
  CHECK_THAT(bar({.epoch = 1, .batch = 1, .batches = 100, .mean_loss = 1, .seconds = 38.05}, 1),
             ContainsSubstring("mean loss 1  1:02:47 left"));
  CHECK_THAT(bar({.epoch = 1, .batch = 1, .batches = 2, .mean_loss = 1, .seconds = 65}, 1),
             ContainsSubstring("  1:05 left"));
}

TEST_CASE("progress: says why training ended before its time") {
  CHECK_THAT(written({.on_epoch = [](const EpochReport&) { return true; }}),
             ContainsSubstring("\nstopped by the callback; best epoch 1 ("));
  CHECK_THAT(written({.validation = [k = 0.0]() mutable { return ++k; }, .patience = 1}),
             ContainsSubstring("stopped early: "));
}
