// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>

namespace descent {

/// Catches Ctrl-C (SIGINT) during its lifetime instead of ending the program; a second one ends it.
///
///   StopOnInterrupt interrupt;
///   while (!interrupt.is_requested()) { ... }      // finish the step, save, return
///
/// `fit` uses it with `stop_on_interrupt`. One at a time; the destructor restores the previous handler.
class StopOnInterrupt {
 public:
  StopOnInterrupt() {
    requested() = 0;  // first: a signal that arrives at once counts
    before_ = std::signal(SIGINT, handle);
  }
  StopOnInterrupt(const StopOnInterrupt&) = delete;
  StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;
  ~StopOnInterrupt() {
    if (before_ != SIG_ERR) static_cast<void>(std::signal(SIGINT, before_));
  }

  bool is_requested() const { return requested() != 0; }

 private:
  static volatile std::sig_atomic_t& requested() {
    static volatile std::sig_atomic_t flag = 0;
    return flag;
  }
  static void handle(int) {
    requested() = 1;
    static_cast<void>(std::signal(SIGINT, SIG_DFL));
  }

  void (*before_)(int) = SIG_ERR;
};

}  // namespace descent
