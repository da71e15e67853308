// expect: descent: ceres_jet.hpp needs Ceres Solver, whose header ceres/jet.h was not found (Debian: libceres-dev)
// lines: 6
// SPDX-License-Identifier: MIT
#ifndef DESCENT_EXPECT_SUCCESS
#define DESCENT_HAS_CERES_JET 0
#include <descent/training/problem/ceres_jet.hpp>
#elif __has_include(<ceres/jet.h>)
#include <descent/training/problem/ceres_jet.hpp>
#endif
