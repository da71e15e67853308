// SPDX-License-Identifier: MIT
#include "support/no_malloc.hpp"

#include "support/conforming.hpp"
#include "support/refusals.hpp"

#include "support/catch.hpp"

#include <descent/optimizers/sgd.hpp>
#include <descent/testing/conformance.hpp>
#include <descent/wrappers/sam.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

// The conformance kit: our rules pass it, and a rule that breaks one part of the contract fails at that part.

namespace test {
extern std::size_t allocations;  // calls of operator new: allocation_test.cpp
}

namespace {

using namespace descent::testing;
using descent::Check;
using descent::Schedule;
using descent::Step;
using descent::simd::Pack;

std::size_t count() { return test::allocations; }

/// What failed, and what was found there.
std::string failures(const ConformanceReport& report) {
  std::string text;
  for (const PropertyReport& property : report.properties)
    if (property.status == PropertyStatus::failed) text += to_string(property) + "\n";
  return text;
}

/// The names of the failed properties.
template <class R>
std::string failing(const R& rule, ConformanceOptions options = {}) {
  options.allocations = count;
  std::string names;
  for (const PropertyReport& property : check_conformance(rule, options).properties)
    if (property.status == PropertyStatus::failed) names += (names.empty() ? "" : ", ") + property.property;
  return names;
}

enum class Fault { none, impure, allocates, by_lane, by_threads, shares_memory, divides, unchecked, climbs };

/// Gradient descent, correct except for one fault.
struct Faulty {
  Fault fault = Fault::none;
  Schedule learning_rate = 0.1;

  static constexpr int places = 4096;
  static inline int counters[places] = {};
  struct RuleState {
    int place = -1;  // of a counter that copies share
  };
  void advance(RuleState& memory, Step) const {
    static int made = 0;
    if (fault != Fault::shares_memory) return;
    if (memory.place < 0) {
      memory.place = made++ % places;
      counters[memory.place] = 0;
    }
    ++counters[memory.place];
  }

  template <class S>
  struct Coefficients {
    S rate, by_lane, divides;
  };
  Coefficients<double> coefficients(Step step, const RuleState& memory) const {
    static int calls = 0;
    double rate = learning_rate(step.index);
    if (fault == Fault::impure) rate /= ++calls;
    if (fault == Fault::allocates) ::operator delete(::operator new(100));
    if (fault == Fault::by_threads) rate /= descent::threads();
    if (fault == Fault::shares_memory) rate /= counters[memory.place];
    if (fault == Fault::climbs) rate = -rate;
    return {rate, fault == Fault::by_lane ? 0.1 : 0.0, fault == Fault::divides ? 1.0 : 0.0};
  }

  template <class S>
  static Pack<S> update(Pack<S> u, Pack<S>, const Coefficients<Pack<S>>& c) {
    S lanes[Pack<S>::size];
    for (std::size_t k = 0; k < Pack<S>::size; ++k) lanes[k] = static_cast<S>(k);
    const Pack<S> scale = Pack<S>(1) + c.by_lane * Pack<S>::load(lanes);
    return select(c.divides > Pack<S>(0), u / abs(u), -(c.rate * scale * u));
  }

  void check(const Check& check) const {
    if (fault != Fault::unchecked) check("learning_rate", learning_rate, descent::legal::non_negative);
  }
};

/// Remembers steps in the rule itself: copies have them, reset() clears them, but the saved state lacks them.
struct Forgetful {
  double learning_rate = 0.1;
  mutable int steps = 0;

  struct RuleState {
    double rate = 0;
  };
  void advance(RuleState& memory, Step step) const {
    steps = step.is_first() ? 1 : steps + 1;
    memory.rate = learning_rate / steps;
  }
  template <class S>
  struct Coefficients {
    S rate;
  };
  Coefficients<double> coefficients(Step, const RuleState& memory) const { return {memory.rate}; }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return -(c.rate * u);
  }
  void check(const Check& check) const {
    check("learning_rate", learning_rate, descent::legal::non_negative);
  }
};

/// A recipe that checks its learning rate at construction, and hides its later values from its part.
struct Capped {
  Schedule learning_rate = 0.1;

