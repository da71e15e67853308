// SPDX-License-Identifier: MIT
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstring>

// The limit of the machine: updates written by hand with the widest vectors that the compiler may use (SSE2,
// AVX or AVX-512), and nothing around them. Every buffer is a whole number of vectors, so there is no tail.

namespace limit {

#if defined(__AVX512F__)
inline constexpr std::size_t width = 64;
inline constexpr const char* instructions = "AVX-512";
#elif defined(__AVX__)
inline constexpr std::size_t width = 32;
inline constexpr const char* instructions = "AVX";
#else
inline constexpr std::size_t width = 16;
inline constexpr const char* instructions = "SSE2";
#endif

template <class S>
struct VectorOf;
template <>
struct VectorOf<float> {
  using type = float __attribute__((vector_size(width)));
};
template <>
struct VectorOf<double> {
  using type = double __attribute__((vector_size(width)));
};
template <class S>
using Vector = typename VectorOf<S>::type;
template <class S>
inline constexpr std::size_t lanes = width / sizeof(S);

#define LIMIT_INLINE [[gnu::always_inline]] inline  // or a call a vector

template <class S>
LIMIT_INLINE Vector<S> load(const S* from) {
  Vector<S> value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class S>
LIMIT_INLINE void store(S* to, const Vector<S>& value) {
  std::memcpy(to, &value, sizeof value);
}

#if defined(__AVX512F__)
LIMIT_INLINE Vector<float> root(Vector<float> x) {
  return Vector<float>(_mm512_maskz_sqrt_ps(0xffff, __m512(x)));
}
LIMIT_INLINE Vector<double> root(Vector<double> x) {
  return Vector<double>(_mm512_maskz_sqrt_pd(0xff, __m512d(x)));
}
#elif defined(__AVX__)
LIMIT_INLINE Vector<float> root(Vector<float> x) { return Vector<float>(_mm256_sqrt_ps(__m256(x))); }
LIMIT_INLINE Vector<double> root(Vector<double> x) { return Vector<double>(_mm256_sqrt_pd(__m256d(x))); }
#else
LIMIT_INLINE Vector<float> root(Vector<float> x) { return Vector<float>(_mm_sqrt_ps(__m128(x))); }
LIMIT_INLINE Vector<double> root(Vector<double> x) { return Vector<double>(_mm_sqrt_pd(__m128d(x))); }
#endif

// The updates: new values of one vector of parameters and of its `slots` vectors of state. `advance` is
// called once a step.

template <class S>
struct Sgd {
  static constexpr std::size_t slots = 0;
  S rate = S(1e-3);

  void advance() {}
  LIMIT_INLINE void operator()(Vector<S>& p, Vector<S> g, Vector<S>*) const { p -= rate * g; }
};

template <class S>
struct Momentum {
  static constexpr std::size_t slots = 1;
  S rate = S(1e-3), momentum = S(0.9);

  void advance() {}
  LIMIT_INLINE void operator()(Vector<S>& p, Vector<S> g, Vector<S>* state) const {
    state[0] = momentum * state[0] + g;
    p -= rate * state[0];
  }
};

template <class S>
struct AdamW {
  static constexpr std::size_t slots = 2;
  S rate = S(1e-3), beta1 = S(0.9), beta2 = S(0.999), epsilon = S(1e-8), decay = S(0.01);
  double power1 = 1, power2 = 1;
  S correction1 = 1, correction2 = 1;

  void advance() {
    power1 = power1 < 1e-20 ? 0 : power1 * 0.9;
    power2 = power2 < 1e-20 ? 0 : power2 * 0.999;
    correction1 = static_cast<S>(1 / (1 - power1));
    correction2 = static_cast<S>(1 / (1 - power2));
  }
  LIMIT_INLINE void operator()(Vector<S>& p, Vector<S> g, Vector<S>* state) const {
    state[0] = beta1 * state[0] + (1 - beta1) * g;
    state[1] = beta2 * state[1] + (1 - beta2) * g * g;
    const Vector<S> direction = correction1 * state[0] / (root(correction2 * state[1]) + epsilon);
    p -= rate * (direction + decay * p);
  }
};

/// The memory traffic of a rule with this many values of state, with almost no arithmetic.
template <std::size_t count>
struct Traffic {
  template <class S>
  struct Of {
    static constexpr std::size_t slots = count;
    S factor = S(0.5);

    void advance() {}
    LIMIT_INLINE void operator()(Vector<S>& p, Vector<S> g, Vector<S>* state) const {
      Vector<S> sum = g;
      for (std::size_t k = 0; k < count; ++k) {
        state[k] = factor * state[k] + g;
        sum += state[k];
      }
      p -= factor * sum;
    }
  };
};

/// Several loops; the fastest one is the limit.
enum class Schedule { two_vectors, four_vectors, prefetching };

template <class Kernel, class S>
LIMIT_INLINE void step_vector(const Kernel& kernel, S* p, const S* g, S* const* state, std::size_t i) {
  Vector<S> parameter = load(p + i), slots[Kernel::slots + 1];
  const Vector<S> gradient = load(g + i);
  for (std::size_t k = 0; k < Kernel::slots; ++k) slots[k] = load(state[k] + i);
  kernel(parameter, gradient, slots);
  for (std::size_t k = 0; k < Kernel::slots; ++k) store(state[k] + i, slots[k]);
  store(p + i, parameter);
}

/// Prefetches the cache lines of `count` elements, a page ahead.
template <std::size_t count, class S>
LIMIT_INLINE void prefetch_lines(const S* from) {
#pragma GCC unroll 8
  for (std::size_t k = 0; k < count; k += 64 / sizeof(S)) __builtin_prefetch(from + 4096 / sizeof(S) + k);
}
template <class Kernel, std::size_t count, class S>
LIMIT_INLINE void prefetch(S* p, const S* g, S* const* state, std::size_t i) {
  prefetch_lines<count>(p + i);
  prefetch_lines<count>(g + i);
  for (std::size_t k = 0; k < Kernel::slots; ++k) prefetch_lines<count>(state[k] + i);
}

/// One step of `count` parameters, a multiple of the vector's length, from the pointers on.
template <Schedule schedule, class Kernel, class S>
[[gnu::noinline]] void step(const Kernel kernel, S* p, const S* g, S* const* state_pointers,
                            std::size_t count) {
  S* state[Kernel::slots + 1] = {};
  for (std::size_t k = 0; k < Kernel::slots; ++k) state[k] = state_pointers[k];
  constexpr std::size_t vectors = schedule == Schedule::four_vectors ? 4 : 2, length = lanes<S>;
  std::size_t i = 0;
  for (; i + vectors * length <= count; i += vectors * length) {
    if constexpr (schedule == Schedule::prefetching) prefetch<Kernel, vectors * length>(p, g, state, i);
#pragma GCC unroll 4
    for (std::size_t k = 0; k < vectors; ++k) step_vector(kernel, p, g, state, i + k * length);
  }
  for (; i < count; i += length) step_vector(kernel, p, g, state, i);
}

#undef LIMIT_INLINE

}  // namespace limit
