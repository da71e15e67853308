// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/transforms/clip/clip_by_percentile.hpp>

#include <cmath>
#include <vector>

using namespace descent;
using Eigen::VectorXd;
using test::change;
using test::rule_refusal;

TEST_CASE("the percentile is that of the last norms, between neighbours in proportion") {
  VectorXd p = VectorXd::Zero(1);
  Optimizer optimizer(p, ClipByPercentile{.percentile = 25, .window = 4});
  const auto step = [&](double norm) {
    p.setZero();
    optimizer.step(p, VectorXd::Constant(1, norm));
    return p[0];
  };
  CHECK(step(8) == 8);             // of 8
  CHECK(step(4) == 4);             // of 4 8: 5
  CHECK(step(16) == Approx(6));    // of 4 8 16: 6
  CHECK(step(2) == 2);             // of 2 4 8 16: 3.5
  CHECK(step(32) == Approx(3.5));  // of 2 4 16 32: 2 + 0.75 * 2
  CHECK(step(0) == 0);
  CHECK(std::isnan(step(std::nan(""))));
  CHECK(step(64) == Approx(1.5));  // of 0 2 32 64: NaN left no trace
}

TEST_CASE("the window of a percentile may change: it holds the norms of the last steps, never others") {
  std::mt19937 random(3);
  VectorXd p = VectorXd::Zero(1);
  ClipByPercentile rule{.percentile = 50, .window = 4};
  Optimizer optimizer(p, rule);
  std::vector<double> norms;
  for (int k = 0; k < 600; ++k) {
    if (random() % 10 == 0)
      optimizer.set_rule(rule = {.percentile = 50, .window = 1 + static_cast<int>(random() % 100)});
    norms.push_back(static_cast<double>(1 + random() % 1000));
    p.setZero();
    optimizer.step(p, VectorXd::Constant(1, norms.back()));
    const auto count = std::min(norms.size(), static_cast<std::size_t>(rule.window));
    std::vector<double> last(norms.end() - static_cast<std::ptrdiff_t>(count), norms.end());
    std::sort(last.begin(), last.end());
    const double median = 0.5 * (last[(count - 1) / 2] + last[count / 2]);
    CAPTURE(k, rule.window);
    REQUIRE(p[0] == Approx(std::min(norms.back(), median)));
  }
}

TEST_CASE("ClipByPercentile says which option is wrong") {
  CHECK(rule_refusal(ClipByPercentile{.percentile = 0}) == "percentile is 0, must be in (0, 100]");
  CHECK(rule_refusal(ClipByPercentile{.window = 0}) == "window is 0, must be in [1, 100]");
  CHECK(rule_refusal(ClipByPercentile{.window = 101}) == "window is 101, must be in [1, 100]");
}
