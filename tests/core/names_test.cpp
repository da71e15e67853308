// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/aggregate.hpp>
#include <descent/core/base/type_name.hpp>

using namespace descent::detail;

namespace {
struct Outer {
  struct Inner {};
};
template <class T>
struct Templated {
  template <class U>
  struct Inner {};
};

struct None {};
struct Three {
  double a, b, c;
};
struct Twelve {
  float a, b, c, d, e, f, g, h, i, j, k, l;
};
}  // namespace

TEST_CASE("names are cut out of a stringised list") {
  constexpr const char* list = "weights, bias,  layers[0] , map<int, double>, f(a, b), last";
  CHECK(name_in_list(list, 0) == "weights");
  CHECK(name_in_list(list, 1) == "bias");
  CHECK(name_in_list(list, 2) == "layers[0]");
  CHECK(name_in_list(list, 3) == "map<int, double>");
  CHECK(name_in_list(list, 4) == "f(a, b)");
  CHECK(name_in_list(list, 5) == "last");
  CHECK(name_in_list(list, 6) == "");
  CHECK(name_in_list("", 0) == "");
  STATIC_REQUIRE(name_in_list("one", 0) == "one");
}

TEST_CASE("types have the name that their user wrote") {
  CHECK(type_name<Three>() == "Three");
  CHECK(type_name<Outer::Inner>() == "Inner");
  CHECK(type_name<Templated<Outer::Inner>>() == "Templated");
  CHECK(type_name<Templated<Templated<int>>>() == "Templated");
  CHECK(type_name<Templated<int>::Inner<Three>>() == "Inner");
  CHECK(type_name<int>() == "int");
  struct Local {};
  CHECK(type_name<Local>() == "Local");
}

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
