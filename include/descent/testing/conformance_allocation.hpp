// SPDX-License-Identifier: MIT
#pragma once

#include <descent/testing/conformance_report.hpp>
#include <descent/testing/conformance_subject.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <string>

// Detects allocations in a step. Those by Eigen are detected if the program is compiled with
// EIGEN_RUNTIME_NO_MALLOC, those by operator new through the counter of the test program.

namespace descent::testing::conformance {

#if defined(EIGEN_RUNTIME_NO_MALLOC)

/// During its lifetime Eigen's assertions fail if Eigen allocates.
class EigenMayNotAllocate {
 public:
  EigenMayNotAllocate() { Eigen::internal::set_is_malloc_allowed(false); }
  ~EigenMayNotAllocate() { Eigen::internal::set_is_malloc_allowed(true); }
  EigenMayNotAllocate(const EigenMayNotAllocate&) = delete;
  EigenMayNotAllocate& operator=(const EigenMayNotAllocate&) = delete;
};

/// Whether Eigen's ban has any effect: with NDEBUG only a user-defined eigen_assert enforces it.
inline bool eigen_is_watched() {
#if defined(EIGEN_NO_DEBUG)
  try {
    const EigenMayNotAllocate ban;
    const Eigen::VectorXd vector(16);
  } catch (...) {
    return true;
  }
  return false;
#else
  return true;
#endif
}

#else

struct EigenMayNotAllocate {
  EigenMayNotAllocate() {}
};
inline bool eigen_is_watched() { return false; }

#endif

/// Steps and a reset on long and short blocks, because Eigen has small buffers on the stack.
template <class S>
std::string find_allocation(const Subject& subject, std::size_t (*allocations)()) {
  const Trajectory<S> way({{3, 5}, {700, 1}, {40, 30}, {0, 0}}, 3);
  Run<S> run(subject.of<S>(), way.start);
  if (subject.evaluates_objective) run.step(way.gradients[1]);  // allocates the gradient
  const std::size_t before = allocations == nullptr ? 0 : allocations();
  try {
    const EigenMayNotAllocate ban;
    run.steps(way.gradients);
    run.optimizer->reset();
    run.step(way.gradients[0]);
  } catch (...) {
    return "a step allocates through Eigen, or throws";
  }
  const std::size_t after = allocations == nullptr ? 0 : allocations();
  return after == before
             ? ""
             : "4 steps and a reset call operator new " + std::to_string(after - before) + " times";
}

}  // namespace descent::testing::conformance
