// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/core/simd/pack.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

// Floats stored as bfloat16: their upper 16 bits. Uses the vector types of g++ and clang; other compilers
// work lane by lane.

namespace descent::simd::inline DESCENT_BUILD {

/// Random bits for rounding, different for each slot of each step.
///
/// Rounds a number up with a probability equal to its relative distance from the lower neighbour, so that the
/// mean is preserved and small changes are not lost. The random bits are a hash of the number and the draw:
/// an element rounds the same way at any position, but differently at each step.
struct RandomRounding {
  std::uint32_t draw = 0;

  /// The draw for another slot of the same step.
  RandomRounding slot(std::size_t number) const {
    return {draw ^ (static_cast<std::uint32_t>(number) * 0x9e3779b9U)};
  }
};

inline constexpr std::uint32_t exponent_bits = 0x7f800000U;
/// Odd, so that the product with 16 bits takes every value once; decorrelates neighbouring numbers.
inline constexpr std::uint32_t rounding_factor = 0xc56dU;

/// Rounds one number, as every lane does. Preserves infinity and NaN.
DESCENT_INLINE std::uint16_t rounded_bfloat16(float x, RandomRounding rounding) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const std::uint32_t random = ((bits ^ rounding.draw) & 0xffffU) * rounding_factor & 0xffffU;
  const bool finite = (bits & exponent_bits) != exponent_bits;
  return static_cast<std::uint16_t>((bits + (finite ? random : 0U)) >> 16);
}

#if defined(__GNUC__)
template <std::size_t lanes>
struct BitsOf {
  typedef std::uint32_t Wide __attribute__((vector_size(4 * lanes)));
  typedef std::uint16_t Words __attribute__((vector_size(4 * lanes)));
  typedef std::uint16_t Narrow __attribute__((vector_size(2 * lanes), aligned(2), may_alias));
};

using FloatBits = typename BitsOf<static_cast<std::size_t>(Pack<float>::size)>::Wide;

// Not reinterpret_cast: if a pack is a plain float, its vector of bits may not alias it.
DESCENT_INLINE FloatBits bits_of(const Pack<float>& values) {
  FloatBits bits;
  std::memcpy(&bits, &values.value(), sizeof bits);
  return bits;
}
DESCENT_INLINE Pack<float> pack_of(const FloatBits& bits) {
  typename Lanes<float>::Value value;
  std::memcpy(&value, &bits, sizeof value);
  return Pack<float>(value);
}

/// Loads 16-bit numbers into the upper halves of 32 bits.
template <std::size_t lanes>
DESCENT_INLINE typename BitsOf<lanes>::Wide load_upper_halves(const Eigen::bfloat16* from) {
  using Bits = BitsOf<lanes>;
#if defined(EIGEN_VECTORIZE_AVX512)
  const __m256i narrow = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return (typename Bits::Wide)_mm512_maskz_cvtepu16_epi32(0xffff, narrow) << 16;
#elif defined(EIGEN_VECTORIZE_AVX2)
  return (typename Bits::Wide)_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)))
         << 16;
#elif defined(EIGEN_VECTORIZE_SSE) && !defined(EIGEN_VECTORIZE_AVX)
  const __m128i narrow = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
  return (typename Bits::Wide)_mm_unpacklo_epi16(_mm_setzero_si128(), narrow);
#else
  const auto narrow = *reinterpret_cast<const typename Bits::Narrow*>(from);
  return __builtin_convertvector(narrow, typename Bits::Wide) << 16;
#endif
}

/// Stores the upper halves of 32 bits.
template <std::size_t lanes>
DESCENT_INLINE void store_upper_halves(typename BitsOf<lanes>::Wide bits, Eigen::bfloat16* to) {
#if defined(EIGEN_VECTORIZE_AVX512)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm512_maskz_cvtepi32_epi16(0xffff, (__m512i)(bits >> 16)));
#elif defined(EIGEN_VECTORIZE_AVX2)
  const __m256i halves = (__m256i)(bits >> 16);
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(halves, halves), 0x08);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(packed));
#elif defined(EIGEN_VECTORIZE_SSE) && !defined(EIGEN_VECTORIZE_AVX)
  const __m128i halves = _mm_srai_epi32((__m128i)bits, 16);  // with its sign, so that packing preserves it
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packs_epi32(halves, halves));
#else
  using Narrow = typename BitsOf<lanes>::Narrow;
  *reinterpret_cast<Narrow*>(to) = __builtin_convertvector(bits >> 16, Narrow);
