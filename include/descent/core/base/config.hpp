// SPDX-License-Identifier: MIT
#pragma once

// Portable names of function attributes.

#if defined(__GNUC__)
#define DESCENT_COLD __attribute__((cold, noinline))
// Without optimization, code that is inlined nevertheless takes longer to compile, and runs no faster.
#if defined(__OPTIMIZE__)
#define DESCENT_INLINE __attribute__((always_inline)) inline
#else
#define DESCENT_INLINE inline
#endif
#define DESCENT_FLATTENED __attribute__((flatten))
#if defined(__clang__)
#define DESCENT_OUTLINED __attribute__((noinline))
#else
#define DESCENT_OUTLINED __attribute__((noinline, noclone))
#endif
#else
#define DESCENT_COLD
#define DESCENT_INLINE inline
#define DESCENT_FLATTENED
#define DESCENT_OUTLINED
#endif
