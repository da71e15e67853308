// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/threads.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace descent {

/// Threads for large steps in programs without OpenMP: `ThreadPool pool(4); set_executor(&pool);`.
///
/// The calling thread does its share, so a pool of n starts n - 1 threads. They sleep between steps. While
/// one optimizer uses the pool, steps of others run on their own threads alone. Allocates only at
/// construction.
/// Errors: std::invalid_argument for a number of threads below 1 or above 4096; std::system_error if none can
/// be started.
class ThreadPool : public Executor {
 public:
  /// A pool of `threads` threads, by default as many as the machine runs at a time.
  explicit ThreadPool(int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))) {
    constexpr int most = 4096;
    if (threads < 1 || threads > most)
      detail::fail_invalid_argument("ThreadPool: threads is " + std::to_string(threads) +
                                    ", must be in [1, " + std::to_string(most) + "]");
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    try {
      for (int k = 1; k < threads; ++k) workers_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~ThreadPool() override { stop(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const noexcept override { return static_cast<int>(workers_.size()) + 1; }

  void run(int parts, Task task) noexcept override {
    const std::unique_lock busy(running_, std::try_to_lock);
    if (!busy.owns_lock()) {  // another step uses the pool
      for (int part = 0; part < parts; ++part) task(part);
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      task_ = task;
      next_ = 0;
      parts_ = unfinished_ = parts;
    }
    start_.notify_all();
    std::unique_lock lock(mutex_);
    take_parts(lock);
    done_.wait(lock, [this] { return unfinished_ == 0; });
  }

 private:
  /// Runs parts until none is left; the lock is held except while a part runs.
  void take_parts(std::unique_lock<std::mutex>& lock) {
    while (next_ < parts_) {
      const int part = next_++;
      const Task task = task_;
      lock.unlock();
      task(part);
      lock.lock();
      if (--unfinished_ == 0) done_.notify_all();
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      start_.wait(lock, [this] { return stopping_ || next_ < parts_; });
      if (stopping_) return;
      take_parts(lock);
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    start_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  std::mutex running_, mutex_;
  std::condition_variable start_, done_;
  Task task_{};
  int next_ = 0, parts_ = 0, unfinished_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace descent
