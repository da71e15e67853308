// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

/// The program. It is not called main because ISO C++ forbids calling that, as start.cpp must.
int run_program();

/// What the programs need of the machine that they run on: start.cpp has it for a bare processor, host.cpp for the
/// computer that builds it.
namespace target {

void print(const char* text);
void print(unsigned number);
/// Ends the program, with a message unless that is null.
[[noreturn]] void stop(const char* message, int code);
/// The most bytes of the stack that were in use so far; 0 on the host, where that is not known.
std::size_t stack_used();

inline void print(unsigned number) {
  char text[12], *digit = text + sizeof text - 1;
  *digit = '\0';
  do *--digit = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  print(digit);
}

}  // namespace target

/// The heap of the programs: who asks for memory while it is closed is stopped. Nothing is given back.
namespace heap {

/// Open for as long as it lives.
struct Open {
  Open();
  ~Open();
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
};

/// How many pieces of memory were handed out so far.
int allocations();

}  // namespace heap
