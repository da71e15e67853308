// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/training/observe/update_observer.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;
using Eigen::VectorXd;

namespace {

/// Parameters with the norms 5 and 2, a gradient with the norms 3 and 4.
Regression<double> parameters() {
  Regression<double> model = zero_regression<double>();
  model.weights(0, 0) = 3;
  model.weights(1, 2) = -4;
  model.bias << 0, 2;
  return model;
}
Regression<double> gradient() {
  Regression<double> model = zero_regression<double>();
  model.weights(0, 1) = 3;
  model.bias << 4, 0;
  return model;
}

}  // namespace

TEST_CASE("update observer: norms by block and over all, the rate, the step number") {
  auto model = parameters();
  Optimizer optimizer(model, Sgd{.learning_rate = 0.5});
  UpdateObserver observer(model);
  const UpdateReport report = observer.step(optimizer, model, gradient(), 7);
  CHECK(optimizer.steps() == 1);
  CHECK(report.step == 0);
  CHECK(report.loss == 7);
  CHECK(report.learning_rate == 0.5);
  REQUIRE(report.blocks.size() == 2);
  CHECK(report.blocks[0].path == "weights");
  CHECK(report.blocks[0].elements == 6);
  CHECK(report.blocks[0].gradient_norm == 3);
  CHECK(report.blocks[0].update_norm == 1.5);
  CHECK(report.blocks[0].parameter_norm == 5);
  CHECK(report.blocks[0].update_ratio() == 0.3);
  CHECK(report.blocks[0].zero_gradients == 5);
  CHECK(report.blocks[1].path == "bias");
  CHECK(report.blocks[1].update_ratio() == 1);
  CHECK(report.gradient_norm == 5);
  CHECK(report.update_norm == 2.5);
  CHECK(report.parameter_norm == Approx(std::sqrt(29)));
  CHECK(report.effective_rate() == 0.5);
  CHECK(is_nan(report.gradient_cosine));
  CHECK_FALSE(report.skipped());
}

TEST_CASE("update observer: what clipping lets through shows in the effective rate") {
  auto model = parameters();
  Optimizer optimizer(model, ClipByGlobalNorm{1} | Sgd{.learning_rate = 0.5});
  UpdateObserver observer(model);
  const UpdateReport& report = observer.step(optimizer, model, gradient(), 0);
  CHECK(report.effective_rate() / report.learning_rate == Approx(0.2).epsilon(1e-5));
}

TEST_CASE("update observer: successive gradients, frozen blocks, skipped steps") {
  auto model = parameters();
  auto is_bias = [](const BlockInfo& block) { return block.path == "bias"; };
  Optimizer optimizer(model, partition(is_bias, Freeze{}, Sgd{.learning_rate = 0.5}));
  UpdateObserver observer(model);
  observer.step(optimizer, model, gradient(), 0);
  CHECK(observer.report().blocks[1].update_norm == 0);
  CHECK(observer.report().blocks[1].gradient_norm == 4);
  auto next = gradient();
  next.weights(0, 1) = -3;
  CHECK(observer.step(optimizer, model, next, 0).gradient_product == 16 - 9);
  CHECK(observer.report().gradient_cosine == Approx(7.0 / 25));
  auto rests = gradient();
  rests.weights.setZero();
  CHECK(observer.step(optimizer, model, rests, 0).skipped());
  CHECK_FALSE(observer.step(optimizer, model, zero_regression<double>(), 0).skipped());
  CHECK(observer.report().skipped_steps == 1);
}

TEST_CASE("update observer: a tree that is a tuple of references; a gradient that is not finite") {
  Eigen::MatrixXf w = Eigen::MatrixXf::Ones(2, 2);
  VectorXd b = VectorXd::Zero(3);
  auto tree = std::tie(w, b);
  auto slope = zeros_like(tree);
  std::get<0>(slope)(0, 0) = std::numeric_limits<float>::infinity();
  Optimizer optimizer(tree, Sgd{.learning_rate = 0});
  UpdateObserver observer(tree);
  const UpdateReport& report = observer.step(optimizer, tree, slope, 1);
  CHECK_FALSE(report.finite_gradient());
  CHECK(report.blocks[1].update_ratio() == 0);
}

TEST_CASE("update observer: an error of the step leaves everything as it was") {
  auto model = parameters();
  Optimizer optimizer(model, Sgd{});
  UpdateObserver observer(model);
  auto wrong = gradient();
  wrong.bias.setZero(3);
  CHECK(message_of([&] { observer.step(optimizer, model, wrong, 1); }) ==
        "descent: Sgd: block 'bias' is 2x1, its gradient is 3x1");
  CHECK(model.bias[1] == 2);
  CHECK(optimizer.steps() == 0);
}

TEST_CASE("update observer: in fit it changes nothing, sees every step, and may stop") {
  const RegressionData<double> data(40);
  const Samples samples{data.inputs, data.targets};
  auto observed = zero_regression<double>(), plain = observed;
  std::vector<UpdateReport> reports;
  std::vector<double> losses;
  fit(observed, samples, Adam{},
      {.epochs = 3,
       .batch_size = 10,
       .on_step = [&](const StepReport& step) { losses.push_back(step.loss); },
       .on_update = [&](const UpdateReport& report) { reports.push_back(report); },
       .progress = Progress::none});
  fit(plain, samples, Adam{}, {.epochs = 3, .batch_size = 10, .progress = Progress::none});
  CHECK(observed.weights == plain.weights);
  REQUIRE(reports.size() == 12);
  for (std::size_t k = 0; k < reports.size(); ++k) {
    CHECK(reports[k].step == static_cast<std::int64_t>(k));
    CHECK(reports[k].loss == losses[k]);
    CHECK(reports[k].learning_rate == 1e-3);
  }
  const auto result = fit(
      plain, samples, Adam{},
      {.on_update = [](const UpdateReport& report) { return report.step == 4; }, .progress = Progress::none});
  CHECK(result.status == FitStatus::stopped);
}

TEST_CASE("update observer: the report as text") {
  auto model = parameters();
  Optimizer optimizer(model, Sgd{.learning_rate = 0.5});
  UpdateObserver observer(model);
  const std::string text = to_string(observer.step(optimizer, model, gradient(), 7));
  CHECK_THAT(text, ContainsSubstring("step 0: loss 7, rate 0.5 (effective 0.5), gradient 5"));
  CHECK_THAT(text, ContainsSubstring("  weights "));
  CHECK_THAT(text, ContainsSubstring("83.3 %"));
}
