// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <csignal>
#include <cstddef>

namespace descent {

/// Catches Ctrl-C (SIGINT) and SIGTERM, which clusters send before they end a program, during its lifetime; a second
/// signal of the same kind ends the program.
///
///   StopOnInterrupt interrupt;
///   while (!interrupt.is_requested()) { ... }      // finish the step, save, return
///
/// `fit` uses it with `stop_on_interrupt`. One at a time; the destructor restores the previous handlers.
class StopOnInterrupt {
 public:
  StopOnInterrupt() {
    requested() = 0;  // first: a signal that arrives at once counts
    for (std::size_t k = 0; k < signals.size(); ++k) before_[k] = std::signal(signals[k], handle);
  }
  StopOnInterrupt(const StopOnInterrupt&) = delete;
  StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;
  ~StopOnInterrupt() {
    for (std::size_t k = 0; k < signals.size(); ++k)
      if (before_[k] != SIG_ERR) static_cast<void>(std::signal(signals[k], before_[k]));
  }

  bool is_requested() const { return requested() != 0; }

 private:
  static constexpr std::array<int, 2> signals{SIGINT, SIGTERM};

  static volatile std::sig_atomic_t& requested() {
    static volatile std::sig_atomic_t flag = 0;
    return flag;
  }
  static void handle(int signal) {
    requested() = 1;
    static_cast<void>(std::signal(signal, SIG_DFL));
  }

  std::array<void (*)(int), 2> before_{SIG_ERR, SIG_ERR};
};

}  // namespace descent
