// SPDX-License-Identifier: MIT
// The code that a Cortex-M needs before main: a table of vectors, memory as C++ expects it, and a way to
// print and to stop. Output and exit use semihosting: the emulator (or a debugger) serves the breakpoint
// 0xab.
#include "target.hpp"

#include <bits/functexcept.h>
#include <cstdint>

extern "C" {
// From memory.ld.
extern std::uint32_t data_in_rom[], data_begin[], data_end[], bss_begin[], bss_end[], stack_begin[],
    stack_top[];
using Initializer = void (*)();
extern const Initializer init_array_begin[], init_array_end[];
extern const void* const vectors[16];
}

namespace {

void semihosting(std::uint32_t operation, const void* argument) {
  asm volatile("mov r0, %0\n\tmov r1, %1\n\tbkpt 0xab"
               :
               : "r"(operation), "r"(argument)
               : "r0", "r1", "memory");
}

constexpr std::uint32_t paint = 0x5afe57ac;

/// Fills the unused stack with a pattern, so that its deepest use can be found later.
void paint_stack() {
  const auto* const in_use = static_cast<std::uint32_t*>(__builtin_frame_address(0)) - 32;
  for (volatile std::uint32_t* word = stack_begin; word < in_use; ++word) *word = paint;
}

[[noreturn]] void fault() { target::stop("a fault of the processor", 4); }

[[noreturn]] void reset() {
  // Bits 20 to 23 of CPACR enable the floating-point unit; no earlier code may use it.
  *reinterpret_cast<volatile std::uint32_t*>(0xe000ed88) |= 0xfU << 20;
  asm volatile("dsb\n\tisb" : : : "memory");
  for (volatile std::uint32_t *to = data_begin, *from = data_in_rom; to != data_end;) *to++ = *from++;
  for (volatile std::uint32_t* to = bss_begin; to != bss_end;) *to++ = 0;
  paint_stack();
  for (const Initializer* initializer = init_array_begin; initializer != init_array_end;) (*initializer++)();
  target::stop(nullptr, run_program());
}

}  // namespace

namespace target {

void print(const char* text) { semihosting(0x04, text); }  // SYS_WRITE0

void stop(const char* message, int code) {
  if (message != nullptr) {
    print("stopped: ");
    print(message);
    print("\n");
  }
  constexpr std::uint32_t application_exit = 0x20026;
  const std::uint32_t arguments[2] = {application_exit, static_cast<std::uint32_t>(code)};
  semihosting(0x20, arguments);  // SYS_EXIT_EXTENDED
  for (;;) asm volatile("wfi");
}

std::size_t stack_used() {
  const std::uint32_t* deepest = stack_begin;
  while (deepest < stack_top && *deepest == paint) ++deepest;
  return static_cast<std::size_t>(stack_top - deepest) * sizeof(std::uint32_t);
}

}  // namespace target

// Functions that the libraries refer to. The libraries' own versions include an unwinder, a demangler and
// printf: more than all of descent.
namespace std {
void __throw_bad_alloc() { target::stop("bad_alloc", 6); }
void __throw_bad_function_call() { target::stop("bad_function_call", 6); }
void __throw_logic_error(const char* message) { target::stop(message, 6); }
void __throw_length_error(const char* message) { target::stop(message, 6); }
void __throw_out_of_range_fmt(const char* message, ...) { target::stop(message, 6); }
}  // namespace std

extern "C" {
void* __dso_handle = nullptr;
int __aeabi_atexit(void*, void (*)(void*), void*) {
  return 0;
}  // the program never returns: nothing is destroyed
void __assert_func(const char*, int, const char*, const char* condition) { target::stop(condition, 7); }
void abort() { target::stop("abort", 5); }

// The initial stack pointer, then the handlers: of reset, of the non-maskable interrupt, and of the four
// faults.
[[gnu::section(".vectors"), gnu::used]] const void* const vectors[16] = {
    stack_top,
    reinterpret_cast<const void*>(reset),
    reinterpret_cast<const void*>(fault),
    reinterpret_cast<const void*>(fault),
    reinterpret_cast<const void*>(fault),
    reinterpret_cast<const void*>(fault),
    reinterpret_cast<const void*>(fault)};
}
