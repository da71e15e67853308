// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/simd/comparisons.hpp>
#include <descent/core/simd/registers.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

// The primitives under Pack: the operations of one register.

// g++ contracts a product and a sum into one rounding across inlined functions, differently in each inlined
// copy. An empty asm statement after each product, which the compiler must assume to change the register,
// keeps the product and the sum apart. clang contracts only under -ffast-math.
#if (defined(__FMA__) || defined(__ARM_FEATURE_FMA)) && defined(__GNUC__) && \
    (!defined(__clang__) || defined(__FAST_MATH__))
#if defined(__AVX512F__)
#define DESCENT_KEEP_PRODUCT(x) __asm__("" : "+v"(x))
#elif defined(__SSE2__)
#define DESCENT_KEEP_PRODUCT(x) __asm__("" : "+x"(x))
#elif defined(__aarch64__) || defined(__arm__)
#define DESCENT_KEEP_PRODUCT(x) __asm__("" : "+w"(x))
#endif
#endif
#ifndef DESCENT_KEEP_PRODUCT
#define DESCENT_KEEP_PRODUCT(x) static_cast<void>(x)
#endif

namespace descent::simd::inline DESCENT_BUILD {

/// One lane, for element types without SIMD instructions (long double, AutoDiffScalar), and for every type if
/// Eigen's vectorization is off.
template <class S>
struct ScalarLanes {
  static constexpr int size = 1;
  using Value = S;
  using Truth = bool;

  static DESCENT_INLINE Value broadcast(const S& x) { return x; }
  static DESCENT_INLINE Value load(const S* from) { return *from; }
  static DESCENT_INLINE Value load_partial(const S* from, int) { return *from; }
  static DESCENT_INLINE void store(S* to, const Value& x) { *to = x; }
  static DESCENT_INLINE void store_partial(S* to, const Value& x, int) { *to = x; }

  static DESCENT_INLINE Value add(const Value& a, const Value& b) { return a + b; }
  static DESCENT_INLINE Value subtract(const Value& a, const Value& b) { return a - b; }
  static DESCENT_INLINE Value multiply(const Value& a, const Value& b) {
    Value product = a * b;
    if constexpr (std::is_same_v<S, float> || std::is_same_v<S, double>) DESCENT_KEEP_PRODUCT(product);
    return product;
  }
  static DESCENT_INLINE Value divide(const Value& a, const Value& b) { return a / b; }
  static DESCENT_INLINE Value negate(const Value& a) { return -a; }
  static DESCENT_INLINE Value multiply_add(const Value& a, const Value& b, const Value& c) {
    return add(multiply(a, b), c);
  }
  // Like registers: returns a if either is NaN.
  static DESCENT_INLINE Value minimum(const Value& a, const Value& b) { return b < a ? b : a; }
  static DESCENT_INLINE Value maximum(const Value& a, const Value& b) { return a < b ? b : a; }
  static DESCENT_INLINE Value absolute(const Value& a) {
    using std::abs;
    return abs(a);
  }
  static DESCENT_INLINE Value square_root(const Value& a) {
    using std::sqrt;
    return sqrt(a);
  }

  static DESCENT_INLINE Truth less(const Value& a, const Value& b) { return a < b; }
  static DESCENT_INLINE Truth less_or_equal(const Value& a, const Value& b) { return a <= b; }
  static DESCENT_INLINE Truth equal(const Value& a, const Value& b) { return a == b; }
  static DESCENT_INLINE Truth both(Truth a, Truth b) { return a && b; }
  static DESCENT_INLINE Truth either(Truth a, Truth b) { return a || b; }
  static DESCENT_INLINE Truth negation(Truth a) { return !a; }
  static DESCENT_INLINE Truth first(int count) { return count > 0; }
  static DESCENT_INLINE Truth finite(const Value& a) {
    if constexpr (std::is_same_v<S, float> || std::is_same_v<S, double>) {
      return is_finite(a);
    } else {
      return absolute(a) <= std::numeric_limits<S>::max();
    }
  }
  static DESCENT_INLINE Value zero_if(Truth truth, const Value& a) { return truth ? S(0) : a; }
  static DESCENT_INLINE Value select(Truth truth, const Value& a, const Value& b) { return truth ? a : b; }
};

/// A full register of float or double, over Eigen's packet primitives.
template <class S>
struct PacketLanes : Comparisons<S, std::size_t{Eigen::internal::packet_traits<S>::size}> {
  static constexpr int size = Eigen::internal::packet_traits<S>::size;
  using Value = typename Eigen::internal::packet_traits<S>::type;
  using Partial = PartialAccess<S, static_cast<std::size_t>(size)>;

  static DESCENT_INLINE Value broadcast(S x) { return Eigen::internal::pset1<Value>(x); }
  static DESCENT_INLINE Value load(const S* from) { return Eigen::internal::ploadu<Value>(from); }
  static DESCENT_INLINE Value load_partial(const S* from, int count) {
    return Partial::template load<Value>(from, count);
  }
  static DESCENT_INLINE void store(S* to, const Value& x) { Eigen::internal::pstoreu(to, x); }
  static DESCENT_INLINE void store_partial(S* to, const Value& x, int count) { Partial::store(to, x, count); }

  static DESCENT_INLINE Value add(const Value& a, const Value& b) { return Eigen::internal::padd(a, b); }
  static DESCENT_INLINE Value subtract(const Value& a, const Value& b) { return Eigen::internal::psub(a, b); }
  static DESCENT_INLINE Value multiply(const Value& a, const Value& b) {
    Value product = Eigen::internal::pmul(a, b);
    DESCENT_KEEP_PRODUCT(product);
    return product;
  }
  static DESCENT_INLINE Value divide(const Value& a, const Value& b) { return Eigen::internal::pdiv(a, b); }
  // Eigen 3.4's pnegate is 0 - a with AVX-512, which loses the sign of 0.
  static DESCENT_INLINE Value negate(const Value& a) { return Eigen::internal::pxor(a, broadcast(S(-0.0))); }
  static DESCENT_INLINE Value multiply_add(const Value& a, const Value& b, const Value& c) {
    return Eigen::internal::pmadd(a, b, c);
  }
  static DESCENT_INLINE Value minimum(const Value& a, const Value& b) { return MinMax::least(a, b); }
  static DESCENT_INLINE Value maximum(const Value& a, const Value& b) { return MinMax::greatest(a, b); }
  static DESCENT_INLINE Value absolute(const Value& a) { return Eigen::internal::pabs(a); }
  static DESCENT_INLINE Value square_root(const Value& a) {
    if constexpr (requires { ExactRoot::of(a); }) {
      return ExactRoot::of(a);
    } else {
      S lanes[static_cast<std::size_t>(size)];
      store(lanes, a);
      for (S& lane : lanes) lane = std::sqrt(lane);
      return load(lanes);
    }
  }

  template <int part>
  static DESCENT_INLINE auto widened_half(const Value& a)
    requires requires { Widening::half<part>(a); }
  {
    return Widening::half<part>(a);
  }
  static DESCENT_INLINE auto load_widened(const S* from)
    requires requires { Widening::load(from); }
  {
    return Widening::load(from);
  }
};

template <class S>
inline constexpr bool has_packets = (std::is_same_v<S, float> || std::is_same_v<S, double>)&&(
    Eigen::internal::packet_traits<S>::Vectorizable && Eigen::internal::packet_traits<S>::size > 1);

template <class S>
using Lanes = std::conditional_t<has_packets<S>, PacketLanes<S>, ScalarLanes<S>>;

}  // namespace descent::simd::inline DESCENT_BUILD
