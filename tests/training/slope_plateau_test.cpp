// SPDX-License-Identifier: MIT
#include <descent/core/saved_state.hpp>
#include <descent/training/adapt/slope_plateau.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

using namespace descent;
using namespace training_test;

TEST_CASE("slope plateau: cuts when a window does not surely fall, once a window") {
  SlopePlateau falling{.window = 100, .factor = 0.5}, flat = falling;
  for (const double loss : noisy_line(-0.03, 400, 1)) falling.observe(loss);
  CHECK(falling.learning_rate_factor() == 1);
  CHECK(falling.state.falling_probability > 0.95);
  const auto losses = noisy_line(0, 400, 2);
  for (std::size_t k = 0; k < losses.size(); ++k) {
    flat.observe(losses[k]);
    if (k == 98) CHECK(flat.learning_rate_factor() == 1);
    if (k == 99) CHECK(flat.learning_rate_factor() == 0.5);
  }
  CHECK(flat.state.cuts == 4);
  CHECK(flat.learning_rate_factor() == 0.0625);
  SlopePlateau floored{.window = 10, .factor = 0.5, .min_factor = 0.3};
  for (int k = 0; k < 50; ++k) floored.observe(1);
  CHECK(floored.learning_rate_factor() == 0.3);
  CHECK(floored.state.cuts == 2);
}

TEST_CASE("slope plateau: goes on from a saved state") {
  const auto losses = noisy_line(-0.005, 300, 4);
  SlopePlateau whole{.window = 40, .factor = 0.5}, first = whole, resumed = whole;
  for (const double loss : losses) whole.observe(loss);
  for (std::size_t k = 0; k < 55; ++k) first.observe(losses[k]);
  restore_state(resumed, saved_state(first));
  for (std::size_t k = 55; k < losses.size(); ++k) resumed.observe(losses[k]);
  CHECK(whole.state.cuts > 0);
  CHECK(resumed.learning_rate_factor() == whole.learning_rate_factor());
  CHECK(resumed.state.falling_probability == whole.state.falling_probability);
}

TEST_CASE("slope plateau: what is not finite is refused or ignored; options are named") {
  SlopePlateau plateau;
  CHECK(message_of([&] { plateau.observe(std::nan("")); }) ==
        "descent: SlopePlateau: the metric is nan, must be finite (or set not_finite = "
        "NotFiniteMetric::ignore)");
  CHECK(plateau.state.filled == 0);
  SlopePlateau lenient{.not_finite = NotFiniteMetric::ignore};
  lenient.observe(std::nan(""));
  CHECK(lenient.state.filled == 0);
  auto message = [](SlopePlateau bad) { return message_of([&] { bad.observe(1); }); };
  CHECK(message({.window = 9}) == "descent: SlopePlateau: window is 9, must be in [10, 1e+06]");
  CHECK(message({.window = 1'000'000'000'000'000}) ==
        "descent: SlopePlateau: window is 1e+15, must be in [10, 1e+06]");
  CHECK(message({.confidence = 1}) == "descent: SlopePlateau: confidence is 1, must be in [0.5, 1)");
  CHECK(message({.factor = 1}) == "descent: SlopePlateau: factor is 1, must be in [0, 1)");
  CHECK(message({.min_factor = -1}) ==
        "descent: SlopePlateau: min_factor is -1, must be at least 0 and finite");
  for (int k = 0; k < 50; ++k) plateau.observe(1);
  plateau.window = 20;
  CHECK(message_of([&] { plateau.observe(1); }) ==
        "descent: SlopePlateau: the window is shorter than what it holds; reset first");
}
