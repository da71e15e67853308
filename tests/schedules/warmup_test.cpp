// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/compose/algebra.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/inverse_square_root.hpp>
#include <descent/schedules/warmup.hpp>

using descent::CosineDecay;
using descent::InverseSquareRoot;
using descent::Schedule;
using descent::warmup;

TEST_CASE("a warm-up gives step k of n the fraction (k + 1) / n of what follows") {
  const CosineDecay after{.initial = 0.5, .steps = 10, .final = 0.1};
  const Schedule rate = warmup(4) >> after;
  REQUIRE(rate(-1) == 0.125);
  REQUIRE(rate(0) == 0.125);
  REQUIRE(rate(1) == 0.25);
  REQUIRE(rate(2) == 0.375);
  REQUIRE(rate(3) == 0.5);
  REQUIRE(rate(far_past_the_end) == 0.1);
}

TEST_CASE("the length of what follows a warm-up does not include it") {
  const CosineDecay after{.initial = 0.5, .steps = 10, .final = 0.1};
  const Schedule rate = warmup(4) >> after;
  for (std::int64_t step = 0; step < 30; ++step) REQUIRE(rate(step + 4) == after(step));
  REQUIRE(rate.duration() == 14);
  const Schedule included = descent::join({warmup(4), shift(after, -4)}, {4});
  REQUIRE(included.duration() == 10);
  for (std::int64_t step = 4; step < 14; ++step) REQUIRE(included(step) < rate(step));
}

TEST_CASE("a warm-up may start at a fraction: 0 as Optax, a third as PyTorch") {
  const Schedule optax = warmup(10, 0) >> 0.1;
  REQUIRE(optax(0) == 0);
  REQUIRE(optax(1) == Approx(0.01).epsilon(1e-14));
  REQUIRE(optax(9) == Approx(0.09).epsilon(1e-14));
  REQUIRE(optax(10) == 0.1);
  const Schedule torch = warmup(5, 1.0 / 3) >> 0.1;
  REQUIRE(torch(0) == Approx(0.03333333333333333).epsilon(1e-14));
  REQUIRE(torch(1) == Approx(0.04666666666666667).epsilon(1e-14));
  REQUIRE(torch(60) == 0.1);
}

TEST_CASE("a warm-up of no steps is none, one of one step changes nothing") {
  const CosineDecay after{.initial = 0.5, .steps = 10};
  const Schedule none = warmup(0) >> after, one = warmup(1) >> after;
  for (std::int64_t step = 0; step < 12; ++step) REQUIRE(none(step) == after(step));
  REQUIRE(one(0) == 0.5);
  REQUIRE(one(1) == 0.5);
  REQUIRE((warmup(0, 0) >> after)(0) == 0.5);
}

TEST_CASE("a warm-up alone is a factor that counts the same steps as its partner") {
  const CosineDecay beside{.initial = 0.5, .steps = 10};
  const Schedule rate = warmup(4) * beside;
  for (std::int64_t step = 0; step < 4; ++step)
    REQUIRE(rate(step) == static_cast<double>(step + 1) / 4 * beside(step));
  REQUIRE(rate(4) == beside(4));
  REQUIRE(Schedule{warmup(4)}.duration() == 4);
  require_within(warmup(1000), 0, 1);
  require_within(warmup(far_past_the_end, 0), 0, 1);
}

TEST_CASE("a warm-up and an inverse square root meet at the peak") {
  const Schedule rate = warmup(10) >> InverseSquareRoot{.initial = 0.1, .steps = 10};
  REQUIRE(rate(9) == 0.1);
  REQUIRE(rate(10) == 0.1);
  for (std::int64_t step = 10; step < 50; ++step)
    REQUIRE(rate(step) == Approx(0.1 * std::sqrt(10.0 / static_cast<double>(step))).epsilon(1e-14));
}

TEST_CASE("a warm-up refuses bad options") {
  REQUIRE(refusal(warmup(-1)) == "descent: warmup: steps is -1, must be at least 0");
  REQUIRE(refusal(warmup(5, 1.5)) == "descent: warmup: start is 1.5, must be in [0, 1]");
  REQUIRE(refusal(warmup(5, not_a_number)) == "descent: warmup: start is nan, must be in [0, 1]");
  REQUIRE(message_of([] { warmup(-1) >> 0.1; }) == "descent: warmup: steps is -1, must be at least 0");
}

TEST_CASE("a warm-up rises in any of its shapes to the full value") {
  using descent::WarmupShape;
  const auto half_way = [](WarmupShape shape) { return warmup(4, shape)(1); };
  REQUIRE(half_way(WarmupShape::linear) == 0.5);
  REQUIRE(half_way(WarmupShape::logarithmic) == Approx(std::log(3) / std::log(5)).epsilon(1e-15));
  REQUIRE(half_way(WarmupShape::exponential) == Approx(0.5).epsilon(1e-15));
  REQUIRE(half_way(WarmupShape::cosine) == Approx(0.5).epsilon(1e-15));
  REQUIRE(half_way(WarmupShape::square_root) == Approx(std::sqrt(0.5)).epsilon(1e-15));
  REQUIRE(half_way(WarmupShape::one_minus_square_root) == Approx(1 - std::sqrt(0.5)).epsilon(1e-15));
  for (int shape = 0; shape < 6; ++shape) {
    const auto rises = warmup(10, static_cast<WarmupShape>(shape));
    for (std::int64_t step = 0; step < 9; ++step) REQUIRE(rises(step) < rises(step + 1));
    REQUIRE(rises(-1) == rises(0));
    REQUIRE(rises(0) > 0);
    REQUIRE(rises(9) == 1);
    REQUIRE(rises(10) == 1);
    require_within(warmup(far_past_the_end, static_cast<WarmupShape>(shape)), 0, 1);
    const auto from = warmup(10, 0.25, static_cast<WarmupShape>(shape));
    REQUIRE(from(0) == 0.25);
    REQUIRE(from(9) < 1);
    REQUIRE(from(10) == 1);
    require_within(from, 0.25, 1);
  }
}

TEST_CASE("a logarithmic warm-up has DeepSpeed's values (WarmupLR of 10 steps: ln(k + 1) / ln 10)") {
  const Schedule rate = warmup(9, 0, descent::WarmupShape::logarithmic) >> 1.0;
  for (std::int64_t step = 0; step < 9; ++step)
    REQUIRE(rate(step) == Approx(std::log(static_cast<double>(step) + 1) / std::log(10)).epsilon(1e-14));
  REQUIRE(rate(9) == 1);
}

TEST_CASE("an exponential warm-up rises by the same factor at every step, and not from 0") {
  const auto rises = warmup(5, 1e-5, descent::WarmupShape::exponential);
  for (std::int64_t step = 0; step < 5; ++step)
    REQUIRE(rises(step + 1) / rises(step) == Approx(10).epsilon(1e-12));
  REQUIRE(refusal(warmup(5, 0, descent::WarmupShape::exponential)) ==
          "descent: warmup: start is 0, must be greater than 0 for an exponential warm-up");
}
