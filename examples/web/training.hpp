// SPDX-License-Identifier: MIT
// A training that takes one step when asked, and remembers what the page draws.
#pragma once

#include "rules.hpp"
#include "surfaces.hpp"

#include "../support/digits.hpp"
#include "../support/network.hpp"

#include <descent/core/base/random.hpp>
#include <descent/descent.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace web {

/// What has happened so far. The loss of a step is the one before it.
struct Record {
  std::vector<double> losses, rates;
  std::vector<double> path;                         // x and y of each point, with the start; a surface alone
  std::vector<double> epoch_steps, epoch_training;  // the network alone: at the end of each epoch
  std::vector<double> epoch_validation, accuracies;
  descent::TrainingDiagnosis diagnosis;
  bool diverged = false, stopped = false;
};

class Training {
 public:
  virtual ~Training() = default;
  virtual void step() = 0;
  const Record& record() const { return record_; }

 protected:
  /// Adds the report of a step. If the loss is far above the first one, the training stops, but only after
  /// the diagnosis has the 20 steps that it needs.
  void add(const descent::UpdateReport& report, double bound) {
    record_.losses.push_back(report.loss);
    record_.rates.push_back(report.learning_rate);
    record_.diagnosis.observe(report);
    const bool finite = std::isfinite(report.loss) && report.finite_gradient();
    if (!finite || report.loss > bound * record_.losses.front()) record_.diverged = true;
    record_.stopped = !finite || (record_.diverged && bound >= 100 && record_.losses.size() >= 40);
  }

  Record record_;
};

/// The start of a surface; a seed other than 0 moves it by up to a tenth of the view.
inline Point start_of(const Surface& surface, std::uint64_t seed) {
  const View& view = surface.view;
  Point start{.position = {view.start_x, view.start_y}};
  if (seed == 0) return start;
  descent::detail::SplitMix64 random = descent::detail::generator_of(seed, 0);
  auto shift = [&] { return random.unit() * 0.2 - 0.1; };
  start.position.x() += shift() * (view.right - view.left);
  start.position.y() += shift() * (view.top - view.bottom);
  return start;
}

template <class Rule>
class SurfaceTraining : public Training {
 public:
  SurfaceTraining(const Surface& surface, const Rule& rule, std::uint64_t seed)
      : surface_(surface), point_(start_of(surface, seed)), optimizer_(point_, rule), observer_(point_) {
    remember();
  }

  void step() override {
    Point gradient = point_;
    const double loss = surface_.loss(point_.position, gradient.position);
    const auto& report =
        observer_.observe(optimizer_, point_, gradient, loss, [&] { take_step(gradient, loss); });
    add(report, 1000);
    remember();
  }

 private:
  void take_step(const Point& gradient, double loss) {
    if constexpr (std::is_same_v<Rule, descent::Lbfgs>) {
      static_cast<void>(gradient), static_cast<void>(loss);
      optimizer_.step(
          point_, [&](const Point& at, Point& slope) { return surface_.loss(at.position, slope.position); });
    } else {
      optimizer_.step(point_, gradient, loss);
    }
  }

  void remember() { record_.path.insert(record_.path.end(), {point_.position.x(), point_.position.y()}); }

  const Surface& surface_;
  Point point_;
  descent::Optimizer<Point, Rule> optimizer_;
  descent::UpdateObserver<Point> observer_;
};

template <class Rule>
class NetworkTraining : public Training {
 public:
  NetworkTraining(const support::DigitSets& data, const Rule& rule, std::int64_t batch_size,
                  std::uint64_t seed)
      : data_(data),
        network_({64, 32, 10}, seed),
        gradient_(descent::zeros_like(network_)),
        optimizer_(network_, rule),
        observer_(network_),
        batches_(data.training.size(), {.batch_size = batch_size, .seed = seed}) {}

  void step() override {
    const auto batch = data_.training.batch(batches_[next_]);
    const double loss = network_.loss(batch, gradient_);
    add(observer_.step(optimizer_, network_, gradient_, loss), 3);
    sum_ += loss * static_cast<double>(batch.targets.size());
    if (++next_ == batches_.count()) end_epoch();
  }

 private:
  void end_epoch() {
    const auto steps = static_cast<std::int64_t>(record_.losses.size());
    const double training = sum_ / static_cast<double>(data_.training.size());
    const double validation = network_.loss(data_.test.all(), gradient_);
    record_.epoch_steps.push_back(static_cast<double>(steps));
    record_.epoch_training.push_back(training);
    record_.epoch_validation.push_back(validation);
    record_.accuracies.push_back(network_.accuracy(data_.test));
    record_.diagnosis.observe(descent::EpochReport{
        .epoch = ++epoch_, .step = steps, .training_loss = training, .validation = validation});
    batches_.start_epoch(epoch_);
    sum_ = 0;
    next_ = 0;
  }

  const support::DigitSets& data_;
  support::Network network_, gradient_;
  descent::Optimizer<support::Network, Rule> optimizer_;
  descent::UpdateObserver<support::Network> observer_;
  descent::MiniBatches batches_;
  std::int64_t next_ = 0, epoch_ = 0;
  double sum_ = 0;
};

/// What the page has chosen for one training.
struct Choice {
  std::string optimizer;
  double rate;
  descent::Schedule factor;  // multiplies the rate
  std::uint64_t seed;
};

inline std::unique_ptr<Training> train_surface(const Surface& surface, const Choice& choice) {
  std::unique_ptr<Training> made;
  with_rule<Trains::surface>(choice.optimizer, choice.rate, choice.factor, [&](const auto& rule) {
    using Rule = std::remove_cvref_t<decltype(rule)>;
    made = std::make_unique<SurfaceTraining<Rule>>(surface, rule, choice.seed);
  });
  return made;
}

inline std::unique_ptr<Training> train_network(const support::DigitSets& data, const Choice& choice,
                                               std::int64_t batch_size) {
  std::unique_ptr<Training> made;
  with_rule<Trains::network>(choice.optimizer, choice.rate, choice.factor, [&](const auto& rule) {
    using Rule = std::remove_cvref_t<decltype(rule)>;
    made = std::make_unique<NetworkTraining<Rule>>(data, rule, batch_size, choice.seed);
  });
  return made;
}

}  // namespace web
