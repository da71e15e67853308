// SPDX-License-Identifier: MIT
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/asgd.hpp>
#include <descent/optimizers/schedule_free_adamw.hpp>
#include <descent/optimizers/schedule_free_sgd.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/lookahead.hpp>
#include <descent/wrappers/sam.hpp>
#include <descent/wrappers/skip_non_finite.hpp>
#include <descent/wrappers/swa.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;

namespace {

using Model = Regression<double>;
using Options = FitOptions<Model>;

bool same_bits(const Model& a, const Model& b) { return a.weights == b.weights && a.bias == b.bias; }

const RegressionData<double>& data() {
  static const RegressionData<double> made(50);
  return made;
}
Samples<const Eigen::MatrixXd, const Eigen::MatrixXd> samples() { return {data().inputs, data().targets}; }

Options quiet(std::int64_t epochs) {
  return {.epochs = epochs, .batch_size = 16, .progress = Progress::none};
}

double loss_of(const Model& model) {
  Model gradient = model;
  return model.loss(samples().all(), gradient);
}

/// The loop of `fit` by hand; calls `after_epoch(optimizer, model)`.
template <class R, class F>
Model stepped_by_hand(const R& rule, std::int64_t epochs, F&& after_epoch) {
  auto model = zero_regression<double>();
  Optimizer optimizer(model, rule);
  auto gradient = zeros_like(model);
  const auto all = samples();
  MiniBatches batches(50, {.batch_size = 16});
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    batches.start_epoch(epoch);
    for (const auto chosen : batches) {
      const auto& batch = all.batch(chosen);
      auto objective = [&](const Model& at, Model& slope) { return at.loss(batch, slope); };
      if constexpr (detail::perturbs_parameters<decltype(optimizer)>) {
        optimizer.step(model, objective);
      } else {
        const double loss = objective(model, gradient);
        optimizer.step(model, gradient, loss);
      }
    }
    after_epoch(optimizer, model);
  }
  return model;
}

/// Calls f(rule) for each kind of rule with an evaluation point.
template <class F>
void for_each_averaging_rule(F&& f) {
  const Sgd sgd{.learning_rate = 0.1, .momentum = 0.9};
  f(sgd | Ema{.decay = 0.9});
  f(sgd | Swa{.start = 2});
  f(sgd | Lookahead{.every = 5});
  f(Asgd{.learning_rate = 0.05, .t0 = 2});
  f(ScheduleFreeSgd{.learning_rate = 0.1});
  f(ScheduleFreeAdamW{.learning_rate = 0.01});
}

}  // namespace

TEST_CASE("fit: validates, reports and ends at the evaluation point of the rule") {
  for_each_averaging_rule([](const auto& rule) {
    std::vector<double> losses;
    Model average;
    const Model stepped = stepped_by_hand(rule, 3, [&](auto& optimizer, const Model& model) {
      average = optimizer.evaluation_point(model);
      losses.push_back(loss_of(average));
    });
    REQUIRE_FALSE(same_bits(average, stepped));

    auto model = zero_regression<double>(), left = model;
    std::vector<double> seen;
    auto options = quiet(3);
    options.validation = [](const Model& at) { return loss_of(at); };
    options.on_epoch = [&] { seen.push_back(loss_of(model)); };
    options.stepped_parameters = &left;
    const auto result = fit(model, samples(), rule, options);
    CHECK(same_bits(model, average));
    CHECK(same_bits(left, stepped));
    REQUIRE(result.history.size() == 3);
    for (std::size_t k = 0; k < 3; ++k) CHECK(result.history[k].validation == losses[k]);
    CHECK(seen == losses);
  });
}

TEST_CASE("fit: without use_evaluation_point it validates and ends where the last step led") {
  for_each_averaging_rule([](const auto& rule) {
    double last_loss = 0;
    const Model stepped =
        stepped_by_hand(rule, 3, [&](auto&, const Model& model) { last_loss = loss_of(model); });
    auto model = zero_regression<double>();
    auto options = quiet(3);
    options.use_evaluation_point = false;
    options.validation = [](const Model& at) { return loss_of(at); };
    const auto result = fit(model, samples(), rule, options);
    CHECK(same_bits(model, stepped));
    CHECK(result.history.back().validation == last_loss);
  });
}

TEST_CASE("fit: early stopping keeps the best evaluation point, not the point that was stepped") {
  const auto rule = Sgd{.learning_rate = 0.1, .momentum = 0.9} | Ema{.decay = 0.9};
  std::vector<Model> averages;
  stepped_by_hand(rule, 6, [&](auto& optimizer, const Model& model) {
    averages.push_back(optimizer.evaluation_point(model));
  });
  auto model = zero_regression<double>();
  auto options = quiet(6);
  options.patience = 2;
  std::int64_t epoch = 0;
  options.validation = [&] { return ++epoch == 3 ? 1.0 : 2.0; };  // the third epoch is the best
  const auto result = fit(model, samples(), rule, options);
  CHECK(result.best_epoch == 3);
  CHECK(result.status == FitStatus::early_stopped);
  CHECK(same_bits(model, averages[2]));
}

