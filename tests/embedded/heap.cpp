// SPDX-License-Identifier: MIT
// Serves all memory that is neither on the stack nor static, while the heap is open.
#include "target.hpp"

#include <cstddef>
#include <new>

#ifndef HEAP_BYTES
#define HEAP_BYTES 4096
#endif

namespace {
alignas(std::max_align_t) unsigned char memory[HEAP_BYTES];
std::size_t used = 0;
int count = 0, open_heaps = 0;

void* allocate(std::size_t bytes) {
  constexpr std::size_t alignment = alignof(std::max_align_t);
  if (open_heaps == 0) target::stop("the heap was used", 3);
  bytes = (bytes + alignment - 1) / alignment * alignment;
  if (bytes > sizeof memory - used) target::stop("the heap is exhausted", 3);
  void* const place = memory + used;
  used += bytes;
  ++count;
  return place;
}
}  // namespace

namespace heap {
Open::Open() { ++open_heaps; }
Open::~Open() { --open_heaps; }
int allocations() { return count; }
}  // namespace heap

void* operator new(std::size_t bytes) { return allocate(bytes); }
void* operator new[](std::size_t bytes) { return allocate(bytes); }
void operator delete(void*) noexcept {}
void operator delete[](void*) noexcept {}
void operator delete(void*, std::size_t) noexcept {}
void operator delete[](void*, std::size_t) noexcept {}

#if defined(__arm__)  // the host has its own, which its library uses
struct _reent;
extern "C" {  // each that newlib has, so that none of newlib's own is linked
void* malloc(std::size_t bytes) { return allocate(bytes); }
void free(void*) {}
void* calloc(std::size_t, std::size_t) { target::stop("calloc was called", 3); }
void* realloc(void*, std::size_t) { target::stop("realloc was called", 3); }
void* _malloc_r(_reent*, std::size_t bytes) { return allocate(bytes); }
void _free_r(_reent*, void*) {}
void* _calloc_r(_reent*, std::size_t, std::size_t) { target::stop("calloc was called", 3); }
void* _realloc_r(_reent*, void*, std::size_t) { target::stop("realloc was called", 3); }
void* _sbrk(std::ptrdiff_t) { target::stop("sbrk was called", 3); }
}
#endif
