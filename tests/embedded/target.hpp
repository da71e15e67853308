// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

/// The program. It is not called main, because start.cpp must call it and ISO C++ forbids calling main.
int run_program();

/// The services of the machine: start.cpp implements them for a bare processor, host.cpp for the computer
/// that builds it.
namespace target {

void print(const char* text);
void print(unsigned number);
/// Ends the program, with a message unless that is null.
[[noreturn]] void stop(const char* message, int code);
/// The largest stack use in bytes so far; 0 on the host, where it is unknown.
std::size_t stack_used();

inline void print(unsigned number) {
  char text[12], *digit = text + sizeof text - 1;
  *digit = '\0';
  do *--digit = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  print(digit);
}

}  // namespace target

/// The heap of the programs: a request for memory while it is closed stops the program. Memory is never
/// freed.
namespace heap {

/// The heap is open during its lifetime.
struct Open {
  Open();
  ~Open();
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
};

/// The number of allocations so far.
int allocations();

}  // namespace heap
