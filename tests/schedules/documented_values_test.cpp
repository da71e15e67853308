// SPDX-License-Identifier: MIT
// The values that the families document for the first and the last step, for random options.
#include "schedules/random_schedules.hpp"
#include "schedules/schedule_support.hpp"

#include <descent/schedules/text.hpp>

#include <utility>
#include <vector>

using namespace descent;

namespace {

/// Steps, and their documented values.
using Values = std::vector<std::pair<std::int64_t, double>>;

template <class Family, class ValuesOf>
void require_documented(const ValuesOf& values_of) {
  RandomSchedules random(1);
  for (int i = 0; i < 300; ++i) {
    const Family family = random.family<Family>();
    INFO(to_string(Schedule(family)));
    for (const auto& [step, value] : values_of(family)) REQUIRE(family(step) == value);
  }
}

template <class Family>
Values from_initial_to_final(const Family& family) {
  return {{0, family.initial}, {family.steps, family.final}, {far_past_the_end, family.final}};
}
template <class Family>
Values initial(const Family& family) {
  return {{0, family.initial}};
}
template <class Family>
Values initial_or_warmup(const Family& family) {
  return {{0, family.warmup > 0 ? family.final : family.initial}};
}

}  // namespace

TEST_CASE("families have their documented values at the first and at the last step") {
  require_documented<LinearDecay>(from_initial_to_final<LinearDecay>);
  require_documented<Rex>(from_initial_to_final<Rex>);
  require_documented<RangeTest>(from_initial_to_final<RangeTest>);
  require_documented<Demon>([](const Demon& family) {
    return Values{{0, family.initial}, {family.steps, 0}};
  });
  require_documented<SwaAnnealing>([](const SwaAnnealing& family) {
    return Values{{0, family.steps > 0 ? family.initial : family.final}, {family.steps, family.final}};
  });
  require_documented<PolynomialDecay>([](const PolynomialDecay& family) {
    return family.extends ? initial(family) : from_initial_to_final(family);
  });
  require_documented<WarmupStableDecay>([](const WarmupStableDecay& family) {
    return Values{{far_past_the_end, family.final}};
  });
  require_documented<StepDecay>([](const StepDecay& family) {
    return Values{{0, family.initial}, {family.every, detail::saturated(family.initial * family.factor)}};
  });
}

TEST_CASE("families have their documented values at the first step") {
  require_documented<CosineDecay>(initial<CosineDecay>);
  require_documented<InverseTimeDecay>(initial<InverseTimeDecay>);
  require_documented<NaturalExponentialDecay>(initial<NaturalExponentialDecay>);
  require_documented<InverseSquareRoot>(initial<InverseSquareRoot>);
  require_documented<CosineRestarts>(initial_or_warmup<CosineRestarts>);
  require_documented<PolynomialRestarts>(initial_or_warmup<PolynomialRestarts>);
  require_documented<OneCycle>([](const OneCycle& family) {
    const double rise = family.rise * static_cast<double>(family.steps);
    return rise >= (family.final_after_end ? 1 : 2) ? Values{{0, family.peak / family.initial_divisor}}
                                                    : Values{};
  });
  require_documented<Cyclic>([](const Cyclic& family) {
    Values values = initial(family);
    if (family.cycle_factor == 1 && family.step_factor == 1 && family.scale.is_constant() &&
        family.scale(0) == 1)
      values.emplace_back(family.rise, family.fall == 0 ? family.initial : family.peak);
    return values;
  });
}