TEST_CASE("fit: an exception at the evaluation point leaves the parameters where the last step led") {
  const auto rule = Sgd{.learning_rate = 0.1} | Ema{.decay = 0.9};
  const Model stepped = stepped_by_hand(rule, 2, [](auto&, const Model&) {});
  auto model = zero_regression<double>();
  auto options = quiet(5);
  std::int64_t epoch = 0;
  options.validation = [&]() -> double {
    if (++epoch == 2) throw Interruption{};
    return 1;
  };
  CHECK_THROWS_AS(fit(model, samples(), rule, options), Interruption);
  CHECK(same_bits(model, stepped));
}

TEST_CASE("fit: a call goes on from the stepped parameters of the one before") {
  const auto rule = Sgd{.learning_rate = 0.1, .momentum = 0.9} | Ema{.decay = 0.9};
  auto at_once = zero_regression<double>(), in_two = at_once;
  fit(at_once, samples(), rule, quiet(5));
  Optimizer optimizer(in_two, rule);
  auto first = quiet(2);
  first.use_evaluation_point = false;
  fit(in_two, samples(), optimizer, first);
  fit(in_two, samples(), optimizer, quiet(3));
  CHECK(same_bits(at_once, in_two));
}

TEST_CASE("fit: Sam evaluates the loss of each batch a second time, as the loop by hand does") {
  const auto rule = Sam{.radius = 0.05} | Sgd{.learning_rate = 0.1, .momentum = 0.9};
  const Model by_hand = stepped_by_hand(rule, 3, [](auto&, const Model&) {});
  auto model = zero_regression<double>(), watched = model;
  fit(model, samples(), rule, quiet(3));
  CHECK(same_bits(model, by_hand));
  auto options = quiet(3);
  std::int64_t updates = 0;
  options.on_update = [&](const UpdateReport& report) { updates += report.update_norm > 0 ? 1 : 0; };
  fit(watched, samples(), rule, options);
  CHECK(same_bits(watched, by_hand));
  CHECK(updates == 12);
}

namespace {

/// A regression whose gradient is NaN at some calls.
struct Faulty : Regression<double> {
  const std::vector<std::int64_t>* faults = nullptr;
  std::int64_t* calls = nullptr;

  template <class Batch>
  double loss(const Batch& batch, Faulty& gradient) const {
    const double result = Regression<double>::loss(batch, gradient);
    for (const std::int64_t fault : *faults)
      if (fault == *calls) gradient.bias[0] = std::numeric_limits<double>::quiet_NaN();
    ++*calls;
    return result;
  }
};

}  // namespace

TEST_CASE("fit: two calls of n epochs are one of 2n, also if steps were skipped") {
  const std::vector<std::int64_t> faults{1, 2, 5};
  auto trained = [&](const auto& rule, const std::vector<std::int64_t>& epochs) {
    std::int64_t calls = 0;
    Faulty model;
    static_cast<Regression<double>&>(model) = zero_regression<double>();
    model.faults = &faults;
    model.calls = &calls;
    Optimizer optimizer(model, rule);
    for (const std::int64_t count : epochs)
      fit(model, samples(), optimizer,
          {.epochs = count,
           .batch_size = 16,
           .when_not_finite = WhenNotFinite::skip,
           .progress = Progress::none});
    CHECK(optimizer.skipped_steps() == 3);
    CHECK(optimizer.steps() == 13);
    return model;
  };
  const auto check = [&](const auto& rule) {
    const Model at_once = trained(rule, {4});
    CHECK(same_bits(at_once, trained(rule, {2, 2})));
    CHECK(same_bits(at_once, trained(rule, {1, 1, 1, 1})));
  };
  SECTION("by a rule") { check(SkipNonFinite{} | AdamW{.learning_rate = 0.05}); }
  SECTION("by fit") { check(AdamW{.learning_rate = 0.05}); }
}

