// SPDX-License-Identifier: MIT
#include "optimizers/recording_line.hpp"
#include "support/catch.hpp"

#include <descent/optimizers/lbfgs/line_search.hpp>
#include <descent/optimizers/lbfgs/strong_wolfe.hpp>

#include <limits>
#include <vector>

using namespace descent::detail;
using test::RecordingLine;
using test::start_of;
using test::Value;

TEST_CASE("line searches: nothing finite, nothing lower") {
  const auto nowhere = [](double t) {
    return Value{t == 0 ? 0.0 : std::numeric_limits<double>::infinity(), -1};
  };
  const auto uphill = [](double t) { return Value{t, -1}; };
  const auto search = [](auto function, bool wolfe) {
    RecordingLine<decltype(function)> line{function};
    const LineSearchLimits limits{.min_move = 1e-9, .evaluations = 6};
    return wolfe ? StrongWolfe(line, start_of(function), limits).run(1)
                 : backtracking_search(line, start_of(function), 1, limits);
  };
  for (const bool wolfe : {true, false}) {
    const auto lost = search(nowhere, wolfe);
    CHECK(lost.point.step == 0);
    CHECK_FALSE(lost.saw_finite);
    CHECK(lost.exhausted);
    CHECK(lost.evaluations == 6);
    const auto barred = search(uphill, wolfe);
    CHECK(barred.point.step == 0);
    CHECK(barred.saw_finite);
    CHECK_FALSE(barred.satisfied);
  }
}

TEST_CASE("backtracking: to the lowest point of a parabola, between a tenth and half of the step") {
  const auto parabola = [](double t) { return Value{(t - 1) * (t - 1), 2 * (t - 1)}; };
  using F = decltype(parabola);
  const auto steps = [&](double first) {
    RecordingLine<F> line{parabola};
    const auto found = backtracking_search(line, start_of(parabola), first, {});
    CHECK(found.satisfied);
    CHECK(line.kept == found.point.step);
    return line.steps;
  };
  CHECK(steps(1.5) == std::vector<double>{1.5});
  CHECK(steps(4) == std::vector<double>{4, 1});
  CHECK(steps(2) == std::vector<double>{2, 1});
  CHECK(steps(100) == std::vector<double>{100, 10, 1});
}