  auto chain() const {
    const auto capped = [rate = learning_rate](std::int64_t step) { return std::min(rate(step), 0.1); };
    return descent::chain(Faulty{Fault::none, capped});
  }
  void check(const Check& check) const {
    check("learning_rate", learning_rate, descent::legal::non_negative);
  }
};

enum class MatrixFault { none, by_order, by_block };

/// Like above, for whole matrices.
struct FaultyForMatrices {
  MatrixFault fault = MatrixFault::none;
  double learning_rate = 0.1;

  template <class Matrix>
  struct Workspace {
    double block = 0;
  };
  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const descent::MatrixShape& shape) const {
    work.block = static_cast<double>(shape.index);
  }
  template <class Update, class Matrix>
  void transform(Update& update, Workspace<Matrix>& work, Step) const {
    double rate = learning_rate;
    if (fault == MatrixFault::by_order && Update::IsRowMajor) rate /= 2;
    if (fault == MatrixFault::by_block) rate /= 1 + work.block;
    update *= static_cast<typename Matrix::Scalar>(-rate);
  }
  void check(const Check& check) const {
    check("learning_rate", learning_rate, descent::legal::non_negative);
  }
};

/// An optimizer that takes gradients of any shape.
template <class S>
class Careless final : public conformance::ErasedOptimizer<S> {
 public:
  void step(conformance::Blocks<S>&, const conformance::Matrices<S>&, double) override { ++steps_; }
  std::int64_t steps() const override { return steps_; }
  void reset() override { steps_ = 0; }
  std::vector<conformance::Slot<S>> state() override { return {}; }
  std::vector<descent::SavedTensor> tensors() override {
    return {descent::SavedTensor{.name = "steps", .type = descent::NumberType::int64, .data = &steps_}};
  }
  void set_tensors(std::span<const descent::SavedTensor> tensors) override {
    steps_ = *static_cast<const std::int64_t*>(tensors[0].data);
  }
  std::unique_ptr<conformance::ErasedOptimizer<S>> copy() const override {
    return std::make_unique<Careless>(*this);
  }
  std::vector<double> options(std::int64_t) const override { return {}; }

 private:
  std::int64_t steps_ = 0;
};

}  // namespace

TEST_CASE("every rule passes the conformance kit") {
  for (const test::RuleUnderTest& rule : test::rules_under_test()) {
    INFO(rule.name);
    const auto report = conformance::examine(test::subject_of(rule), {.allocations = count,
                                                                      .maximizes = rule.climbs,
                                                                      .depends_on_place = rule.draws_numbers,
                                                                      .loss_left = 0.5});
    CHECK(failures(report) == "");
    CHECK(report.ok());
  }
}

TEST_CASE("the conformance kit says what is wrong with a rule, and nothing else") {
  CHECK(failing(Faulty{Fault::none}) == "");
  CHECK(failing(Faulty{Fault::impure}).find("purity") == 0);
  CHECK(failing(Faulty{Fault::allocates}) == "no allocation");
  CHECK(failing(Faulty{Fault::by_lane}) == "position, layout");
  CHECK(failing(Faulty{Fault::by_threads}) == "threads");
  CHECK(failing(Faulty{Fault::shares_memory}) == "resume");
  CHECK(failing(Forgetful{}) == "resume");
  CHECK(failing(Faulty{Fault::divides}) == "finite, descent");
  CHECK(failing(Faulty{Fault::unchecked}) == "refusal of options");
  CHECK(failing(Capped{}) == "refusal of options");
  CHECK(failing(Faulty{Fault::climbs}) == "descent");
  CHECK(failures(check_conformance(Faulty{Fault::climbs}, {.allocations = count}))
            .ends_with(
                "; a part without a learning rate climbs: examine it with | ScaleByLearningRate{0.1}\n"));
  CHECK(failing(Faulty{Fault::climbs}, {.maximizes = true}) == "");
  CHECK(failing(FaultyForMatrices{}) == "");
  CHECK(failing(FaultyForMatrices{MatrixFault::by_order}) == "layout");
  CHECK(failing(FaultyForMatrices{MatrixFault::by_block}) == "order of blocks");
  CHECK(failing(FaultyForMatrices{MatrixFault::by_block}, {.depends_on_place = true}) == "");
}

