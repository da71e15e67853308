// SPDX-License-Identifier: MIT
#pragma once

#include <descent/version.hpp>

#include <Eigen/Core>

// The inline namespace of all that depends on how a file is compiled: registers, the layout and the alignment of state, the
// engine, Optimizer. Files of one program that are compiled for different machines, with another alignment of Eigen or with
// another version of descent each have code of their own in it. If one passes an Optimizer to the other, the program does not
// link. Users write descent::Optimizer, without this name.

#if defined(EIGEN_VECTORIZE_AVX512DQ)
#define DESCENT_BUILD_REGISTERS avx512dq
#elif defined(EIGEN_VECTORIZE_AVX512)
#define DESCENT_BUILD_REGISTERS avx512
#elif defined(EIGEN_VECTORIZE_AVX2) && defined(EIGEN_VECTORIZE_FMA)
#define DESCENT_BUILD_REGISTERS avx2_fma
#elif defined(EIGEN_VECTORIZE_AVX2)
#define DESCENT_BUILD_REGISTERS avx2
#elif defined(EIGEN_VECTORIZE_AVX) && defined(EIGEN_VECTORIZE_FMA)
#define DESCENT_BUILD_REGISTERS avx_fma
#elif defined(EIGEN_VECTORIZE_AVX)
#define DESCENT_BUILD_REGISTERS avx
#elif defined(EIGEN_VECTORIZE_SSE4_2)
#define DESCENT_BUILD_REGISTERS sse4_2
#elif defined(EIGEN_VECTORIZE_SSE)
#define DESCENT_BUILD_REGISTERS sse
#elif defined(EIGEN_VECTORIZE_NEON)
#define DESCENT_BUILD_REGISTERS neon
#elif defined(EIGEN_VECTORIZE)
#define DESCENT_BUILD_REGISTERS other_registers
#else
#define DESCENT_BUILD_REGISTERS scalar
#endif

/// v0_1_avx512dq_align_64_64_eigen3
#define DESCENT_BUILD                                                                       \
  DESCENT_BUILD_NAME(DESCENT_VERSION_MAJOR, DESCENT_VERSION_MINOR, DESCENT_BUILD_REGISTERS, \
                     EIGEN_MAX_ALIGN_BYTES, EIGEN_MAX_STATIC_ALIGN_BYTES, DESCENT_BUILD_EIGEN)
#define DESCENT_BUILD_NAME(major, minor, registers, heap, objects, eigen) \
  DESCENT_BUILD_JOIN(major, minor, registers, heap, objects, eigen)
#define DESCENT_BUILD_JOIN(major, minor, registers, heap, objects, eigen) \
  v##major##_##minor##_##registers##_align_##heap##_##objects##_eigen##eigen

// Eigen 3.4 has 3 in WORLD and 4 in MAJOR; Eigen 5 has 5 in MAJOR.
#if EIGEN_MAJOR_VERSION < 5
#define DESCENT_BUILD_EIGEN 3
#else
#define DESCENT_BUILD_EIGEN EIGEN_MAJOR_VERSION
#endif
