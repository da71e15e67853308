// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"
#include "support/saved.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/clip/clip_by_percentile.hpp>
#include <descent/wrappers/lookahead.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

// The refusals of restore_state, what users' rules may remember, and large step counts.

using namespace descent;
using test::refusal_of;
using test::Saved;

namespace {

using Tree = std::vector<Eigen::MatrixXd>;

Tree blocks(unsigned seed) {
  test::Numbers<double> numbers(seed);
  return {numbers.plain_matrix(3, 2), numbers.plain_matrix(1, 4)};
}

template <class T>
T& number(Saved& saved, const std::string& name) {
  return *static_cast<T*>(saved.at(name).data);
}

/// The message of restore_state for the tensors of one optimizer, changed by `change`; a second one, after
/// different steps, must not change.
template <class R, class Change>
std::string refusal_after(const R& rule, Change change) {
  Tree tree = blocks(1);
  Optimizer optimizer(tree, rule), other = optimizer;
  optimizer.step(tree, blocks(2));
  other.step(tree, blocks(3));
  other.step(tree, blocks(4));
  other.set_learning_rate_factor(0.5);
  Saved saved(saved_state(optimizer));
  change(saved);
  const Saved before(saved_state(other));
  auto twin = other;
  const std::string refusal = refusal_of([&] { restore_state(other, saved.tensors); });
  if (refusal.empty()) return "";
  CHECK(Saved(saved_state(other)).different(before) == "");
  CHECK(other.learning_rate() == twin.learning_rate());
  Tree copy = tree;
  other.step(tree, blocks(5));
  twin.step(copy, blocks(5));
  CHECK(tree == copy);
  CHECK(Saved(saved_state(other)).different(Saved(saved_state(twin))) == "");
  return refusal;
}
template <class Change>
std::string refusal_after(Change change) {
  return refusal_after(AdamW{.learning_rate = 0.1}, change);
}

}  // namespace

TEST_CASE("restore_state refuses tensors that do not fit, and changes nothing") {
  CHECK(refusal_after([](Saved&) {}) == "");
  CHECK(
      refusal_after([](Saved& saved) { saved.at("state/[1]/exp_avg_sq").name = "state/[1]/exp_avg_sqr"; }) ==
      "descent: restore_state: 'state/[1]/exp_avg_sq' is missing; the nearest name is "
      "'state/[1]/exp_avg_sqr'");
  CHECK(refusal_after([](Saved& saved) { saved.erase("memory/ScaleByAdam/1"); }) ==
        "descent: restore_state: 'memory/ScaleByAdam/1' is missing; the nearest name is "
        "'memory/ScaleByAdam/0'");
  CHECK(refusal_after([](Saved& saved) { saved.tensors.clear(); }) ==
        "descent: restore_state: 'steps' is missing; there are no tensors");
  CHECK(refusal_after([](Saved& saved) {
          SavedTensor extra = saved.at("steps");
          extra.name = "further";
          saved.tensors.push_back(extra);
        }) == "descent: restore_state: there is no place for 'further'");
  CHECK(refusal_after([](Saved& saved) { saved.tensors.push_back(saved.at("steps")); }) ==
        "descent: restore_state: there are two tensors 'steps'");
  CHECK(refusal_after([](Saved& saved) { saved.at("state/[0]/exp_avg").type = NumberType::int64; }) ==
        "descent: restore_state: 'state/[0]/exp_avg' is 3x2 of int64, must be 3x2 of float64");
  CHECK(refusal_after([](Saved& saved) { saved.at("steps").type = NumberType::uint64; }) ==
        "descent: restore_state: 'steps' is one number of uint64, must be one number of int64");
  CHECK(refusal_after([](Saved& saved) {
          std::swap(saved.at("state/[0]/exp_avg").rows, saved.at("state/[0]/exp_avg").columns);
        }) == "descent: restore_state: 'state/[0]/exp_avg' is 2x3 of float64, must be 3x2 of float64");
  CHECK(refusal_after([](Saved& saved) { saved.at("steps").dimensions = 1; }) ==
        "descent: restore_state: 'steps' is a vector of 1 of int64, must be one number of int64");
  CHECK(refusal_after([](Saved& saved) { saved.at("state/[1]/exp_avg").data = nullptr; }) ==
        "descent: restore_state: 'state/[1]/exp_avg' has no data");
}

