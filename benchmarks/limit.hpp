// SPDX-License-Identifier: MIT
#pragma once

#include <immintrin.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

// What the machine can do: the same updates written by hand for float, with the widest vectors that the
// compiler may use, and nothing around them.

namespace limit {

#if defined(__AVX512F__)
inline constexpr std::size_t lanes = 16;
#elif defined(__AVX__)
inline constexpr std::size_t lanes = 8;
#else
inline constexpr std::size_t lanes = 4;
#endif
using Vector = float __attribute__((vector_size(lanes * sizeof(float))));

inline Vector load(const float* from) {
  Vector value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
inline void store(float* to, const Vector& value) { std::memcpy(to, &value, sizeof value); }
inline Vector root(const Vector& value) {
#if defined(__AVX512F__)
  return Vector(_mm512_maskz_sqrt_ps(0xffff, __m512(value)));
#elif defined(__AVX__)
  return Vector(_mm256_sqrt_ps(__m256(value)));
#else
  return Vector(_mm_sqrt_ps(__m128(value)));
#endif
}

/// body(i) for whole vectors, then for the padding behind the last whole one: buffers are padded.
template <class Body>
inline void for_each_vector(std::size_t count, Body body) {
  std::size_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    body(i);
    body(i + lanes);
  }
  for (; i < count; i += lanes) body(i);
}

/// Numbers whose storage is a whole number of vectors.
class Buffer {
 public:
  explicit Buffer(std::size_t size, float value = 0) : values_((size + lanes) / lanes * lanes, value) {}
  float* data() { return values_.data(); }

 private:
  std::vector<float> values_;
};

struct Momentum {
  float rate = 1e-3F, momentum = 0.9F;

  [[gnu::noinline]] void step(float* p, const float* g, float* b, std::size_t count) const {
    for_each_vector(count, [&](std::size_t i) {
      const Vector buffer = momentum * load(b + i) + load(g + i);
      store(b + i, buffer);
      store(p + i, load(p + i) - rate * buffer);
    });
  }
};

struct AdamW {
  float rate = 1e-3F, beta1 = 0.9F, beta2 = 0.999F, epsilon = 1e-8F, decay = 0.01F;
  double power1 = 1, power2 = 1;

  [[gnu::noinline]] void step(float* p, const float* g, float* m, float* v, std::size_t count) {
    power1 *= 0.9;
    power2 *= 0.999;
    const auto correction1 = static_cast<float>(1 / (1 - power1)),
               correction2 = static_cast<float>(1 / (1 - power2));
    for_each_vector(count, [&](std::size_t i) {
      const Vector gradient = load(g + i), parameter = load(p + i);
      const Vector first = beta1 * load(m + i) + (1 - beta1) * gradient;
      const Vector second = beta2 * load(v + i) + (1 - beta2) * gradient * gradient;
      store(m + i, first);
      store(v + i, second);
      const Vector direction = correction1 * first / (root(correction2 * second) + epsilon);
      store(p + i, parameter - rate * (direction + decay * parameter));
    });
  }
};

}  // namespace limit
