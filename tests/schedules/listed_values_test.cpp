// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/listed_values.hpp>

using descent::ListedValues;
using descent::Schedule;

TEST_CASE("ListedValues has a value for each step and holds the last") {
  const ListedValues rate{.values = {0.3, 0.1, 0.2}};
  REQUIRE(rate(-1) == 0.3);
  REQUIRE(rate(0) == 0.3);
  REQUIRE(rate(1) == 0.1);
  REQUIRE(rate(2) == 0.2);
  REQUIRE(rate(3) == 0.2);
  REQUIRE(rate(far_past_the_end) == 0.2);
  REQUIRE(Schedule{rate}.duration() == 3);
  require_within(rate, 0.1, 0.3);
  require_pure(rate);
  REQUIRE((rate >> Schedule{0.5})(2) == 0.2);
  REQUIRE((rate >> Schedule{0.5})(3) == 0.5);
}

TEST_CASE("ListedValues refuses bad options") {
  REQUIRE(refusal(ListedValues{}) == "descent: ListedValues: values is empty; it has to have at least one");
  REQUIRE(refusal(ListedValues{.values = {1, infinite}}) ==
          "descent: ListedValues: values[1] is inf, must be finite");
}
