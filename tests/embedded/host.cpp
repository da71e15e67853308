// SPDX-License-Identifier: MIT
#include "target.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace target {

void print(const char* text) {
  std::fputs(text, stdout);
  std::fflush(stdout);  // std::_Exit does not
}

void stop(const char* message, int code) {
  if (message != nullptr) std::printf("stopped: %s\n", message);
  std::exit(code);
}

std::size_t stack_used() { return 0; }

}  // namespace target

int main() {
  std::signal(SIGABRT, [](int) {
    target::print("stopped: abort\n");
    std::_Exit(5);
  });
  return run_program();
}
