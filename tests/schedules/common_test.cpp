// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/common.hpp>

using namespace descent::detail;

// The arithmetic that the families share, at the limits of the types.

constexpr double largest = std::numeric_limits<double>::max();

TEST_CASE("sums and products of steps end at the last step") {
  CHECK(saturating_sum(2, 3) == 5);
  CHECK(saturating_sum(last_step - 3, 2) == last_step - 1);
  CHECK(saturating_sum(last_step - 1, 2) == last_step);
  CHECK(saturating_product(2, 3) == 6);
  CHECK(saturating_product(last_step / 4, 4) == last_step - 3);  // 2^63 - 4
  CHECK(saturating_product(last_step / 4 + 1, 4) == last_step);
  CHECK(not_negative(-1) == 0);
  CHECK(not_negative(1) == 1);
}

TEST_CASE("a double becomes a step, or the last one") {
  CHECK(to_steps(2.5) == 2);
  CHECK(to_steps(std::nextafter(0x1p63, 0)) == last_step - 1023);
  CHECK(to_steps(0x1p63) == last_step);
  CHECK(to_steps(infinite) == last_step);
}

TEST_CASE("a value saturates at the largest finite number of its sign") {
  CHECK(saturated(infinite) == largest);
  CHECK(saturated(-infinite) == -largest);
  CHECK(saturated(largest) == largest);
  CHECK(saturated(-0.5) == -0.5);
  CHECK(scaled_by_power(3, 2, 4) == 48);
  CHECK(scaled_by_power(0, 10, 1000) == 0);
  CHECK(scaled_by_power(-3, 10, 1000) == -largest);
}

TEST_CASE("a blend is exact at its ends and does not leave them") {
  CHECK(blend(0.1, 0.3, 1) == 0.1);
  CHECK(blend(0.1, 0.3, 0) == 0.3);
  CHECK(blend(2, 6, 0.25) == 5);
  CHECK(blend(0.7, 0.7, 0.1) == 0.7);
  CHECK(half_cosine(0) == 1);
  CHECK(half_cosine(0.5) == Approx(0.5).epsilon(1e-15));
  CHECK(half_cosine(2.0 / 3) == Approx(0.25).epsilon(1e-14));
  CHECK(half_tangent(-1, 2, 1) == Approx((1 - std::tanh(2.0)) / 2).epsilon(1e-14));
  CHECK(half_tangent(-1, 2, 0.5) == Approx((1 - std::tanh(0.5)) / 2).epsilon(1e-14));
  CHECK(raised(0.25, 1) == 0.25);
  CHECK(raised(0.25, 2) == 0.0625);
  CHECK(ratio(3, 4) == 0.75);
}
