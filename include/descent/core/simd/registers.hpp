// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/simd/build.hpp>

#include <Eigen/Core>

#include <cstddef>

// Code that differs between instruction sets, and operations that Eigen's packets lack or compute inexactly.
// Only this room and linalg/pack_product.hpp name Eigen::internal.

namespace descent::simd::inline DESCENT_BUILD {

/// Loads and stores fewer lanes than a register has, through a buffer; lanes past the end are 0.
template <class S, std::size_t Size>
struct PartialAccess {
  template <class Value>
  static DESCENT_INLINE Value load(const S* from, int count) {
    S buffer[Size] = {};
    for (int k = 0; k < count; ++k) buffer[k] = from[k];
    return Eigen::internal::ploadu<Value>(buffer);
  }
  template <class Value>
  static DESCENT_INLINE void store(S* to, const Value& x, int count) {
    S buffer[Size];
    Eigen::internal::pstoreu(buffer, x);
    for (int k = 0; k < count; ++k) to[k] = buffer[k];
  }
};

#if defined(EIGEN_VECTORIZE_SSE)
/// Up to four floats or two doubles, moved as numbers of 4, 8 or 16 bytes.
struct Quarter {
  static DESCENT_INLINE __m128 load(const float* from, int count) {
    if (count >= 4) return _mm_loadu_ps(from);
    if (count <= 0) return _mm_setzero_ps();
    if (count == 1) return _mm_load_ss(from);
    const __m128 two = _mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(from)));
    return count == 2 ? two : _mm_movelh_ps(two, _mm_load_ss(from + 2));
  }
  static DESCENT_INLINE void store(float* to, __m128 x, int count) {
    if (count >= 4) return _mm_storeu_ps(to, x);
    if (count <= 0) return;
    if (count == 1) return _mm_store_ss(to, x);
    _mm_store_sd(reinterpret_cast<double*>(to), _mm_castps_pd(x));
    if (count == 3) _mm_store_ss(to + 2, _mm_movehl_ps(x, x));
  }
  static DESCENT_INLINE __m128d load(const double* from, int count) {
    if (count >= 2) return _mm_loadu_pd(from);
    return count == 1 ? _mm_load_sd(from) : _mm_setzero_pd();
  }
  static DESCENT_INLINE void store(double* to, __m128d x, int count) {
    if (count >= 2) return _mm_storeu_pd(to, x);
    if (count == 1) _mm_store_sd(to, x);
  }
};
#endif

// A load must wait if a masked store wrote its bytes just before, which happens to a block of 3 parameters at
// each step. So counts known at compile time are moved in quarters, others with masks.

#if defined(EIGEN_VECTORIZE_AVX512)
template <>
struct PartialAccess<float, 16> {
  template <class Value>
  static DESCENT_INLINE Value load(const float* from, int count) {
    if (__builtin_constant_p(count)) {
      __m512 x = _mm512_zextps128_ps512(Quarter::load(from, count));
      if (count > 4) x = _mm512_insertf32x4(x, Quarter::load(from + 4, count - 4), 1);
      if (count > 8) x = _mm512_insertf32x4(x, Quarter::load(from + 8, count - 8), 2);
      if (count > 12) x = _mm512_insertf32x4(x, Quarter::load(from + 12, count - 12), 3);
      return x;
    }
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1U), from);
  }
  template <class Value>
  static DESCENT_INLINE void store(float* to, const Value& x, int count) {
    if (__builtin_constant_p(count)) {
      Quarter::store(to, _mm512_castps512_ps128(x), count);
      if (count > 4) Quarter::store(to + 4, _mm512_maskz_extractf32x4_ps(0xf, x, 1), count - 4);
      if (count > 8) Quarter::store(to + 8, _mm512_maskz_extractf32x4_ps(0xf, x, 2), count - 8);
      if (count > 12) Quarter::store(to + 12, _mm512_maskz_extractf32x4_ps(0xf, x, 3), count - 12);
      return;
    }
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1U << count) - 1U), x);
  }
};

template <>
struct PartialAccess<double, 8> {
  template <class Value>
  static DESCENT_INLINE Value load(const double* from, int count) {
    if (__builtin_constant_p(count) && count <= 4) {
      const __m256d x = _mm256_zextpd128_pd256(Quarter::load(from, count));
      return _mm512_zextpd256_pd512(_mm256_insertf128_pd(x, Quarter::load(from + 2, count - 2), 1));
    }
    return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << count) - 1U), from);
  }
  template <class Value>
  static DESCENT_INLINE void store(double* to, const Value& x, int count) {
    if (__builtin_constant_p(count) && count <= 4) {
      Quarter::store(to, _mm512_castpd512_pd128(x), count);
      Quarter::store(to + 2, _mm256_extractf128_pd(_mm512_castpd512_pd256(x), 1), count - 2);
      return;
    }
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1U << count) - 1U), x);
  }
};
#elif defined(EIGEN_VECTORIZE_AVX)
// Ones, then zeros: a window that starts at entry `size - count` has `count` lanes set.
inline constexpr int lane_switches[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

template <>
struct PartialAccess<float, 8> {
  static DESCENT_INLINE __m256i lanes(int count) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lane_switches + (8 - count)));
  }
  template <class Value>
  static DESCENT_INLINE Value load(const float* from, int count) {
    if (__builtin_constant_p(count)) {
      const __m256 x = _mm256_zextps128_ps256(Quarter::load(from, count));
      return _mm256_insertf128_ps(x, Quarter::load(from + 4, count - 4), 1);
    }
    return _mm256_maskload_ps(from, lanes(count));
  }
  template <class Value>
  static DESCENT_INLINE void store(float* to, const Value& x, int count) {
    if (__builtin_constant_p(count)) {
      Quarter::store(to, _mm256_castps256_ps128(x), count);
      Quarter::store(to + 4, _mm256_extractf128_ps(x, 1), count - 4);
      return;
    }
    _mm256_maskstore_ps(to, lanes(count), x);
  }
};

