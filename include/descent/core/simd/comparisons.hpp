// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/simd/registers.hpp>

#include <cstddef>
#include <cstdint>

// The results of comparisons in registers, and selection by them.

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

}  // namespace descent::simd::inline DESCENT_BUILD
