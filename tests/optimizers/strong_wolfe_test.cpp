// SPDX-License-Identifier: MIT
#include <descent/optimizers/lbfgs/line_search.hpp>
#include <descent/optimizers/lbfgs/strong_wolfe.hpp>

#include "optimizers/recording_line.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace descent::detail;
using test::RecordingLine;
using test::start_of;
using test::Value;

namespace {

/// Searches, and compares the places where it looked.
template <class F>
LineSearchResult check_places(F function, double first, const std::vector<double>& places,
                              std::int64_t evaluations = 25) {
  RecordingLine<F> line{function};
  const LineSearchLimits limits{.min_move = 1e-9, .evaluations = evaluations};
  const LineSearchResult found = StrongWolfe(line, start_of(function), limits).run(first);
  REQUIRE(line.steps.size() == places.size());
  for (std::size_t k = 0; k < places.size(); ++k) CHECK(line.steps[k] == Approx(places[k]).epsilon(1e-9));
  CHECK(found.evaluations == static_cast<std::int64_t>(places.size()));
  CHECK(found.point.loss == function(found.point.step).loss);
  if (found.point.step != 0) CHECK(line.kept == found.point.step);
  return found;
}

}  // namespace

// The points are those of a transcription of PyTorch's _strong_wolfe that reproduces its published paths.

TEST_CASE("strong Wolfe: lengthens the step tenfold at most") {
  const auto far = [](double t) { return Value{(t - 30) * (t - 30), 2 * (t - 30)}; };
  const auto found = check_places(far, 1, {1, 10});
  CHECK(found.satisfied);
  CHECK(found.point.step == 10);

  const auto further = [](double t) { return Value{(t - 300) * (t - 300), 2 * (t - 300)}; };
  const auto cut_off = check_places(further, 0.5, {0.5, 5}, 2);
  CHECK(cut_off.exhausted);
  CHECK_FALSE(cut_off.satisfied);
  CHECK(cut_off.point.step == 5);
}

TEST_CASE("strong Wolfe: divides a bracket by cubic interpolation") {
  const auto waves = [](double t) {
    return Value{0.05 * t * t - 0.5 * std::sin(3 * t) - 0.2 * t, 0.1 * t - 1.5 * std::cos(3 * t) - 0.2};
  };
  CHECK(check_places(waves, 4, {4, 0.9300938194684445}).satisfied);
  const auto steep = [](double t) { return Value{std::exp(4 * t) - 20 * t, 4 * std::exp(4 * t) - 20}; };
  CHECK(check_places(steep, 3, {3, 1.8000668466300422, 0.9755641142239453, 0.46653829555605275}).satisfied);
}

TEST_CASE("strong Wolfe: moves inwards if the interpolation stays at an end of the bracket") {
  const auto wall = [](double t) {
    const double inside = std::max(0.0, t - 0.01);
    return Value{-t + 1e4 * inside * inside, -1 + 2e4 * inside};
  };
  CHECK(check_places(wall, 1,
                     {1, 5.2066978531994934e-05, 0.1000468602806788, 0.00013118514471814613,
                      0.010122752658314213, 0.008408688486773895, 0.009813242342050315, 0.010044843616108088})
            .satisfied);
  const auto kink = [](double t) { return Value{std::max(-t, 30 * (t - 0.02)), 31 * t > 0.6 ? 30.0 : -1.0}; };
  const auto found =
      check_places(kink, 1,
                   {1, 0.008357511722558386, 0.10752176055030255, 0.009323387946383724, 0.019143225206775607,
                    0.019862914580275434, 0.01921519414412559, 0.019222973241413612, 0.019286967375299793,
                    0.019292648444615437, 0.019349675058181436, 0.01935390350152772},
                   12);
  CHECK_FALSE(found.satisfied);
  CHECK(found.exhausted);
}

TEST_CASE("strong Wolfe: goes back if nothing is finite, and not beyond such a place again") {
  const auto bordered = [](double t) {  // lowest at 0.9, nothing from 1 on
    if (t >= 1) return Value{std::numeric_limits<double>::quiet_NaN(), 0};
    return Value{-t - 0.1 * std::log1p(-t), -1 + 0.1 / (1 - t)};
  };
  using F = decltype(bordered);
  for (const double first : {0.5, 1.0, 5.0, 1e6}) {
    RecordingLine<F> line{bordered};
    const LinePoint start = start_of(bordered);
    const auto found = StrongWolfe(line, start, {.curvature = 0.1}).run(first);
    CHECK(found.satisfied);
    CHECK(found.point.finite);
    CHECK(std::abs(found.point.slope) <= 0.1 * 0.9);
    CHECK(line.kept == found.point.step);
    double border = std::numeric_limits<double>::infinity();
    for (const double step : line.steps) {
      CHECK(step < border);
      if (step >= 1) border = step;
    }
  }
}
