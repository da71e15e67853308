// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/simd/registers.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

// The primitives under Pack: the operations of one register, and comparisons, whose results depend on the
// instruction set.

// g++ contracts a product and a sum into one rounding across inlined functions, differently in each inlined
// copy. An empty asm statement after each product, which the compiler must assume to change the register,
// keeps the product and the sum apart. clang does so only under -ffast-math.
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

/// The exponent of a number as an integer: all ones if the number is infinite or NaN. Compares integers,
/// because -ffast-math lets compilers assume that every number is finite.
template <class S>
struct ExponentOf {
  static constexpr std::int64_t bits = 0x7ff0'0000'0000'0000;
};
template <>
struct ExponentOf<float> {
  static constexpr std::int32_t bits = 0x7f80'0000;
};

#if defined(__GNUC__)
/// The integer vector type for a register of numbers.
template <class S, std::size_t Size>
struct IntegersOf {
  typedef std::int64_t type __attribute__((vector_size(8 * Size), may_alias));
};
template <std::size_t Size>
struct IntegersOf<float, Size> {
  typedef std::int32_t type __attribute__((vector_size(4 * Size), may_alias));
};
#endif

/// Comparison results as registers: all bits of a lane are set, or none.
template <class S, std::size_t Size>
struct Comparisons {
  using Register = typename Eigen::internal::packet_traits<S>::type;
  using Truth = Register;

  static DESCENT_INLINE Truth less(const Register& a, const Register& b) {
    return Eigen::internal::pcmp_lt(a, b);
  }
  static DESCENT_INLINE Truth less_or_equal(const Register& a, const Register& b) {
    return Eigen::internal::pcmp_le(a, b);
  }
  static DESCENT_INLINE Truth equal(const Register& a, const Register& b) {
    return Eigen::internal::pcmp_eq(a, b);
  }
  static DESCENT_INLINE Truth both(const Truth& a, const Truth& b) { return Eigen::internal::pand(a, b); }
  static DESCENT_INLINE Truth either(const Truth& a, const Truth& b) { return Eigen::internal::por(a, b); }
  static DESCENT_INLINE Truth negation(const Truth& a) {
    return Eigen::internal::pandnot(Eigen::internal::ptrue(a), a);
  }
  static DESCENT_INLINE Truth finite(const Register& a) {
#if defined(__GNUC__)
    using Bits = typename IntegersOf<S, Size>::type;
    constexpr auto exponent = ExponentOf<S>::bits;
    const auto bits = reinterpret_cast<const Bits&>(a);
    const auto truth = (bits & exponent) != exponent;
    return reinterpret_cast<const Truth&>(truth);
#else
    S lanes[Size], truth[Size];
    Eigen::internal::pstoreu(lanes, a);
    for (std::size_t k = 0; k < Size; ++k) truth[k] = is_finite(lanes[k]) ? S(1) : S(0);
    return less(Eigen::internal::pset1<Register>(S(0)), Eigen::internal::ploadu<Register>(truth));
#endif
  }
  /// 0 in the lanes of `truth`, a elsewhere.
  static DESCENT_INLINE Register zero_if(const Truth& truth, const Register& a) {
    return Eigen::internal::pandnot(a, truth);
  }
  static DESCENT_INLINE Truth first(int count) {
    return less(Eigen::internal::plset<Register>(S(0)),
                Eigen::internal::pset1<Register>(static_cast<S>(count)));
  }
  static DESCENT_INLINE Register select(const Truth& truth, const Register& a, const Register& b) {
    return Eigen::internal::pselect(truth, a, b);
  }
};

#if defined(EIGEN_VECTORIZE_AVX512)
/// Comparison results as bits of a mask register. Eigen would expand them into lanes and back, which takes
/// longer than the comparison.
template <class Bits>
struct MaskBits {
  using Truth = Bits;
  static DESCENT_INLINE Truth both(Truth a, Truth b) { return static_cast<Truth>(a & b); }
  static DESCENT_INLINE Truth either(Truth a, Truth b) { return static_cast<Truth>(a | b); }
  static DESCENT_INLINE Truth negation(Truth a) { return static_cast<Truth>(~a); }
  static DESCENT_INLINE Truth first(int count) { return static_cast<Truth>((std::uint32_t{1} << count) - 1); }
};

template <>
struct Comparisons<float, 16> : MaskBits<__mmask16> {
  static DESCENT_INLINE Truth less(__m512 a, __m512 b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
  static DESCENT_INLINE Truth less_or_equal(__m512 a, __m512 b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ);
  }
  static DESCENT_INLINE Truth equal(__m512 a, __m512 b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
  static DESCENT_INLINE Truth finite(__m512 a) {
    const __m512i exponent = _mm512_set1_epi32(ExponentOf<float>::bits);
    return _mm512_cmpneq_epi32_mask(_mm512_and_si512((__m512i)a, exponent), exponent);
  }
  static DESCENT_INLINE __m512 zero_if(Truth truth, __m512 a) {
    return _mm512_maskz_mov_ps(negation(truth), a);
  }
  static DESCENT_INLINE __m512 select(Truth truth, __m512 a, __m512 b) {
    return _mm512_mask_blend_ps(truth, b, a);
  }
};

template <>
struct Comparisons<double, 8> : MaskBits<__mmask8> {
  static DESCENT_INLINE Truth less(__m512d a, __m512d b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
  static DESCENT_INLINE Truth less_or_equal(__m512d a, __m512d b) {
    return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ);
  }
  static DESCENT_INLINE Truth equal(__m512d a, __m512d b) { return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ); }
  static DESCENT_INLINE Truth finite(__m512d a) {
    const __m512i exponent = _mm512_set1_epi64(ExponentOf<double>::bits);
    return _mm512_cmpneq_epi64_mask(_mm512_and_si512((__m512i)a, exponent), exponent);
  }
  static DESCENT_INLINE __m512d zero_if(Truth truth, __m512d a) {
    return _mm512_maskz_mov_pd(negation(truth), a);
  }
  static DESCENT_INLINE __m512d select(Truth truth, __m512d a, __m512d b) {
    return _mm512_mask_blend_pd(truth, b, a);
  }
};
#endif

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
