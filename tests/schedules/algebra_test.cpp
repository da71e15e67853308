// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/compose/algebra.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/exponential_decay.hpp>
#include <descent/schedules/linear_decay.hpp>
#include <descent/schedules/step_decay.hpp>

#include <Eigen/Core>

using descent::CosineDecay;
using descent::ExponentialDecay;
using descent::LinearDecay;
using descent::Schedule;
using descent::StepDecay;
using descent::warmup;

namespace {
constexpr double largest = std::numeric_limits<double>::max();
const LinearDecay line{.initial = 1, .final = 0, .steps = 10};
const CosineDecay wave{.initial = 0.5, .steps = 20, .final = 0.1};
}  // namespace

TEST_CASE("a product multiplies on one clock") {
  const Schedule product = line * wave, scaled = 0.5 * line, scaled_right = line * 2;
  const Schedule with_lambda = line * [](std::int64_t step) { return static_cast<double>(step); };
  for (std::int64_t step = 0; step < 30; ++step) {
    REQUIRE(product(step) == line(step) * wave(step));
    REQUIRE(scaled(step) == 0.5 * line(step));
    REQUIRE(scaled_right(step) == 2 * line(step));
    REQUIRE(with_lambda(step) == line(step) * static_cast<double>(step));
  }
  REQUIRE((Schedule{2} * line * Schedule{0.5})(3) == line(3));
}

TEST_CASE("a product has PyTorch's values (LinearLR times StepLR, chained)") {
  const Schedule rate = LinearDecay{.initial = 0.02, .final = 0.1, .steps = 10} *
                        StepDecay{.initial = 1, .factor = 0.5, .every = 20};
  REQUIRE(rate(2) == Approx(0.03600000000000001).epsilon(1e-14));
  REQUIRE(rate(59) == Approx(0.02500000000000001).epsilon(1e-14));
  REQUIRE(rate(60) == Approx(0.012500000000000004).epsilon(1e-14));
}

TEST_CASE("a sum adds on one clock") {
  const Schedule sum = line + wave, raised = line + 0.25;
  for (std::int64_t step = 0; step < 30; ++step) {
    REQUIRE(sum(step) == line(step) + wave(step));
    REQUIRE(raised(step) == line(step) + 0.25);
  }
}

TEST_CASE("products and sums of numbers stay numbers") {
  REQUIRE((Schedule{2} * 3).is_constant());
  REQUIRE((Schedule{2} * 3)(0) == 6);
  REQUIRE((Schedule{2} + 3).is_constant());
  REQUIRE((Schedule{2} + 3)(0) == 5);
}

TEST_CASE("a product or sum lasts as long as the longer of the two") {
  REQUIRE((line * wave).duration() == 20);
  REQUIRE((wave + line).duration() == 20);
  REQUIRE((0.5 * line).duration() == 10);
  REQUIRE((line * StepDecay{.initial = 1, .every = 2}).duration() < 0);
  const Schedule rate = 0.5 * line >> wave;
  REQUIRE(rate(9) == 0.5 * line(9));
  REQUIRE(rate(10) == 0.5);
}

TEST_CASE("compositions stay finite") {
  const ExponentialDecay grows{.initial = 1, .factor = 10};
  require_within(2 * grows, 0, largest);
  require_within(grows * grows, 0, largest);
  require_within(grows + grows, 0, largest);
  require_within(-1 * grows * grows, -largest, 0);
}

TEST_CASE("the operators leave everybody else's objects alone") {
  using namespace descent;
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(3);
  const Eigen::VectorXd twice = ones * 2.0 + ones;
  REQUIRE(twice.sum() == 9);
  REQUIRE((ones.transpose() * ones)(0, 0) == 3);
}

