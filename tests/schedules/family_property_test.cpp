// SPDX-License-Identifier: MIT
#include "schedules/random_schedules.hpp"
#include "schedules/schedule_support.hpp"

#include <descent/schedules/text.hpp>

namespace {
template <class Family>
void require_finite(RandomSchedules& random) {
  for (int i = 0; i < 150; ++i) {
    const Family family = random.family<Family>();
    INFO(descent::to_string(family));
    constexpr double largest = std::numeric_limits<double>::max();
    require_within(family, -largest, largest);
    REQUIRE(family(-1) == family(0));
    REQUIRE(family(std::numeric_limits<std::int64_t>::min()) == family(0));
    const std::int64_t duration = descent::Schedule{family}.duration();
    REQUIRE(duration >= -1);
    if (duration < 0) continue;
    for (std::int64_t past = 1; past < far_past_the_end - duration && past > 0; past *= 8)
      REQUIRE(family(duration + past) == family(duration));
  }
}

template <class... Family>
void require_all_finite(descent::detail::FamilyList<Family...>, RandomSchedules& random) {
  (require_finite<Family>(random), ...);
}
}  // namespace

TEST_CASE("every family is finite at every step with any legal options, and holds its last value") {
  RandomSchedules random(4);
  require_all_finite(descent::detail::AllFamilies{}, random);
}
