// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace descent {

/// Runs the parts of large steps on your own threads; pass it to set_executor.
///
/// Derive from it if you have a thread pool (threads/thread_pool.hpp has one over std::thread).
class Executor {
 public:
  /// The parts of a step: call it once with each number from 0. Parts touch disjoint memory and never throw.
  struct Task {
    void (*call)(void* data, int part);
    void* data;
    void operator()(int part) const { call(data, part); }
  };

  virtual ~Executor() = default;
  /// The number of parts into which to split a large step. Called at every such step.
  virtual int threads() const noexcept = 0;
  /// Calls task(0), ..., task(parts - 1), in any order and on any threads; returns after all are done.
  virtual void run(int parts, Task task) noexcept = 0;
};

namespace detail {
inline std::atomic<int> chosen_threads{0};
inline std::atomic<Executor*> chosen_executor{nullptr};
}  // namespace detail

/// Sets the most threads that a step uses, in all optimizers of the program, as Eigen::setNbThreads does for
/// products. With 0, the default, a step uses all: the executor's if one is set, OpenMP's if the program is
/// compiled with it, else 1. Only steps of more than 2^16 parameters are split. The results are the same bits
/// for every number of threads.
/// Errors: std::invalid_argument for a negative number.
inline void set_threads(int threads) {
  if (threads < 0)
    detail::fail_invalid_argument("set_threads: threads is " + std::to_string(threads) +
                                  ", must be at least 0");
  detail::chosen_threads.store(threads, std::memory_order_relaxed);
}

/// Runs large steps on the threads of `executor` from now on; nullptr restores the default. It is not copied,
/// must outlive its use, and must not be changed during a step.
inline void set_executor(Executor* executor) {
  detail::chosen_executor.store(executor, std::memory_order_release);
}

/// The number of threads that a large step uses here: 1 inside a parallel region of OpenMP.
inline int threads() {
  const int chosen = detail::chosen_threads.load(std::memory_order_relaxed);
  int available = 1;
  if (const Executor* executor = detail::chosen_executor.load(std::memory_order_acquire)) {
    available = executor->threads();
#ifdef _OPENMP
  } else if (omp_in_parallel() == 0) {
    available = chosen == 0 ? omp_get_max_threads() : chosen;  // as many as requested
#endif
  }
  return std::max(1, chosen == 0 ? available : std::min(chosen, available));
}

namespace detail {

/// The fewest parameters of a step that is split, and of one part: below them, waking threads costs more than
/// it gains.
inline constexpr std::size_t least_split = std::size_t{1} << 16, least_of_part = std::size_t{1} << 14;

/// The number of parts into which to split a step of this many parameters.
DESCENT_INLINE int parts_of_step(std::size_t parameters) {
  if (parameters < least_split) [[likely]]
    return 1;
  return static_cast<int>(std::min(static_cast<std::size_t>(threads()), parameters / least_of_part));
}

/// Calls f(0), ..., f(parts - 1), in parallel.
template <class F>
void run_parts(int parts, F& f) {
  const Executor::Task task{[](void* data, int part) { (*static_cast<F*>(data))(part); }, &f};
  if (Executor* executor = chosen_executor.load(std::memory_order_acquire)) {
    executor->run(parts, task);
    return;
  }
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(parts)
#endif
  for (int part = 0; part < parts; ++part) task(part);
}

}  // namespace detail
}  // namespace descent
