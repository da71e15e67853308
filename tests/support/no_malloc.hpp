// SPDX-License-Identifier: MIT
#pragma once

// Include this before Eigen, in every file of a program: Eigen then checks whether it may allocate (see
// Eigen::internal::set_is_malloc_allowed), and its assertions throw, with and without NDEBUG.

#ifdef EIGEN_CORE_H
#error "support/no_malloc.hpp must come before Eigen"
#endif
#define EIGEN_RUNTIME_NO_MALLOC

namespace test {
struct EigenAssertion {
  const char* condition;
};
}  // namespace test
#define eigen_assert(condition) static_cast<void>((condition) ? 0 : throw ::test::EigenAssertion{#condition})

#include <Eigen/Core>
