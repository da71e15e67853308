// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/value_list.hpp>

#include <tuple>

using namespace descent::detail;

namespace {

struct None {};
struct Three {
  double a, b, c;
};
struct Twelve {
  float a, b, c, d, e, f, g, h, i, j, k, l;
};
}  // namespace

TEST_CASE("fields of an aggregate are counted and tied") {
  STATIC_REQUIRE(field_count<None> == 0);
  STATIC_REQUIRE(field_count<Three> == 3);
  STATIC_REQUIRE(field_count<Twelve> == 12);
  Three three{1, 2, 3};
  auto [a, b, c] = tie_fields<3>(three);
  CHECK(a + 10 * b + 100 * c == 321);
  b = 7;
  CHECK(three.b == 7);
  const Twelve twelve{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const auto tied = tie_fields<12>(twelve);
  CHECK(get<0>(tied) + get<11>(tied) == 13);
  None none;
  CHECK(std::tuple_size_v<decltype(tie_fields<0>(none))> == 0);
}
