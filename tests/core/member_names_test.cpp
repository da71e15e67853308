// SPDX-License-Identifier: MIT
#include <descent/core/base/member_names.hpp>
#include <descent/core/schedule.hpp>

#include "support/catch.hpp"

#include <optional>
#include <string>

using descent::detail::last_identifier;
using descent::detail::member_names;

namespace {

struct Options {
  descent::Schedule learning_rate = 0.1;
  double beta_2[2] = {};
  std::optional<int> steps{};
};
template <class T>
struct Nested {
  T first;
  struct Inside {
  } second;
};
struct Nothing {};
struct Refers {
  const double& rate;
  bool on = true;
};

template <class T>
std::string names() {
  std::string list;
  for (const auto name : member_names<T>()) list.append(name).append(" ");
  return list;
}

}  // namespace

TEST_CASE("the members of an aggregate have names") {
  struct Local {
    int here;
  };
  CHECK(names<Options>() == "learning_rate beta_2 steps ");
  CHECK(names<Nested<Local>>() == "first second ");
  CHECK(names<Local>() == "here ");
  CHECK(names<Nothing>() == "");
  CHECK(names<Refers>() == "  ");  // no constant can name what a reference refers to
}

TEST_CASE("the last identifier of what a compiler writes") {
  CHECK(last_identifier("[with auto pointer = A<double>{(& B<C>::value.C::beta_2)}]") == "beta_2");
  CHECK(last_identifier("[pointer = {&made.value.Z9}]") == "Z9");
  CHECK(last_identifier("aA zZ 09_") == "09_");
  CHECK(last_identifier("{}") == "");
  CHECK(last_identifier("") == "");
  CHECK(last_identifier("x") == "x");
}