TEST_CASE("clamp keeps a schedule between two values") {
  const Schedule kept = clamp(line, 0.25, 0.75);
  REQUIRE(kept(0) == 0.75);
  REQUIRE(kept(5) == 0.5);
  REQUIRE(kept(9) == 0.25);
  REQUIRE(kept(far_past_the_end) == 0.25);
  REQUIRE(kept.duration() == 10);
  REQUIRE(descent::clamp(3, 0, 1).is_constant());
  REQUIRE(descent::clamp(3, 0, 1)(0) == 1);
  require_within(clamp(ExponentialDecay{.initial = 1, .factor = 2}, 0, 5), 1, 5);
}

TEST_CASE("clamp refuses a bad range") {
  REQUIRE(message_of([] { clamp(line, 2, 1); }) ==
          "descent: clamp: high is 1, must be at least 2 and finite");
  REQUIRE(message_of([] { clamp(line, not_a_number, 1); }) == "descent: clamp: low is nan, must be finite");
}

TEST_CASE("shift starts a schedule later or in its middle") {
  const Schedule later = shift(line, 5), earlier = shift(line, -4);
  REQUIRE(later(0) == 1);
  REQUIRE(later(5) == 1);
  for (std::int64_t step = 0; step < 30; ++step) {
    REQUIRE(later(step + 5) == line(step));
    REQUIRE(earlier(step) == line(step + 4));
  }
  REQUIRE(later(-7) == 1);
  REQUIRE(earlier(-7) == line(4));
  REQUIRE(later.duration() == 15);
  REQUIRE(earlier.duration() == 6);
  REQUIRE(shift(line, -50).duration() == 0);
  REQUIRE(shift(StepDecay{.initial = 1, .every = 2}, 5).duration() < 0);
  REQUIRE(descent::shift(0.1, 5).is_constant());
}

TEST_CASE("shift by the largest and the smallest number does not overflow") {
  const std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
  require_within(shift(line, far_past_the_end), 1, 1);
  require_within(shift(line, -far_past_the_end), 0, 0);
  require_within(shift(line, smallest), 0, 0);
  REQUIRE(shift(line, far_past_the_end).duration() == far_past_the_end);
  REQUIRE(shift(line, smallest).duration() == 0);
}

TEST_CASE("shift has Optax's values (exponential_decay, transition_begin 5)") {
  const Schedule rate = shift(ExponentialDecay{0.1, 0.7, 10, true, 0.01}, 5);
  REQUIRE(rate(14) == 0.1);
  REQUIRE(rate(15) == Approx(0.07).epsilon(1e-14));
  REQUIRE(rate(100) == 0.01);
}

TEST_CASE("cycle repeats the first steps of a schedule") {
  const Schedule saw = cycle(line, 4), whole = cycle(warmup(2) >> line);
  for (std::int64_t step = 0; step < 40; ++step) {
    REQUIRE(saw(step) == line(step % 4));
    REQUIRE(whole(step) == (warmup(2) >> line)(step % 12));
  }
  REQUIRE(saw(-1) == 1);
  REQUIRE(saw.duration() < 0);
  REQUIRE(descent::cycle(0.1, 4).is_constant());
  require_within(saw, 0.7, 1);
  require_within(cycle(line, far_past_the_end), 0, 1);
}

TEST_CASE("cycle refuses a bad period") {
  REQUIRE(message_of([] { cycle(line, 0); }) == "descent: cycle: period is 0, must be at least 1");
  REQUIRE(message_of([] { cycle(StepDecay{.initial = 1, .every = 2}); }) ==
          "descent: cycle: the schedule never ends, so it needs a period: cycle(schedule, period)");
}

TEST_CASE("per_epoch changes once an epoch") {
  const Schedule epochs = per_epoch(line, 7);
  for (std::int64_t step = 0; step < 100; ++step) REQUIRE(epochs(step) == line(step / 7));
  REQUIRE(epochs(6) == 1);
  REQUIRE(epochs(7) == line(1));
  REQUIRE(epochs(70) == 0);
  REQUIRE(epochs(-1) == 1);
  REQUIRE(epochs.duration() == 70);
  REQUIRE(per_epoch(line, far_past_the_end).duration() == far_past_the_end);
  REQUIRE(per_epoch(StepDecay{.initial = 1, .every = 2}, 3).duration() < 0);
  REQUIRE(descent::per_epoch(0.1, 3).is_constant());
  require_within(epochs, 0, 1);
}