#endif
}
#endif

/// Loads as many bfloat16 numbers as a pack has lanes, as floats.
DESCENT_INLINE Pack<float> load_bfloat16(const Eigen::bfloat16* from) {
  constexpr auto lanes = static_cast<std::size_t>(Pack<float>::size);
#if defined(__GNUC__)
  if constexpr (has_packets<float>) {
    return pack_of(load_upper_halves<lanes>(from));
  }
#endif
  float values[lanes];
  for (std::size_t k = 0; k < lanes; ++k) values[k] = static_cast<float>(from[k]);
  return Pack<float>::load(values);
}

/// Rounds a pack to bfloat16.
DESCENT_INLINE void store_bfloat16(Pack<float> values, Eigen::bfloat16* to, RandomRounding rounding) {
  constexpr auto lanes = static_cast<std::size_t>(Pack<float>::size);
#if defined(__GNUC__)
  if constexpr (has_packets<float>) {
    using Words = typename BitsOf<lanes>::Words;
    using Wide = FloatBits;
    const auto bits = bits_of(values);
    const auto factors = (Words)(Wide{} + rounding_factor);  // 0 for the upper halves
    const auto random = (Wide)((Words)(bits ^ rounding.draw) * factors);
#if defined(EIGEN_VECTORIZE_AVX512)
    const __m512i exponent = _mm512_set1_epi32(static_cast<int>(exponent_bits)), b = (__m512i)bits;
    const __mmask16 finite = _mm512_cmpneq_epi32_mask(_mm512_and_si512(b, exponent), exponent);
    store_upper_halves<lanes>((Wide)_mm512_mask_add_epi32(b, finite, b, (__m512i)random), to);
#else
    const auto finite = (Wide)((bits & exponent_bits) != exponent_bits);
    store_upper_halves<lanes>(bits + (random & finite), to);
#endif
    return;
  }
#endif
  float numbers[lanes];
  values.store(numbers);
  for (std::size_t k = 0; k < lanes; ++k)
    to[k] = Eigen::numext::bit_cast<Eigen::bfloat16>(rounded_bfloat16(numbers[k], rounding));
}

/// Rounds to the nearest bfloat16 number, ties to even, in the upper 16 bits; preserves infinity and NaN.
template <class Bits>
DESCENT_INLINE Bits nearest_upper_half(const Bits& bits) {
  const Bits rounded = bits + (0x7fffU + (bits >> 16 & 1U));
  return ((bits & exponent_bits) == exponent_bits ? bits : rounded) & 0xffff0000U;
}

/// Rounds a pack to the nearest bfloat16 numbers.
DESCENT_INLINE void store_nearest_bfloat16(Pack<float> values, Eigen::bfloat16* to) {
  constexpr auto lanes = static_cast<std::size_t>(Pack<float>::size);
#if defined(__GNUC__)
  if constexpr (has_packets<float>) {
    const auto bits = bits_of(values);
    return store_upper_halves<lanes>(nearest_upper_half(bits), to);
  }
#endif
  float numbers[lanes];
  values.store(numbers);
  for (std::size_t k = 0; k < lanes; ++k) to[k] = static_cast<Eigen::bfloat16>(numbers[k]);
}

/// `masters` if the bfloat16 numbers in memory are their rounded values, else those numbers.
DESCENT_INLINE Pack<float> master_or_new(Pack<float> masters, const Eigen::bfloat16* numbers) {
  constexpr auto lanes = static_cast<std::size_t>(Pack<float>::size);
#if defined(__GNUC__)
  if constexpr (has_packets<float>) {
    const auto kept = bits_of(masters);
    const auto given = load_upper_halves<lanes>(numbers);
    const typename BitsOf<lanes>::Wide result = nearest_upper_half(kept) == given ? kept : given;
    return pack_of(result);
  }
#endif
  float values[lanes];
  masters.store(values);
  for (std::size_t k = 0; k < lanes; ++k) {
    const auto rounded = static_cast<Eigen::bfloat16>(values[k]);
    if (Eigen::numext::bit_cast<std::uint16_t>(rounded) != Eigen::numext::bit_cast<std::uint16_t>(numbers[k]))
      values[k] = static_cast<float>(numbers[k]);
  }
  return Pack<float>::load(values);
}

}  // namespace descent::simd::inline DESCENT_BUILD
