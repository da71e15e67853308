// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/core/simd/pack.hpp>

#include <array>
#include <cfloat>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

using namespace descent::simd;
using test::same_bits;

namespace {

/// Numbers of every size with all bits at random, and the special ones.
template <class S>
std::vector<S> all_kinds_of_numbers(std::size_t count) {
  using Limits = std::numeric_limits<S>;
  std::vector<S> numbers = {S(0),
                            -S(0),
                            S(1),
                            -S(1),
                            S(2),
                            S(3),
                            S(0.1),
                            Limits::min(),
                            Limits::max(),
                            Limits::lowest(),
                            Limits::denorm_min(),
                            -Limits::denorm_min(),
                            S(5) * Limits::denorm_min(),
                            Limits::infinity(),
                            -Limits::infinity(),
                            Limits::quiet_NaN(),
                            Limits::epsilon()};
  std::mt19937_64 engine(1);
  while (numbers.size() < count) {
    const std::uint64_t bits = engine();
    S number;
    std::memcpy(&number, &bits, sizeof number);
    numbers.push_back(number);
  }
  return numbers;
}

/// Compares f on packs with `expected` on every lane, for all pairs of neighbours in a list.
template <class S, class F, class G>
void check_lanes(F on_packs, G on_numbers) {
  constexpr std::size_t lanes = Pack<S>::size;
  const std::vector<S> a = all_kinds_of_numbers<S>(20'000);
  std::vector<S> b(a.rbegin(), a.rend());
  for (const std::size_t shift : {std::size_t{0}, std::size_t{5}}) {
    std::rotate(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(shift), b.end());
    for (std::size_t k = 0; k + lanes <= a.size(); k += lanes) {
      S result[lanes];
      on_packs(Pack<S>::load(&a[k]), Pack<S>::load(&b[k])).store(result);
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const S expected = on_numbers(a[k + lane], b[k + lane]);
        if (same_bits(result[lane], expected)) continue;
        CAPTURE(a[k + lane], b[k + lane], result[lane], expected);
        FAIL("a lane differs");
      }
    }
  }
}

/// A product that no compiler fuses with a sum.
template <class S>
S product(S a, S b) {
  volatile S result = a * b;
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("every lane rounds like the plain operation", "", float, double) {
  using S = TestType;
  using V = Pack<S>;
  check_lanes<S>([](V a, V b) { return a + b; }, [](S a, S b) { return a + b; });
  check_lanes<S>([](V a, V b) { return a - b; }, [](S a, S b) { return a - b; });
  check_lanes<S>([](V a, V b) { return a * b; }, [](S a, S b) { return a * b; });
  check_lanes<S>([](V a, V b) { return a / b; }, [](S a, S b) { return a / b; });
  check_lanes<S>([](V a, V) { return sqrt(a); }, [](S a, S) { return std::sqrt(a); });
  check_lanes<S>([](V a, V) { return abs(a); }, [](S a, S) { return std::abs(a); });
  check_lanes<S>([](V a, V) { return -a; }, [](S a, S) { return -a; });
  check_lanes<S>([](V a, V b) { return min(a, b); }, [](S a, S b) { return b < a ? b : a; });
  check_lanes<S>([](V a, V b) { return max(a, b); }, [](S a, S b) { return a < b ? b : a; });
  check_lanes<S>(
      [](V a, V) { return sign(a); },
      [](S a, S) {
        return !std::isfinite(a) ? std::numeric_limits<S>::quiet_NaN() : S(a > 0 ? 1 : a < 0 ? -1 : 0);
      });
  check_lanes<S>([](V a, V b) { return divide_or_zero(a, b); },
                 [](S a, S b) { return b == 0 ? S(0) : a / b; });
}

TEMPLATE_TEST_CASE("a product and a sum stay two operations, fma is one if the machine has it", "", float,
                   double) {
  using S = TestType;
  using V = Pack<S>;
  check_lanes<S>([](V a, V b) { return a * b + a; }, [](S a, S b) { return product(a, b) + a; });
  check_lanes<S>([](V a, V b) { return a - b * b; }, [](S a, S b) { return a - product(b, b); });
  // Either of both, but the same in all lanes and for all numbers.
  const S a = S(0.1), c = S(-0.01);
  S lanes[V::size];
  fma(V(a), V(a), V(c)).store(lanes);
  const S exact = std::fma(a, a, c), twice = product(a, a) + c;
  REQUIRE(exact != twice);
  const bool fused = lanes[0] == exact;
  check_lanes<S>([](V x, V y) { return fma(x, y, y); },
                 [&](S x, S y) { return fused ? std::fma(x, y, y) : product(x, y) + y; });
#if defined(__FMA__) && !defined(EIGEN_DONT_VECTORIZE)
  CHECK(fused);
#endif
}

TEMPLATE_TEST_CASE("comparisons choose lane by lane", "", float, double) {
  using S = TestType;
  using V = Pack<S>;
  const V yes(1), no(0);
  check_lanes<S>([=](V a, V b) { return select(a < b, yes, no); }, [](S a, S b) { return S(a < b ? 1 : 0); });
  check_lanes<S>([=](V a, V b) { return select(a > b, yes, no); }, [](S a, S b) { return S(a > b ? 1 : 0); });
  check_lanes<S>([=](V a, V b) { return select(a <= b, yes, no); },
                 [](S a, S b) { return S(a <= b ? 1 : 0); });
  check_lanes<S>([=](V a, V b) { return select(a >= b, yes, no); },
                 [](S a, S b) { return S(a >= b ? 1 : 0); });
  check_lanes<S>([=](V a, V) { return select(a == a, yes, no); },
                 [](S a, S) { return S(std::isnan(a) ? 0 : 1); });
  check_lanes<S>([=](V a, V b) { return select(a != b, yes, no); },
                 [](S a, S b) { return S(a < b || a > b || std::isnan(a) || std::isnan(b) ? 1 : 0); });
  check_lanes<S>([=](V a, V b) { return select(a > no && b > no, yes, no); },
                 [](S a, S b) { return S(a > 0 && b > 0 ? 1 : 0); });
  check_lanes<S>([=](V a, V b) { return select(a > no || b > no, yes, no); },
                 [](S a, S b) { return S(a > 0 || b > 0 ? 1 : 0); });
  check_lanes<S>([=](V a, V) { return select(!(a > no), yes, no); }, [](S a, S) { return S(a > 0 ? 0 : 1); });
  check_lanes<S>([](V a, V b) { return select(a < b, a, b); }, [](S a, S b) { return a < b ? a : b; });
  check_lanes<S>([=](V a, V) { return select(is_finite(a), yes, no); },
                 [](S a, S) { return S(std::isfinite(a) ? 1 : 0); });
}

TEMPLATE_TEST_CASE("part of a register reads and writes only that part", "", float, double) {
  using S = TestType;
  using V = Pack<S>;
  constexpr int lanes = V::size;
  for (int count = 1; count < lanes; ++count) {
    std::vector<S> from(static_cast<std::size_t>(count),
                        S(7));  // the buffer ends there: a sanitizer detects a read past it
    std::array<S, static_cast<std::size_t>(lanes) + 1> loaded{}, to{};
    to.fill(S(-1));
    const V values = V::load(from.data(), count);
    values.store(loaded.data());
    (values + V(1)).store(to.data(), count);
    for (int lane = 0; lane < lanes; ++lane) {
      const auto k = static_cast<std::size_t>(lane);
      CHECK(loaded[k] == (lane < count ? S(7) : S(0)));
      CHECK(to[k] == (lane < count ? S(8) : S(-1)));
    }
    std::array<S, static_cast<std::size_t>(lanes)> first{};
    select(V::first(count), V(1), V(0)).store(first.data());
    for (int lane = 0; lane < lanes; ++lane)
      CHECK(first[static_cast<std::size_t>(lane)] == (lane < count ? S(1) : S(0)));
  }
}

/// Part of a register, with a count known at compile time: a different path through memory.
template <class S, int count>
void check_known_count() {
  using V = Pack<S>;
  constexpr auto lanes = static_cast<std::size_t>(V::size);
  std::vector<S> from(static_cast<std::size_t>(count));
  std::iota(from.begin(), from.end(), S(1));
  std::vector<S> to(static_cast<std::size_t>(count), S(-1));
  std::array<S, lanes> loaded{};
  const V values = V::load(from.data(), count);
  values.store(loaded.data());
  (values + V(1)).store(to.data(), count);
  for (std::size_t k = 0; k < lanes; ++k) CHECK(loaded[k] == (k < from.size() ? S(k + 1) : S(0)));
  for (std::size_t k = 0; k < to.size(); ++k) CHECK(to[k] == S(k + 2));
}

TEMPLATE_TEST_CASE("part of a register is read and written alike if the compiler knows how much", "", float,
                   double) {
  []<int... before>(std::integer_sequence<int, before...>) {
    (check_known_count<TestType, before + 1>(), ...);
  }(std::make_integer_sequence<int, Pack<TestType>::size - 1>());
}

TEST_CASE("floats widen to doubles in the order of the lanes") {
  constexpr std::size_t lanes = Pack<float>::size;
  std::array<float, lanes> narrow{};
  for (std::size_t k = 0; k < lanes; ++k) narrow[k] = 0.1F * static_cast<float>(k) - 0.35F;
  const auto wide = widen(Pack<float>::load(narrow.data()));
  std::array<double, lanes + 8> result{};
  for (std::size_t p = 0; p < wide.size(); ++p) wide[p].store(result.data() + p * Pack<double>::size);
  for (std::size_t k = 0; k < lanes; ++k) CHECK(same_bits(result[k], static_cast<double>(narrow[k])));
}

TEST_CASE("types without registers have packs of one lane with the same operations") {
  using V = Pack<long double>;
  STATIC_REQUIRE(V::size == 1);
  long double result = 0;
  V x(2);
  x *= V(8);
  x -= V(1);
  x += V(2);
  x /= V(17);
  fma(x, V(3), sqrt(V(4))).store(&result);
  CHECK(result == 5);
  select(V(1) < V(2) && !(V(2) <= V(1)), abs(V(-3)), sign(V(0))).store(&result);
  CHECK(result == 3);
  min(V(1), max(V(-1), V(4))).store(&result);
  CHECK(result == 1);
  divide_or_zero(V(1), select(is_finite(V(1) / V(0)), V(1), V(0))).store(&result);
  CHECK(result == 0);
}
