// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/names.hpp>

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

struct Three {};

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
