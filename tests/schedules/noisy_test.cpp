// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/noisy.hpp>

using descent::CosineDecay;
using descent::Noisy;
using descent::Schedule;

namespace {
struct Moments {
  double mean = 0, variance = 0, largest = 0;
};

/// The moments of the noise on a constant 1.
Moments moments(const Noisy& noisy) {
  constexpr int count = 100'000;
  Moments found;
  for (int step = 0; step < count; ++step) {
    const double noise = noisy(step) - 1;
    found.mean += noise / count;
    found.variance += noise * noise / count;
    found.largest = std::max(found.largest, std::abs(noise));
  }
  return found;
}
}  // namespace

TEST_CASE("Noisy changes a schedule by at most its limit, the same for the same seed and step") {
  const CosineDecay decay{.initial = 0.1, .steps = 100, .final = 0.01};
  const Noisy noisy{.schedule = decay, .limit = 0.2, .seed = 7}, same = noisy;
  const Noisy other{.schedule = decay, .limit = 0.2, .seed = 8};
  int equal = 0;
  for (std::int64_t step = 0; step < 200; ++step) {
    REQUIRE(noisy(step) == same(step));
    REQUIRE(std::abs(noisy(step) / decay(step) - 1) <= 0.2);
    equal += noisy(step) == other(step) ? 1 : 0;
  }
  REQUIRE(equal == 0);
  REQUIRE(noisy(-1) == noisy(0));
  REQUIRE(noisy(200) != noisy(201));
  REQUIRE(Schedule{noisy}.duration() == 100);
  require_within(noisy, 0.008, 0.12);
  require_pure(noisy);
}

TEST_CASE("Noisy is on between its first step and its end") {
  const Noisy noisy{.schedule = 1, .begin = 10, .end = 20};
  for (std::int64_t step = 0; step < 30; ++step) REQUIRE((noisy(step) == 1) == (step < 10 || step >= 20));
  REQUIRE(noisy(far_past_the_end) == 1);
}

TEST_CASE("Noisy is a normal distribution cut off at the limit, or uniform") {
  const double limit = 0.67;
  const Moments normal = moments({.schedule = 1});
  REQUIRE(normal.mean == Approx(0).margin(0.01));
  // Of a standard normal within +-a: 1 - 2 a phi(a) / (2 Phi(a) - 1).
  const double density = std::exp(-limit * limit / 2) / std::sqrt(2 * 3.14159265358979);
  const double inside = std::erf(limit / std::sqrt(2));
  REQUIRE(normal.variance == Approx(1 - 2 * limit * density / inside).epsilon(0.02));
  REQUIRE(normal.largest <= limit);
  REQUIRE(normal.largest > 0.99 * limit);
  const Moments uniform = moments({.schedule = 1, .uniform = true});
  REQUIRE(uniform.mean == Approx(0).margin(0.01));
  REQUIRE(uniform.variance == Approx(limit * limit / 3).epsilon(0.02));
  REQUIRE(uniform.largest <= limit);
}

TEST_CASE("Noisy never makes a value negative, and does not change it if the limit is 0") {
  require_within(Noisy{.schedule = 1, .limit = 1}, 0, 2);
  require_within(Noisy{.schedule = 1, .limit = 1, .uniform = true}, 0, 2);
  require_within(Noisy{.schedule = 0.5, .limit = 0}, 0.5, 0.5);
}

TEST_CASE("Noisy refuses bad options") {
  REQUIRE(refusal(Noisy{}) == "descent: Noisy: schedule is nan, must be finite");
  REQUIRE(refusal(Noisy{.schedule = 1, .limit = 1.5}) == "descent: Noisy: limit is 1.5, must be in [0, 1]");
  REQUIRE(refusal(Noisy{.schedule = 1, .begin = -1}) == "descent: Noisy: begin is -1, must be at least 0");
  REQUIRE(refusal(Noisy{.schedule = 1, .begin = 5, .end = 4}) ==
          "descent: Noisy: end is 4, must be at least 5");
}