TEST_CASE("fit: several metrics by name, in addition to the validation that decides") {
  auto model = zero_regression<double>();
  auto options = quiet(2);
  options.metrics = {{"loss", samples()}, {"size", [](const Model& at) { return at.weights.norm(); }}};
  const auto result = fit(model, samples(), Sgd{.learning_rate = 0.1}, options);
  REQUIRE(result.history.size() == 2);
  const auto& metrics = result.history.back().metrics;
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0].name == "loss");
  CHECK(metrics[0].value == Approx(loss_of(model)));
  CHECK(metrics[1].name == "size");
  CHECK(metrics[1].value == model.weights.norm());
  options.metrics = {{"", samples()}};
  CHECK_THAT(message_of([&] { fit(model, samples(), Sgd{}, options); }),
             ContainsSubstring("fit: each of metrics needs a name and something to measure"));
}

TEST_CASE("fit: accumulates the mean gradient of several batches for a step, of those left at the end") {
  const Adam rule{.learning_rate = 0.1};
  auto model = zero_regression<double>(), by_hand = model;
  auto options = quiet(2);
  options.batch_size = 8;  // 7 batches: steps of 3, 3 and 1
  options.accumulate = 3;
  std::vector<std::int64_t> batches;
  std::vector<double> losses;
  options.on_step = [&](const StepReport& step) {
    batches.push_back(step.batch);
    losses.push_back(step.loss);
  };
  const auto result = fit(model, samples(), rule, options);
  CHECK(result.steps == 6);
  CHECK(batches == std::vector<std::int64_t>{3, 6, 7, 3, 6, 7});

  Optimizer optimizer(by_hand, rule);
  GradientAccumulator accumulator(by_hand, {.every = 3});
  auto gradient = zeros_like(by_hand);
  const auto all = samples();
  MiniBatches order(50, {.batch_size = 8});
  std::size_t step = 0;
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    order.start_epoch(epoch);
    double loss = 0, count = 0;
    for (std::int64_t k = 0; k < order.count(); ++k) {
      const auto batch_size = static_cast<double>(order[k].size());
      loss += batch_size * by_hand.loss(all.batch(order[k]), gradient);
      count += batch_size;
      const bool complete = accumulator.add(gradient);
      if (!complete && k + 1 < order.count()) continue;
      if (!complete) accumulator.finish();
      optimizer.step(by_hand, accumulator.gradient());
      CHECK(losses[step++] == Approx(loss / count));
      loss = count = 0;
    }
  }
  CHECK(same_bits(model, by_hand));
}

TEST_CASE("fit: batches of 8 accumulated twice step as batches of 16 do") {
  auto small = zero_regression<double>(), large = small;
  auto options = quiet(3);
  options.keep_partial_batch = false;
  fit(large, samples(), Sgd{.learning_rate = 0.1}, options);
  options.batch_size = 8;
  options.accumulate = [](std::int64_t) { return 2; };
  fit(small, samples(), Sgd{.learning_rate = 0.1}, options);
  CHECK((small.weights - large.weights).norm() < 1e-12);
  CHECK((small.bias - large.bias).norm() < 1e-12);
}

TEST_CASE("fit: Sam with accumulated batches perturbs once for all of them") {
  const auto rule = Sam{.radius = 0.05} | Sgd{.learning_rate = 0.1};
  auto small = zero_regression<double>(), large = small;
  auto options = quiet(2);
  options.keep_partial_batch = false;
  fit(large, samples(), rule, options);
  options.batch_size = 8;
  options.accumulate = 2;
  fit(small, samples(), rule, options);
  CHECK((small.weights - large.weights).norm() < 1e-12);
}

TEST_CASE("fit: two calls are one also with a schedule of accumulated batches") {
  const Schedule growing = [](std::int64_t step) { return 1.0 + static_cast<double>(step) / 3; };
  auto at_once = zero_regression<double>(), in_two = at_once;
  auto options = quiet(4);
  options.batch_size = 4;
  options.accumulate = growing;
  Optimizer first(at_once, Sgd{.learning_rate = 0.1}), second(in_two, Sgd{.learning_rate = 0.1});
  fit(at_once, samples(), first, options);
  options.epochs = 2;
  fit(in_two, samples(), second, options);
  fit(in_two, samples(), second, options);
  CHECK(first.steps() == second.steps());
  CHECK(same_bits(at_once, in_two));
}

TEST_CASE("fit: a number of accumulated batches below 1 is refused") {
  auto model = zero_regression<double>();
  const Model before = model;
  auto options = quiet(1);
  options.accumulate = 0.5;
  CHECK_THAT(message_of([&] { fit(model, samples(), Sgd{}, options); }),
             ContainsSubstring("fit: accumulate is 0.5"));
  CHECK(same_bits(model, before));
  options.accumulate = [](std::int64_t step) { return step == 1 ? 0.0 : 1.0; };
  CHECK_THAT(message_of([&] { fit(model, samples(), Sgd{}, options); }),
             ContainsSubstring("fit: accumulate at step 1 is 0"));
  CHECK_FALSE(same_bits(model, before));  // after one whole step
}