TEST_CASE("the conformance kit says after how many steps the saved state turned out not to be all there is") {
  const std::string found = failures(check_conformance(Forgetful{}, {.allocations = count}));
  CHECK(
      found.starts_with("FAILED   resume: float: saved after 1 steps and set into a new optimizer, after 2 "
                        "steps block 0, element (0, 0) is "));
  CHECK(found.ends_with(
      " differs from a run that never stopped: something is remembered outside of state and Memory\n"));
}

TEST_CASE("the conformance kit: steps that take any gradient, or throw, are found") {
  conformance::Subject careless{.name = "Careless"};
  careless.of_float.blocks = [](const auto&) { return std::make_unique<Careless<float>>(); };
  careless.of_double.blocks = [](const auto&) { return std::make_unique<Careless<double>>(); };
  CHECK(failures(conformance::examine(careless, {})) ==
        "FAILED   refusal of shapes: float: a transposed gradient is accepted\n"
        "FAILED   descent: float: after 100 steps on a quadratic the loss is 3.67, at the start 3.67\n");

  careless.of_float.blocks = [](const auto&) -> std::unique_ptr<Careless<float>> { throw 1; };
  CHECK(to_string(conformance::examine(careless, {}).properties[0]) ==
        "FAILED   purity: float: throws something other than a std::exception");
  careless.of_float.blocks = [](const auto&) -> std::unique_ptr<Careless<float>> {
    throw std::runtime_error("no optimizer");
  };
  CHECK(to_string(conformance::examine(careless, {}).properties[0]) ==
        "FAILED   purity: float: throws: no optimizer");
}

TEST_CASE("the conformance kit takes a rule or what makes one, also one that evaluates the objective") {
  auto make = [] { return descent::Sam{} | descent::Sgd{.learning_rate = 0.1}; };
  const auto report = check_conformance(make, {.allocations = count});
  CHECK(report.rule == "Chain");
  CHECK(failures(report) == "");
}

TEST_CASE("the conformance kit skips what it is not given the means for") {
  conformance::Subject subject = conformance::subject_of(Faulty{});
  subject.of_double.views = nullptr;
  subject.of_double.broken = nullptr;
  subject.chooses_by_block = true;
  const auto report = conformance::examine(subject, {});
  CHECK(report);
  const std::string text = to_string(report);
  CHECK(text.find("skipped  layout: no optimizer of views was handed in\n") != std::string::npos);
  CHECK(text.find("skipped  order of blocks: the rule chooses by block\n") != std::string::npos);
  CHECK(text.find("skipped  refusal of options: no way to change them was handed in\n") != std::string::npos);
  CHECK(text.find("passed   no allocation: through Eigen; operator new is not counted\n") !=
        std::string::npos);
}

TEST_CASE("a report of the conformance kit as text") {
  const ConformanceReport report{.rule = "Adam",
                                 .properties = {{.property = "purity"},
                                                {"threads", PropertyStatus::failed, "float: what was found"},
                                                {"layout", PropertyStatus::skipped, "a reason"}}};
  CHECK_FALSE(report);
  CHECK(to_string(report) ==
        "Adam breaks the contract\n"
        "  passed   purity\n"
        "  FAILED   threads: float: what was found\n"
        "  skipped  layout: a reason\n");
  CHECK(to_string(ConformanceReport{.rule = "Sgd"}) == "Sgd keeps the contract\n");
}

TEST_CASE("the conformance kit refuses options out of range") {
  const conformance::Subject none;
  CHECK(test::refusal_of([&] { conformance::examine(none, {.descent_steps = 0}); }) ==
        "descent: check_conformance: descent_steps is 0, must be at least 1 and finite");
  CHECK(test::refusal_of([&] { conformance::examine(none, {.loss_left = 0}); }) ==
        "descent: check_conformance: loss_left is 0, must be greater than 0 and finite");
}