TEST_CASE("per_epoch refuses a bad number of steps") {
  REQUIRE(message_of([] { per_epoch(line, 0); }) ==
          "descent: per_epoch: steps_per_epoch is 0, must be at least 1");
}

TEST_CASE("compositions are checked where they are made") {
  REQUIRE(message_of([] { 0.5 * CosineDecay{.initial = 1}; }) ==
          "descent: CosineDecay: steps is 0, must be at least 1");
  REQUIRE(message_of([] { clamp(CosineDecay{.initial = 1}, 0, 1); }) ==
          "descent: CosineDecay: steps is 0, must be at least 1");
}

TEST_CASE("compositions compose") {
  const Schedule rate = descent::clamp(0.5 * (warmup(3) >> per_epoch(cycle(line, 5), 2)) + 0.1, 0.2, 1);
  REQUIRE(rate(0) == Approx(0.5 / 3 + 0.1).epsilon(1e-14));
  REQUIRE(rate(3) == 0.6);
  REQUIRE(rate(4) == 0.6);
  REQUIRE(rate(5) == Approx(0.55).epsilon(1e-14));
  require_within(rate, 0.2, 0.6);
  require_pure(rate);
}

TEST_CASE("mean is the mean on one clock") {
  const Schedule middle = descent::mean({line, wave, 3});
  for (std::int64_t step = 0; step < 30; ++step)
    REQUIRE(middle(step) == Approx((line(step) + wave(step) + 3) / 3).epsilon(1e-15));
  REQUIRE(middle.duration() == 20);
  REQUIRE(descent::mean({line, StepDecay{.initial = 1, .every = 2}}).duration() < 0);
  REQUIRE(descent::mean({1, 2}).is_constant());
  REQUIRE(descent::mean({1, 2})(0) == 1.5);
  const ExponentialDecay grows{.initial = 1, .factor = 10};
  require_within(descent::mean({grows, grows}), 0, largest);
  REQUIRE(message_of([] { descent::mean({}); }) ==
          "descent: mean: there are no schedules to take the mean of");
}

TEST_CASE("stretch runs a schedule more slowly or faster, in lines between its steps") {
  const Schedule slow = stretch(line, 2), fast = stretch(line, 0.5), odd = stretch(wave, 2.5);
  for (std::int64_t step = 0; step < 30; ++step) {
    REQUIRE(slow(2 * step) == line(step));
    REQUIRE(slow(2 * step + 1) == Approx((line(step) + line(step + 1)) / 2).epsilon(1e-15));
    REQUIRE(fast(step) == line(2 * step));
  }
  REQUIRE(slow(-1) == 1);
  REQUIRE(slow.duration() == 20);
  REQUIRE(fast.duration() == 5);
  REQUIRE(odd.duration() == 50);
  REQUIRE(odd(49) > 0.1);
  REQUIRE(odd(50) == 0.1);
  REQUIRE(stretch(StepDecay{.initial = 1, .every = 2}, 3).duration() < 0);
  REQUIRE(descent::stretch(0.1, 5).is_constant());
  for (const double factor : {1e-300, 1e-3, 1e300}) require_within(stretch(line, factor), 0, 1);
}

TEST_CASE("stretch refuses a bad factor") {
  REQUIRE(message_of([] { stretch(line, 0); }) ==
          "descent: stretch: factor is 0, must be greater than 0 and finite");
}

TEST_CASE("a schedule added to itself again and again knows how long it lasts") {
  Schedule doubled = line, product = line;
  for (int i = 0; i < 200; ++i) {
    doubled = descent::mean({doubled, doubled});
    product = descent::clamp(product * product, 0, 1);
  }
  REQUIRE(doubled.duration() == 10);
  REQUIRE(product.duration() == 10);
  Schedule longer = line;
  for (int i = 0; i < 3'000; ++i) longer = longer * line;
  REQUIRE(longer(0) == 1);
  REQUIRE(longer(9) == 0);
}
