// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/diagnose/range_test_noise.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

using descent::detail::RangeTestNoise;

namespace {

/// Losses of a range test: flat, then a fall to `bottom`, then a rise by 0.2 a loss. Their noise is a zigzag.
std::vector<double> losses_of_test(double noise, double bottom, std::size_t rise = 100) {
  std::vector<double> losses;
  const auto add = [&](double loss) { losses.push_back(loss + (losses.size() % 2 == 0 ? noise : -noise)); };
  for (int k = 0; k < 20; ++k) add(4);
  for (int k = 0; k < 40; ++k) add(4 - (4 - bottom) * k / 40);
  for (std::size_t k = 0; k < rise; ++k) add(bottom + 0.2 * static_cast<double>(k));
  return losses;
}

/// The number of losses after which the test is broken off; all of them if it is not.
std::size_t broken_off_after(const std::vector<double>& losses, double scale = 1, double offset = 0) {
  RangeTestNoise noise(0.5, 10);
  for (std::size_t k = 0; k < losses.size(); ++k)
    if (noise.observe(scale * losses[k] + offset)) return k + 1;
  return losses.size();
}

}  // namespace

TEST_CASE("range test: the start is the mean of the flat part, the noise that of a loss from its neighbour") {
  RangeTestNoise noise(0.5, 4);
  for (const double loss : {3.0, 5.0, 3.0, 5.0}) CHECK_FALSE(noise.observe(loss));
  CHECK(noise.start() == 4);
  CHECK(noise.flat() == 4);
  CHECK(noise.flat_square() == 2);  // half of the square of the difference
  CHECK_FALSE(noise.observe(9));
  CHECK(noise.start() == 4);
  CHECK(noise.flat_square() == 2);
  CHECK(noise.square(3, 4) == 8);
  CHECK(noise.square(2, 100) == 5);  // up to the last there is
}

TEST_CASE("range test: a loss that is not finite breaks it off") {
  RangeTestNoise noise(0.5, 4);
  CHECK_FALSE(noise.observe(1));
  CHECK(noise.observe(std::numeric_limits<double>::quiet_NaN()));
  CHECK(noise.observe(std::numeric_limits<double>::infinity()));
}

TEST_CASE("range test: is broken off when the loss has risen above its start by a share of its fall") {
  const std::vector<double> losses = losses_of_test(0.01, 2);
  const std::size_t count = broken_off_after(losses);
  CHECK(count > 60 + 15);  // a rise from 2 to 5, of which a trailing mean lags behind
  CHECK(count < 60 + 35);
  CHECK(broken_off_after(losses_of_test(0.01, 2, 5)) == 65);  // never above the start
}

TEST_CASE("range test: neither a factor nor a constant changes when it is broken off") {
  const std::vector<double> losses = losses_of_test(0.05, 1);
  const std::size_t count = broken_off_after(losses);
  CHECK(count < losses.size());
  CHECK(broken_off_after(losses, 1024) == count);
  CHECK(broken_off_after(losses, 1, -8) == count);
  CHECK(broken_off_after(losses, 0.25, 64) == count);
}

TEST_CASE("range test: without a fall it goes on, and tells when the rise began") {
  std::vector<double> losses(20, 4.0);
  for (std::size_t k = 0; k < losses.size(); ++k) losses[k] += k % 2 == 0 ? 0.01 : -0.01;
  for (int k = 0; k < 50; ++k) losses.push_back(4 + 0.5 * k);
  CHECK(broken_off_after(losses) == losses.size());
  RangeTestNoise noise(0.5, 10);
  for (const double loss : losses) noise.observe(loss);
  CHECK(noise.count_before_rise() >= 20);
  CHECK(noise.count_before_rise() < 25);
}