template <>
struct PartialAccess<double, 4> {
  static DESCENT_INLINE __m256i lanes(int count) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lane_switches + (8 - 2 * count)));
  }
  template <class Value>
  static DESCENT_INLINE Value load(const double* from, int count) {
    if (__builtin_constant_p(count)) {
      const __m256d x = _mm256_zextpd128_pd256(Quarter::load(from, count));
      return _mm256_insertf128_pd(x, Quarter::load(from + 2, count - 2), 1);
    }
    return _mm256_maskload_pd(from, lanes(count));
  }
  template <class Value>
  static DESCENT_INLINE void store(double* to, const Value& x, int count) {
    if (__builtin_constant_p(count)) {
      Quarter::store(to, _mm256_castpd256_pd128(x), count);
      Quarter::store(to + 2, _mm256_extractf128_pd(x, 1), count - 2);
      return;
    }
    _mm256_maskstore_pd(to, lanes(count), x);
  }
};
#elif defined(EIGEN_VECTORIZE_SSE)
template <class S>
struct QuarterAccess {
  template <class Value>
  static DESCENT_INLINE Value load(const S* from, int count) {
    return Quarter::load(from, count);
  }
  template <class Value>
  static DESCENT_INLINE void store(S* to, const Value& x, int count) {
    Quarter::store(to, x, count);
  }
};
template <>
struct PartialAccess<float, 4> : QuarterAccess<float> {};
template <>
struct PartialAccess<double, 2> : QuarterAccess<double> {};
#endif

/// A type that no register has, for the declarations below if no instruction set is on.
struct NoRegister {};

#if defined(EIGEN_VECTORIZE_AVX512)
// The plain intrinsics, which Eigen uses, warn of an uninitialised register inside g++ 12's own header; hence
// the masked forms with all lanes set, here and below.
struct MinMax {
  static DESCENT_INLINE __m512 least(__m512 a, __m512 b) { return _mm512_maskz_min_ps(0xffff, b, a); }
  static DESCENT_INLINE __m512d least(__m512d a, __m512d b) { return _mm512_maskz_min_pd(0xff, b, a); }
  static DESCENT_INLINE __m512 greatest(__m512 a, __m512 b) { return _mm512_maskz_max_ps(0xffff, b, a); }
  static DESCENT_INLINE __m512d greatest(__m512d a, __m512d b) { return _mm512_maskz_max_pd(0xff, b, a); }
};
#else
struct MinMax {
  template <class Value>
  static DESCENT_INLINE Value least(const Value& a, const Value& b) {
    return Eigen::internal::pmin(a, b);
  }
  template <class Value>
  static DESCENT_INLINE Value greatest(const Value& a, const Value& b) {
    return Eigen::internal::pmax(a, b);
  }
};
#endif

/// The exact square root. Eigen's float psqrt, and its AVX-512 double psqrt, are approximations.
struct ExactRoot {
  static void of(NoRegister);
#if defined(EIGEN_VECTORIZE_AVX512)
  static DESCENT_INLINE __m512 of(__m512 x) { return _mm512_maskz_sqrt_ps(0xffff, x); }
  static DESCENT_INLINE __m512d of(__m512d x) { return _mm512_maskz_sqrt_pd(0xff, x); }
#endif
#if defined(EIGEN_VECTORIZE_AVX)
  static DESCENT_INLINE __m256 of(__m256 x) { return _mm256_sqrt_ps(x); }
  static DESCENT_INLINE __m256d of(__m256d x) { return _mm256_sqrt_pd(x); }
#endif
#if defined(EIGEN_VECTORIZE_SSE)
  static DESCENT_INLINE __m128 of(__m128 x) { return _mm_sqrt_ps(x); }
  static DESCENT_INLINE __m128d of(__m128d x) { return _mm_sqrt_pd(x); }
#elif defined(EIGEN_VECTORIZE_NEON) && defined(__aarch64__)
  static DESCENT_INLINE float32x4_t of(float32x4_t x) { return vsqrtq_f32(x); }
  static DESCENT_INLINE float64x2_t of(float64x2_t x) { return vsqrtq_f64(x); }
#endif
};

/// The lower (part 0) or upper (part 1) half of a register of floats, or half a register of floats in memory,
/// as doubles.
struct Widening {
  template <int part>
  static void half(NoRegister);
  static void load(NoRegister);
#if defined(EIGEN_VECTORIZE_AVX512DQ)
  template <int part>
  static DESCENT_INLINE __m512d half(__m512 x) {
    return _mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, x, part));
  }
  static DESCENT_INLINE __m512d load(const float* from) {
    return _mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(from));
  }
#elif defined(EIGEN_VECTORIZE_AVX) && !defined(EIGEN_VECTORIZE_AVX512)
  template <int part>
  static DESCENT_INLINE __m256d half(__m256 x) {
    return _mm256_cvtps_pd(_mm256_extractf128_ps(x, part));
  }
  static DESCENT_INLINE __m256d load(const float* from) { return _mm256_cvtps_pd(_mm_loadu_ps(from)); }
#elif defined(EIGEN_VECTORIZE_SSE) && !defined(EIGEN_VECTORIZE_AVX)
  template <int part>
  static DESCENT_INLINE __m128d half(__m128 x) {
    return _mm_cvtps_pd(part == 0 ? x : _mm_movehl_ps(x, x));
  }
  static DESCENT_INLINE __m128d load(const float* from) {
    return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
  }
#endif
};

}  // namespace descent::simd::inline DESCENT_BUILD