TEST_CASE("restore_state refuses counts and rates that cannot be, and changes nothing") {
  CHECK(refusal_after([](Saved& saved) { number<std::int64_t>(saved, "steps") = -1; }) ==
        "descent: restore_state: 'steps' is -1, must be at least 0 and at most 2^62");
  CHECK(refusal_after([](Saved& saved) {
          number<std::int64_t>(saved, "steps") = std::numeric_limits<std::int64_t>::max();
        }) == "descent: restore_state: 'steps' is 9223372036854775807, must be at least 0 and at most 2^62");
  CHECK(refusal_after([](Saved& saved) { number<std::int64_t>(saved, "skipped_steps") = -7; }) ==
        "descent: restore_state: 'skipped_steps' is -7, must be at least 0 and at most 2^62");
  for (const double factor :
       {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK(refusal_after([=](Saved& saved) { number<double>(saved, "learning_rate_factor") = factor; }) ==
          "descent: restore_state: learning_rate_factor is " + detail::text_of(factor) +
              ", must be at least 0 and finite");
  const AdamW falls{.learning_rate = [](std::int64_t step) { return step < 5 ? 0.1 : -0.1; }};
  CHECK(refusal_after(falls, [](Saved& saved) { number<std::int64_t>(saved, "steps") = 4; }) == "");
  CHECK(refusal_after(falls, [](Saved& saved) { number<std::int64_t>(saved, "steps") = 5; }) ==
        "descent: AdamW: learning_rate at step 5 is -0.1, must be at least 0 and finite");
}

TEST_CASE("restore_state refuses clocks, booleans and rings that cannot be, and changes nothing") {
  const auto resting = RestAbsentBlocks{} | AdamW{.learning_rate = 0.1};
  for (const std::int64_t rested : {-1, 2})
    CHECK(refusal_after(resting, [=](Saved& saved) {
            number<std::int64_t>(saved, "clock/[1]/rested") = rested;
          }) == "descent: restore_state: 'clock/[1]/rested' is " + std::to_string(rested) + " of 1 steps");
  CHECK(refusal_after(resting, [](Saved& saved) { number<std::int64_t>(saved, "clock/[1]/rested") = 1; }) ==
        "");

  const auto delayed = ClipByGlobalNorm{.max_norm = 1, .delayed = true} | Sgd{.learning_rate = 0.1};
  CHECK(refusal_after(delayed, [](Saved& saved) {
          number<unsigned char>(saved, "memory/ClipByGlobalNorm/1") = 7;
        }) == "descent: restore_state: 'memory/ClipByGlobalNorm/1' is neither true nor false");

  const auto percentile = ClipByPercentile{} | Sgd{.learning_rate = 0.1};
  for (const int place : {-1, 100})
    for (const char* name : {"memory/ClipByPercentile/1", "memory/ClipByPercentile/2"}) {
      const std::string refusal =
          refusal_after(percentile, [&](Saved& saved) { number<int>(saved, name) = place; });
      CHECK(refusal ==
            (place == 100 && name[24] == '1'
                 ? ""
                 : "descent: restore_state: the value of 'memory/ClipByPercentile' is not possible"));
    }
}

TEST_CASE("restore_state refuses the state of another rule") {
  Tree tree = blocks(1);
  Optimizer optimizer(tree, AdamW{.learning_rate = 0.1}), other_sizes = optimizer;
  Optimizer sgd(tree, Sgd{.learning_rate = 0.1});
  CHECK(refusal_of([&] { restore_state(sgd, saved_state(optimizer)); }) ==
        "descent: restore_state: there is no place for 'memory/ScaleByAdam/0'");
  CHECK(refusal_of([&] {
          restore_state(optimizer, saved_state(sgd));
        }).starts_with("descent: restore_state: 'memory/ScaleByAdam/0' is missing; the nearest name is "));
}

TEST_CASE("two blocks of one name cannot be told apart") {
  Eigen::MatrixXd a = Eigen::MatrixXd::Ones(2, 2), b = a;
  auto tree = std::make_tuple(named("w", a), named("w", b));
  Optimizer optimizer(tree, AdamW{.learning_rate = 0.1});
  CHECK(refusal_of([&] { restore_state(optimizer, saved_state(optimizer)); }) ==
        "descent: restore_state: there are two tensors 'state/w/exp_avg'");
}

namespace {

/// What rules of users may remember.
struct Remembers {
  enum class Phase : std::int64_t { early, late };
  struct Mean {
    double value = 0;
    std::int64_t count = 0;
    bool has_valid_state() const { return count >= 0; }
  };
  class History {
   public:
    void add(double number) { numbers_.push_back(number); }
    double last() const { return numbers_.back(); }
    template <class F>
    void for_each_state_value(F&& f) {
      f("numbers", numbers_);
      f("mean", mean_);
      mean_.value = numbers_.empty() ? 0 : numbers_[0];
    }

   private:
    std::vector<double> numbers_;
    Mean mean_;
  };
  struct RuleState {
    std::vector<double> rates;
    History history;
    Mean mean;
    std::array<Mean, 2> means{};
    std::array<bool, 3> flags{};
    int plain[2][2] = {};
    Phase phase = Phase::early;
    float single = 0;
    std::uint64_t seed = 3;
    Eigen::Vector2d vector{1, 2};
    struct Empty {
    } empty{};
  };
  void advance(RuleState& memory, Step step) const {
    memory.rates.push_back(0.1 / (1 + static_cast<double>(memory.rates.size())));
    memory.history.add(step.t());
    memory.mean.value += memory.history.last();
    ++memory.mean.count;
    memory.flags[static_cast<std::size_t>(step.index % 3)] ^= true;
    memory.phase = step.index > 1 ? Phase::late : Phase::early;
    memory.seed *= 6364136223846793005u;
    memory.vector[0] += 1;
    memory.plain[1][0] += 3;
  }
  template <class S>
  struct Coefficients {
    S rate;
  };
  Coefficients<double> coefficients(Step, const RuleState& memory) const {
    return {memory.rates.back() * memory.mean.value / memory.vector[0] * (memory.flags[0] ? 2 : 1) *
            static_cast<double>(memory.seed % 7 + 1)};
  }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return -(c.rate * u);
  }
};

}  // namespace

TEST_CASE("rules of users may remember numbers, enumerations, vectors, matrices, and objects made of them") {
  Tree tree = blocks(1), other = tree;
  Optimizer optimizer(tree, Remembers{});
  for (unsigned k = 0; k < 4; ++k) {
    Optimizer resumed(other, Remembers{});
    restore_state(resumed, Saved(saved_state(optimizer)).tensors);
    optimizer.step(tree, blocks(k));
    resumed.step(other, blocks(k));
    CHECK(tree == other);
    CHECK(Saved(saved_state(resumed)).different(Saved(saved_state(optimizer))) == "");
  }
  std::string names;
  for (const SavedTensor& tensor : saved_state(optimizer))
    if (tensor.name.starts_with("memory/"))
      names += tensor.name.substr(17) + " " + detail::shape_text(tensor) + "\n";
  CHECK(names ==
        "0 a vector of 4 of float64\n"
        "1/numbers a vector of 4 of float64\n"
        "1/mean/0 one number of float64\n"
        "1/mean/1 one number of int64\n"
        "2/0 one number of float64\n"
        "2/1 one number of int64\n"
        "3/0/0 one number of float64\n"
        "3/0/1 one number of int64\n"
        "3/1/0 one number of float64\n"
        "3/1/1 one number of int64\n"
        "4 a vector of 3 of boolean\n"
        "5/0/0 one number of int32\n"
        "5/0/1 one number of int32\n"
        "5/1/0 one number of int32\n"
        "5/1/1 one number of int32\n"
        "6 one number of int64\n"
        "7 one number of float32\n"
        "8 one number of uint64\n"
        "9 a vector of 2 of float64\n");
}

TEST_CASE("what a user's rule remembers is checked at every depth") {
  Tree tree = blocks(1);
  Optimizer optimizer(tree, Remembers{});
  optimizer.step(tree, blocks(2));
  const Saved good(saved_state(optimizer));
  const auto refusal = [&](auto change) {
    Saved saved = good;
    change(saved);
    const std::string message = refusal_of([&] { restore_state(optimizer, saved.tensors); });
    CHECK(Saved(saved_state(optimizer)).different(good) == "");
    return message;
  };
  for (const char* name : {"memory/Remembers/2", "memory/Remembers/1/mean", "memory/Remembers/3/1"})
    CHECK(refusal([&](Saved& saved) { number<std::int64_t>(saved, std::string(name) + "/1") = -1; }) ==
          "descent: restore_state: the value of '" + std::string(name) + "' is not possible");
  CHECK(refusal([&](Saved& saved) {
          static_cast<unsigned char*>(saved.at("memory/Remembers/4").data)[2] = 2;
        }) == "descent: restore_state: 'memory/Remembers/4' is neither true nor false");
  CHECK(refusal([&](Saved& saved) { saved.at("memory/Remembers/0").type = NumberType::float32; }) ==
        "descent: restore_state: 'memory/Remembers/0' is a vector of 1 of float32, must be a vector of 1 of "
        "float64");
  CHECK(refusal([&](Saved& saved) { saved.at("memory/Remembers/0").rows = -4; }) ==
        "descent: restore_state: 'memory/Remembers/0' is a vector of -4 of float64, must be a vector of 1 of "
        "float64");
  CHECK(refusal([&](Saved& saved) { saved.at("memory/Remembers/0").dimensions = 2; }) ==
        "descent: restore_state: 'memory/Remembers/0' is 1x1 of float64, must be a vector of 1 of float64");
  CHECK(refusal([&](Saved& saved) { saved.at("memory/Remembers/4").rows = 2; }) ==
        "descent: restore_state: 'memory/Remembers/4' is a vector of 2 of boolean, must be a vector of 3 of "
        "boolean");
}

TEST_CASE("booleans are read by their stride") {
  Tree tree = blocks(1);
  Optimizer optimizer(tree, Remembers{});
  Saved saved(saved_state(optimizer));
  unsigned char spread[6] = {1, 9, 0, 9, 1, 9};
  saved.at("memory/Remembers/4").data = spread;
  saved.at("memory/Remembers/4").row_stride = 2;
  CHECK(refusal_of([&] { restore_state(optimizer, saved.tensors); }) == "");
  CHECK(optimizer.rule_state<Remembers>().flags == std::array<bool, 3>{true, false, true});
}

TEST_CASE("counts of steps go on beyond 2^24, 2^31 and 2^53, and schedules are read there") {
  struct Ramp {
    double operator()(std::int64_t step) const { return static_cast<double>(step % 1000) * 1e-6; }
  };
  constexpr std::int64_t one = 1;
  for (const std::int64_t large : {one << 24, one << 31, one << 32, one << 53, one << 62})
    for (const std::int64_t start : {large - 2, large - 1, large}) {
      INFO(start);
      if (start == one << 62) continue;  // the step after it would be refused
      Eigen::VectorXd x = Eigen::VectorXd::Ones(2);
      Optimizer optimizer(x, Sgd{.learning_rate = Ramp{}});
      Saved saved(saved_state(optimizer));
      number<std::int64_t>(saved, "steps") = start;
      restore_state(optimizer, saved.tensors);
      for (std::int64_t k = start; k < start + 3; ++k) {
        CHECK(optimizer.steps() == k);
        CHECK(optimizer.learning_rate() == Ramp{}(k));
        const Eigen::VectorXd before = x;
        optimizer.step(x, Eigen::VectorXd::Ones(2));
        CHECK(x[0] == before[0] - Ramp{}(k));
      }
      CHECK(optimizer.steps() == start + 3);
    }
}

TEST_CASE("intervals are kept at large counts of steps") {
  constexpr std::int64_t one = 1;
  for (const std::int64_t start : {(one << 24) - 2, (one << 31) - 2, (one << 53) - 2, (one << 60) + 1}) {
    INFO(start);
    Eigen::VectorXd x = Eigen::VectorXd::Zero(1), slow = x;
    Optimizer optimizer(x, Sgd{.learning_rate = 1} | Lookahead{.every = 5, .slow_step_size = 0.5});
    Saved saved(saved_state(optimizer));
    number<std::int64_t>(saved, "steps") = start;
    restore_state(optimizer, saved.tensors);
    for (std::int64_t k = start; k < start + 12; ++k) {
      const double before = x[0];
      optimizer.step(x, Eigen::VectorXd::Ones(1));
      const bool meets = (k + 1) % 5 == 0;
      CHECK((x[0] != before - 1) == meets);
    }
  }
}

TEST_CASE("an optimizer that was moved from is neither saved nor restored, nor given a rule") {
  Tree tree = blocks(1);
  Optimizer optimizer(tree, AdamW{});
  optimizer.step(tree, blocks(2));
  const Saved saved(saved_state(optimizer));
  const Optimizer taken = std::move(optimizer);
  const std::string message = "descent: AdamW: the optimizer was moved from";
  CHECK(refusal_of([&] { static_cast<void>(saved_state(optimizer)); }) == message);
  CHECK(refusal_of([&] { restore_state(optimizer, saved.tensors); }) == message);
  CHECK(refusal_of([&] { optimizer.set_rule(AdamW{}); }) == message);
  optimizer = taken;
  restore_state(optimizer, saved.tensors);
  CHECK(optimizer.steps() == 1);
}
