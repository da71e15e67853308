// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/chart/ruler.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

using namespace descent::svg;
using namespace descent::svg::detail;

namespace {

std::vector<double> labelled(const Ruler& ruler, double pixels_per_label) {
  std::vector<double> values;
  for (const auto& [value, major] : ruler.ticks(pixels_per_label))
    if (major) values.push_back(value);
  return values;
}

void check_close(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) CHECK(found[k] == Approx(expected[k]).margin(1e-12));
}

}  // namespace

TEST_CASE("ruler: values become places, upwards or downwards") {
  const Ruler right({}, 0, 10, 100, 300, 0), up({}, 0, 10, 300, 100, 0);
  CHECK(right(0) == 100);
  CHECK(right(2.5) == 150);
  CHECK(up(10) == 100);
  CHECK(right.contains(10));
  CHECK_FALSE(right.contains(10.1));
  CHECK_FALSE(right.shows(std::numeric_limits<double>::infinity()));
}

TEST_CASE("ruler: a logarithmic one shows decades alike, and nothing of 0 and less") {
  const Ruler ruler({.scale = Scale::logarithmic}, 1, 1000, 0, 300, 0);
  CHECK(ruler(1) == Approx(0).margin(1e-12));
  CHECK(ruler(10) == Approx(100));
  CHECK(ruler(1000) == Approx(300));
  CHECK_FALSE(ruler.shows(0));
  CHECK_FALSE(ruler.shows(-1));
}

TEST_CASE("ruler: leaves air around the data, but not beyond limits that were given") {
  const Ruler fitted({}, 0, 10, 0, 120, 0.1), limited({.low = 0}, 0, 10, 0, 110, 0.1);
  CHECK(fitted(0) == Approx(10));
  CHECK(fitted(10) == Approx(110));
  CHECK(limited(0) == Approx(0).margin(1e-12));
  CHECK(limited(10) == Approx(100));
}

TEST_CASE("ruler: one value lies in the middle, no value gives a ruler from 0 to 1") {
  CHECK(Ruler({}, 5, 5, 0, 100, 0.05)(5) == Approx(50));
  const double infinite = std::numeric_limits<double>::infinity();
  const Ruler empty({}, infinite, -infinite, 0, 100, 0);
  CHECK(empty(0) == 0);
  CHECK(empty(1) == 100);
}

TEST_CASE("ruler: ticks are multiples of 1, 2 or 5 times a power of ten") {
  check_close(labelled(Ruler({}, 0, 10, 0, 500, 0), 100), {0, 2, 4, 6, 8, 10});
  check_close(labelled(Ruler({}, 0, 10, 0, 1000, 0), 100), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  check_close(labelled(Ruler({}, -0.013, 0.021, 0, 300, 0), 50), {-0.01, 0, 0.01, 0.02});
  check_close(labelled(Ruler({}, 1e6, 4e6, 0, 300, 0), 200), {2e6, 4e6});
}

TEST_CASE(
    "ruler: logarithmic ticks are powers of ten, fewer where there are many, finer where there are few") {
  const Axis axis{.scale = Scale::logarithmic};
  check_close(labelled(Ruler(axis, 1, 1000, 0, 300, 0), 60), {1, 10, 100, 1000});
  check_close(labelled(Ruler(axis, 1e-6, 1e6, 0, 300, 0), 50), {1e-6, 1e-4, 1e-2, 1, 1e2, 1e4, 1e6});
  check_close(labelled(Ruler(axis, 1, 100, 0, 300, 0), 50), {1, 2, 5, 10, 20, 50, 100});
}

TEST_CASE("ruler: the range of a panel leaves out what its scale cannot show") {
  Panel panel;
  const double infinite = std::numeric_limits<double>::infinity();
  panel.series = {{.x = {0, 1, 2}, .y = {-1, 10, infinite}}, {.x = {5}, .y = {100}}};
  const Range linear(panel, &Series::y, {}), logarithmic(panel, &Series::y, {.scale = Scale::logarithmic});
  CHECK(linear.low == -1);
  CHECK(linear.high == 100);
  CHECK(logarithmic.low == 10);
  CHECK(horizontal_ruler(panel, 0, 50)(5) == 50);
  CHECK(vertical_ruler(panel, 100, 0)(100) > 0);
}

TEST_CASE("labels of an axis are plain numbers while all of them are short, else all are powers") {
  const Labels plain({{0, true}, {0.5, true}, {1e-9, false}}), powers({{1, true}, {1e6, true}});
  CHECK(plain.plain);
  CHECK(plain(0.5) == "0.5");
  CHECK(plain.widest == 3);
  CHECK_FALSE(powers.plain);
  CHECK(powers(1) != "1");
}

TEST_CASE("labels that overlap are moved apart, in their order and within their bounds") {
  std::vector<double> places = {50, 10, 52, 51};
  spread(places, 10, 0, 100);
  check_close(places, {41, 10, 61, 51});
  std::vector<double> low = {0, 1, 2};
  spread(low, 10, 0, 100);
  check_close(low, {0, 10, 20});
  std::vector<double> high = {99, 100};
  spread(high, 10, 0, 100);
  check_close(high, {90, 100});
  std::vector<double> none;
  spread(none, 10, 0, 100);
  CHECK(none.empty());
}
