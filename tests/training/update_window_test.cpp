// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/diagnose/update_window.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

using descent::BlockUpdate;
using descent::UpdateReport;
using descent::detail::SilentBlocks;
using descent::detail::UpdateWindow;

namespace {

UpdateReport with_gradient(double norm, double product = std::numeric_limits<double>::quiet_NaN()) {
  UpdateReport report;
  report.learning_rate = 10 * norm;
  report.gradient_norm = norm;
  report.gradient_product = product;
  report.parameter_norm = 1;
  return report;
}

UpdateReport with_blocks(double first, double second) {
  UpdateReport report;
  report.blocks = {BlockUpdate{.path = "a"}, BlockUpdate{.path = "b"}};
  report.blocks[0].gradient_norm = first;
  report.blocks[1].gradient_norm = second;
  return report;
}

}  // namespace

TEST_CASE("update window: keeps the last steps, the oldest makes room") {
  UpdateWindow window(3);
  for (int k = 1; k <= 5; ++k) {
    window.add(with_gradient(k));
    CHECK(window.size() == static_cast<std::size_t>(std::min(k, 3)));
    CHECK(window.full() == (k >= 3));
    CHECK(window.latest().gradient_norm == k);
    CHECK(window.oldest().gradient_norm == std::max(1, k - 2));
  }
  CHECK(window.longest() == 5);
  CHECK(window.median(&UpdateWindow::Entry::gradient_norm) == 4);
  CHECK(window.median(&UpdateWindow::Entry::learning_rate) == 40);
}

TEST_CASE("update window: the share of the squared gradient that is not noise") {
  UpdateWindow window(8);
  CHECK(window.signal().share == 0);
  CHECK(window.signal().errors == 0);
  window.add(with_gradient(2));  // the first has no gradient before it
  for (const double product : {1.0, 3.0, 1.0, 3.0}) window.add(with_gradient(2, product));
  // Products of mean 2 and standard deviation 1, and squares of 4.
  CHECK(window.signal().share == Approx(0.5));
  CHECK(window.signal().errors == Approx(2 / std::sqrt(1.0 / 3)));
}

TEST_CASE("update window: noise alone has a share near 0, one gradient for all steps a share of 1") {
  UpdateWindow noise(8), same(8);
  for (const double sign : {1.0, -1.0, 1.0, -1.0}) {
    noise.add(with_gradient(2, 4 * sign));
    same.add(with_gradient(2, 4));
  }
  CHECK(noise.signal().share == 0);
  CHECK(noise.signal().errors == 0);
  CHECK(same.signal().share == 1);
}

TEST_CASE("silent blocks: for how many steps in a row a gradient has been exactly 0") {
  SilentBlocks silent;
  CHECK(silent.longest() == 0);
  silent.add(with_blocks(0, 1));
  silent.add(with_blocks(0, 0));
  CHECK(silent.size() == 2);
  CHECK(silent.longest() == 2);
  CHECK(silent.for_at_least(2) == std::vector<std::string>{"a"});
  CHECK(silent.for_at_least(1) == std::vector<std::string>{"a", "b"});
  silent.add(with_blocks(1e-300, 0));
  CHECK(silent.for_at_least(1) == std::vector<std::string>{"b"});
  CHECK(silent.longest() == 2);
}
