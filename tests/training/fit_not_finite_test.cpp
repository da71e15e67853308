// SPDX-License-Identifier: MIT
// How fit handles numbers that are not finite.
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/io/checkpoint.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <Eigen/Core>

#include "io/support.hpp"
#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

using namespace descent;
using test::error_of;

namespace {

/// A float and a double, whose loss and gradient come from a list: an entry for each evaluation.
struct Script {
  struct Entry {
    double loss = 1, gradient = 1;
  };
  Eigen::Matrix<float, 1, 1> first = Eigen::Matrix<float, 1, 1>::Zero();
  Eigen::Matrix<double, 1, 1> second = Eigen::Matrix<double, 1, 1>::Zero();
  std::vector<Entry> entries = {};
  mutable std::size_t next = 0;
  DESCENT_PARAMETERS(first, second)

  template <class Batch, class Gradient>
  double loss(const Batch&, Gradient& gradient) const {
    const Entry entry = next < entries.size() ? entries[next] : Entry{};
    ++next;
    gradient.first.setConstant(static_cast<float>(entry.gradient));
    gradient.second.setConstant(1);
    return entry.loss;
  }
};

constexpr double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

using Options = FitOptions<Script>;

/// 3 epochs of 2 steps.
Options quiet(WhenNotFinite when_not_finite = WhenNotFinite::stop) {
  return {.epochs = 3,
          .batch_size = 4,
          .shuffle = false,
          .when_not_finite = when_not_finite,
          .progress = Progress::none};
}
const Samples<const Eigen::MatrixXd, const Eigen::MatrixXd>& samples() {
  static const Samples<const Eigen::MatrixXd, const Eigen::MatrixXd> made{Eigen::MatrixXd::Zero(1, 8),
                                                                          Eigen::MatrixXd::Zero(1, 8)};
  return made;
}
/// A script in which evaluation number `place`, counted from 0, is replaced.
Script with(std::size_t place, Script::Entry entry) {
  Script model;
  model.entries.resize(place + 1);
  model.entries[place] = entry;
  return model;
}
const Sgd sgd{.learning_rate = 1};

}  // namespace

TEST_CASE("not finite, stop: no step is taken, and the parameters are those after the last good epoch") {
  for (const Script::Entry bad :
       {Script::Entry{.loss = not_a_number}, Script::Entry{.loss = infinity},
        Script::Entry{.gradient = infinity}, Script::Entry{.gradient = not_a_number}}) {
    Script model = with(3, bad);
    const FitResult result = fit(model, samples(), sgd, quiet());
    CHECK(result.status == FitStatus::not_finite);
    CHECK(std::string(to_string(result.status)) ==
          "diverged: the loss, its gradient or the parameters are not finite");
    CHECK(result.steps == 3);
    CHECK(result.epochs == 1);
    CHECK(result.skipped_steps == 0);
    CHECK(result.history.size() == 2);
    CHECK_FALSE(result.history.back().complete);
    CHECK(model.first(0) == -2);
    CHECK(model.second(0) == -2);
  }
}

TEST_CASE("not finite, fail: an error with step and cause, and the parameters are those before the step") {
  const auto message = [](const Script::Entry& bad) {
    Script model = with(3, bad);
    const std::string error =
        error_of<std::runtime_error>([&] { fit(model, samples(), sgd, quiet(WhenNotFinite::fail)); });
    CHECK(model.first(0) == -3);
    CHECK(model.second(0) == -3);
    return error;
  };
  const std::string begin = "descent: fit: at step 3 ",
                    end = "; no step was taken, and the parameters are those before it";
  CHECK(message({.loss = not_a_number}) == begin + "the loss is nan" + end);
  CHECK(message({.loss = -infinity}) == begin + "the loss is -inf" + end);
  CHECK(message({.gradient = not_a_number}) == begin + "block 'first' of the gradient is not finite" + end);
}

TEST_CASE("not finite, skip: the step is counted, and not in the mean loss") {
  for (const Script::Entry bad :
       {Script::Entry{.loss = not_a_number}, Script::Entry{.loss = 7, .gradient = infinity}}) {
    Script model = with(3, bad);
    const FitResult result = fit(model, samples(), sgd, quiet(WhenNotFinite::skip));
    CHECK(result.status == FitStatus::finished);
    CHECK(result.steps == 5);
    CHECK(result.skipped_steps == 1);
    CHECK(result.epochs == 3);
    CHECK(result.history[1].training_loss == 1);
    CHECK(result.history[1].step == 3);
    CHECK(model.first(0) == -5);
  }
}

