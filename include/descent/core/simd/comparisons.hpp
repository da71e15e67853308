// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/registers.hpp>

#include <cstddef>
#include <cstdint>

// What registers hold after a comparison, and how it chooses between values.

namespace descent::simd {

/// As a register with all bits of a lane set, or none.
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
  static DESCENT_INLINE Truth first(int count) {
    return less(Eigen::internal::plset<Register>(S(0)),
                Eigen::internal::pset1<Register>(static_cast<S>(count)));
  }
  static DESCENT_INLINE Register select(const Truth& truth, const Register& a, const Register& b) {
    return Eigen::internal::pselect(truth, a, b);
  }
};

#if defined(EIGEN_VECTORIZE_AVX512)
/// As bits of a register for masks. Eigen turns them into lanes and back, which takes longer than the
/// comparison.
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
  static DESCENT_INLINE __m512d select(Truth truth, __m512d a, __m512d b) {
    return _mm512_mask_blend_pd(truth, b, a);
  }
};
#endif

}  // namespace descent::simd
