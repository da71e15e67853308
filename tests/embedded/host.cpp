// SPDX-License-Identifier: MIT
#include "target.hpp"

#include <cstdio>
#include <cstdlib>

namespace target {

void print(const char* text) {
  std::fputs(text, stdout);
  std::fflush(stdout);  // abort does not
}

void stop(const char* message, int code) {
  if (message != nullptr) std::fprintf(stderr, "stopped: %s\n", message);
  std::exit(code);
}

std::size_t stack_used() { return 0; }

}  // namespace target

int main() { return run_program(); }
