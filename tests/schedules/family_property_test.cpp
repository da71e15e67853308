// SPDX-License-Identifier: MIT
#include "schedules/random_schedules.hpp"
#include "schedules/schedule_support.hpp"

#include <descent/schedules/text.hpp>

namespace {
// The end of an exponential decay comes from a logarithm, which is not exact for very long ones.
template <class Family>
constexpr double tolerance = std::is_same_v<Family, descent::ExponentialDecay> ? 1e-12 : 0;

template <class Family>
void require_finite(RandomSchedules& random) {
  for (int i = 0; i < 100; ++i) {
    const Family family = random.family<Family>();
    INFO(descent::to_string(family));
    constexpr double largest = std::numeric_limits<double>::max();
    require_within(family, -largest, largest);
    REQUIRE(family(-1) == family(0));
    REQUIRE(family(std::numeric_limits<std::int64_t>::min()) == family(0));
    const std::int64_t duration = descent::Schedule{family}.duration();
    REQUIRE(duration >= -1);
    if (duration < 0 || std::is_same_v<Family, descent::Noisy>) continue;  // noise goes on past the end
    for (int bit = 0; bit < 63; bit += 3)
      if (const std::int64_t past = std::int64_t{1} << bit; past < far_past_the_end - duration)
        REQUIRE(family(duration + past) == Approx(family(duration)).epsilon(tolerance<Family>));
  }
}

template <class Family>
void require_not_negative(RandomSchedules& random) {
  for (int i = 0; i < 30; ++i) {
    Family family = random.family<Family>();
    // A cycle that starts downward and grows has no range.
    if constexpr (std::is_same_v<Family, descent::Cyclic>)
      if (family.peak < family.initial) std::swap(family.peak, family.initial);
    INFO(descent::to_string(family));
    require_within(family, 0, std::numeric_limits<double>::max());
  }
}

template <class... Family>
void require_all_not_negative(descent::detail::FamilyList<Family...>, RandomSchedules& random) {
  (require_not_negative<Family>(random), ...);
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

TEST_CASE("no family made of values that are not negative has a negative one") {
  RandomSchedules random(5);
  random.draw_no_negative();
  require_all_not_negative(descent::detail::AllFamilies{}, random);
}
