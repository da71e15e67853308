// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/members.hpp>

#include <any>
#include <array>
#include <functional>

using namespace descent::detail;

namespace {

struct None {};
struct Options {
  double rate = 1;
  std::array<double, 3> betas = {};
  std::function<double(int)> schedule = {};
  bool on = true;
};
struct Many {
  int m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24;
};
class Closed {
 public:
  explicit Closed(int) {}
};
struct NeedsAValue {
  Closed closed;
};
struct NeedsASecondValue {
  double rate = 1;
  Closed closed;
};
struct HasAValue {
  double rate = 1;
  Closed closed{1};
};

struct Derived : Options {};
struct DerivedWithMember : Options {
  double more = 1;
};
struct HoldsAny {
  std::any value;
};

}  // namespace

TEST_CASE("the members of an aggregate are counted, up to 24") {
  STATIC_REQUIRE(member_count<None>() == 0);
  STATIC_REQUIRE(member_count<Options>() == 4);
  STATIC_REQUIRE(member_count<Many>() == 24);
}

TEST_CASE("members can be counted if each can be made from {}") {
  STATIC_REQUIRE(has_countable_members<Options>());
  STATIC_REQUIRE_FALSE(has_countable_members<Closed>());
  STATIC_REQUIRE_FALSE(has_countable_members<NeedsAValue>());
  STATIC_REQUIRE_FALSE(has_countable_members<NeedsASecondValue>());
  STATIC_REQUIRE_FALSE(has_countable_members<HasAValue>());
  STATIC_REQUIRE(has_countable_members<None>());
  STATIC_REQUIRE_FALSE(has_countable_members<Derived>());
  STATIC_REQUIRE_FALSE(has_countable_members<DerivedWithMember>());
  STATIC_REQUIRE(has_countable_members<HoldsAny>());
}

TEST_CASE("members are visited in order, and can be changed") {
  Options options;
  visit_members(options, [](auto& rate, auto& betas, auto& schedule, auto& on) {
    rate = 0.5;
    betas[2] = 7;
    schedule = [](int k) { return 2.0 * k; };
    on = false;
  });
  CHECK(options.rate == 0.5);
  CHECK(options.betas[2] == 7);
  CHECK(options.schedule(4) == 8);
  CHECK_FALSE(options.on);
  bool visited = false;
  const None none;
  visit_members(none, [&](auto&...) { visited = true; });
  CHECK_FALSE(visited);
}