TEST_CASE("not finite, skip: an epoch without any step ends training") {
  Script model = with(3, {.loss = not_a_number});
  model.entries[2].loss = not_a_number;
  const FitResult result = fit(model, samples(), sgd, quiet(WhenNotFinite::skip));
  CHECK(result.status == FitStatus::not_finite);
  CHECK(result.epochs == 1);
  CHECK(result.skipped_steps == 2);
  CHECK(model.first(0) == -2);
}

TEST_CASE("not finite, skip: the steps before a restart count for their epoch") {
  const test::TemporaryFolder folder;
  Script model;
  auto options = quiet(WhenNotFinite::skip);
  options.checkpoint.path = folder / "run";
  options.on_step = [](const StepReport& step) { return step.step == 3; };  // the first of its epoch
  fit(model, samples(), sgd, options);
  options.on_step = {};
  options.resume = true;
  model = with(0, {.loss = not_a_number});
  const FitResult result = fit(model, samples(), sgd, options);
  CHECK(result.status == FitStatus::finished);
  CHECK(result.epochs == 3);
  CHECK(result.steps == 5);
  CHECK(result.skipped_steps == 1);
}

TEST_CASE("not finite, propagate: every step is taken") {
  Script model = with(3, {.loss = not_a_number, .gradient = not_a_number});
  const FitResult result = fit(model, samples(), sgd, quiet(WhenNotFinite::propagate));
  CHECK(result.status == FitStatus::finished);
  CHECK(result.steps == 6);
  CHECK(std::isnan(model.first(0)));
  CHECK(model.second(0) == -6);
}

TEST_CASE("parameters that become infinite are noticed after their epoch") {
  const Script bad = with(2, {.gradient = -3e38});
  const Sgd rule{.learning_rate = 1, .momentum = 0.9};
  Script model = bad;
  const FitResult result = fit(model, samples(), rule, quiet());
  CHECK(result.status == FitStatus::not_finite);
  CHECK(result.steps == 4);
  CHECK(result.epochs == 1);
  CHECK(std::abs(model.first(0)) < 10);

  model = bad;
  CHECK(error_of<std::runtime_error>([&] { fit(model, samples(), rule, quiet(WhenNotFinite::fail)); }) ==
        "descent: fit: after epoch 2 a parameter or a number of the optimizer's state is not finite");
  model = bad;
  CHECK(fit(model, samples(), rule, quiet(WhenNotFinite::skip)).status == FitStatus::not_finite);
  CHECK(std::abs(model.first(0)) < 10);
}

TEST_CASE("a second moment that overflows is noticed after its epoch") {
  const Script bad = with(2, {.gradient = 1e30});  // its square overflows float, but the step is finite
  Script model = bad;
  const FitResult result = fit(model, samples(), Adam{.learning_rate = 0.1}, quiet());
  CHECK(result.status == FitStatus::not_finite);
  CHECK(result.epochs == 1);
  CHECK(model.first(0) == Approx(-0.2f));
  model = bad;
  CHECK(fit(model, samples(), Adam{.learning_rate = 0.1}, quiet(WhenNotFinite::propagate)).status ==
        FitStatus::finished);
}

TEST_CASE("rules that refuse steps themselves see gradients that are not finite") {
  const auto check = [](const auto& rule, WhenNotFinite when_not_finite) {
    Script model = with(3, {.gradient = infinity});
    Optimizer optimizer(model, rule);
    const FitResult result = fit(model, samples(), optimizer, quiet(when_not_finite));
    CHECK(result.status == FitStatus::finished);
    CHECK(result.skipped_steps == 0);
    CHECK(optimizer.skipped_steps() == 1);
    CHECK(optimizer.steps() == 5);
    CHECK(model.second(0) == -5);
  };
  for (const auto choice : {WhenNotFinite::stop, WhenNotFinite::fail, WhenNotFinite::skip}) {
    check(SkipNonFinite{} | sgd, choice);
    check(DynamicLossScale{.initial = 1, .growth_interval = 100} | sgd, choice);
  }
  Script model = with(3, {.loss = not_a_number});
  CHECK(fit(model, samples(), SkipNonFinite{} | sgd, quiet()).status == FitStatus::not_finite);
}

TEST_CASE("a checkpoint never holds numbers that are not finite, unless an option allows them") {
  const auto files_after = [](WhenNotFinite when_not_finite) {
    const test::TemporaryFolder folder;
    Script model = with(2, {.gradient = 1e30});
    auto options = quiet(when_not_finite);
    options.checkpoint = {.path = folder / "run", .every_steps = 1};
    fit(model, samples(), Adam{.learning_rate = 0.1}, options);
    return newest_checkpoint(folder / "run").value_or("").substr(folder.path().size());
  };
  CHECK(files_after(WhenNotFinite::stop) == "/run-000000002.safetensors");
  CHECK(files_after(WhenNotFinite::propagate) == "/run-000000006.safetensors");
}
