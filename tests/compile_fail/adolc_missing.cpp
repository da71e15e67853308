// expect: descent: adolc.hpp needs ADOL-C, whose header adolc/adolc.h was not found (Debian: libadolc-dev)
// lines: 6
// SPDX-License-Identifier: MIT
#ifndef DESCENT_EXPECT_SUCCESS
#define DESCENT_HAS_ADOLC 0
#include <descent/training/problem/adolc.hpp>
#elif __has_include(<adolc/adolc.h>)
#include <descent/training/problem/adolc.hpp>
#endif
