// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/minimize/history.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

using descent::detail::ThinnedHistory;

namespace {

struct Point {
  std::int64_t step = 0;
};

/// The steps that are left of a run of points 0, ..., last.
std::vector<std::int64_t> left(std::int64_t capacity, std::int64_t last, std::int64_t expected = 1000) {
  ThinnedHistory<Point> history(capacity, expected);
  for (std::int64_t step = 0; step <= last; ++step) history.add({step});
  std::vector<std::int64_t> steps;
  for (const Point& point : history.finish({last})) steps.push_back(point.step);
  return steps;
}

}  // namespace

TEST_CASE("history: keeps every point of a short run") {
  CHECK(left(4, 0) == std::vector<std::int64_t>{0});
  CHECK(left(4, 3) == std::vector<std::int64_t>{0, 1, 2, 3});
}

TEST_CASE("history: drops every second point when it is full, and ends with the last one") {
  CHECK(left(4, 4) == std::vector<std::int64_t>{0, 2, 4});
  CHECK(left(4, 7) == std::vector<std::int64_t>{0, 2, 4, 6, 7});
  CHECK(left(4, 8) == std::vector<std::int64_t>{0, 4, 8});
  CHECK(left(4, 9) == std::vector<std::int64_t>{0, 4, 8, 9});
}

TEST_CASE("history: of a run of any length evenly spaced points are left, half of its capacity at least") {
  for (const std::int64_t capacity : {1, 2, 5, 64}) {
    for (const std::int64_t last : {10, 63, 64, 1000, 4097}) {
      const std::vector<std::int64_t> steps = left(capacity, last, 10);
      CAPTURE(capacity, last);
      CHECK(static_cast<std::int64_t>(steps.size()) <= capacity + 1);
      CHECK(2 * static_cast<std::int64_t>(steps.size()) >= std::min(capacity, last));
      CHECK(steps.front() == 0);
      CHECK(steps.back() == last);
      for (std::size_t k = 2; k + 1 < steps.size(); ++k) CHECK(steps[k] - steps[k - 1] == steps[1]);
    }
  }
}

TEST_CASE("history: a capacity of 0 keeps nothing") { CHECK(left(0, 100).empty()); }

TEST_CASE("history: a run without points has the last one") {
  CHECK(ThinnedHistory<Point>(4, 0).finish({0}).size() == 1);
}
