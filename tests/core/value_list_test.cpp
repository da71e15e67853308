// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/value_list.hpp>

#include <string>
#include <type_traits>
#include <utility>

using namespace descent::detail;

TEST_CASE("a list of values: by place, by type, and all at once") {
  auto list = list_of(1, std::string("two"), 3.0);
  STATIC_REQUIRE(list.count == 3);
  CHECK(get<0>(list) == 1);
  CHECK(get<std::string>(list) == "two");
  get<2>(list) = 4;
  CHECK(get<double>(list) == 4);
  STATIC_REQUIRE(std::is_same_v<ListedType<1, decltype(list)>, std::string>);
  CHECK(std::as_const(list).apply([](int a, const std::string& b, double c) {
    return std::to_string(a) + b + std::to_string(static_cast<int>(c));
  }) == "1two4");
  list.apply([](int& a, auto&, auto&) { a = 7; });
  CHECK(get<0>(list) == 7);
}

TEST_CASE("values of one type are told apart by their places, and values without members take no room") {
  struct Empty {};
  const auto list = list_of(1, 2);
  CHECK(get<0>(list) + 10 * get<1>(list) == 21);
  STATIC_REQUIRE(sizeof(RuleList<Empty, double>) == sizeof(double));
  STATIC_REQUIRE(RuleList<>::count == 0);
}

TEST_CASE("adjacent references can be bound to names") {
  int a = 1;
  double b = 2;
  const auto both = tied(a, b);
  const auto& [first, second] = both;
  first = 5;
  second = 6;
  CHECK(a == 5);
  CHECK(b == 6);
}
