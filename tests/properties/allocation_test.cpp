// SPDX-License-Identifier: MIT
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <set>

// No step may allocate: neither through Eigen, which checks whether it may, nor through operator new, which
// counts.

namespace test {
std::size_t allocations = 0;  // counted for large_matrices_test.cpp, too
}
using test::allocations;

// Not inlined, or g++ mistakes the pair of malloc and delete for an error.
#define NOT_INLINED __attribute__((noinline))
NOT_INLINED void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
NOT_INLINED void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
NOT_INLINED void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto multiple = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(multiple, (size + multiple - 1) / multiple * multiple)) return memory;
  throw std::bad_alloc();
}
NOT_INLINED void operator delete(void* memory) noexcept { std::free(memory); }
NOT_INLINED void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
NOT_INLINED void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
NOT_INLINED void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace test;

/// During its lifetime Eigen throws if it allocates.
struct EigenMayNotAllocate {
  EigenMayNotAllocate() { Eigen::internal::set_is_malloc_allowed(false); }
  ~EigenMayNotAllocate() { Eigen::internal::set_is_malloc_allowed(true); }
};

constexpr std::size_t by_eigen = 1'000'000;

/// The number of calls of operator new; `by_eigen` if Eigen allocates.
template <class F>
std::size_t allocations_in(F f) {
  const std::size_t before = allocations;
  try {
    const EigenMayNotAllocate ban;
    f();
  } catch (const EigenAssertion&) {
    return by_eigen;
  }
  return allocations - before;
}

template <class S>
void check_that_steps_allocate_nothing(const RuleUnderTest& rule) {
  // Long and short blocks: Eigen's products have their buffers on the stack only if these are small.
  const Shapes shapes = {{3, 5}, {700, 1}, {40, 30}, {0, 0}};
  BlockData<S> data(random_blocks<S>(shapes, 1));
  const auto gradients = random_gradients<S>(shapes, 4, 2);
  const auto optimizer = rule.of<S>().blocks(data.blocks);
  CHECK(allocations_in([&] {
          for (const auto& gradient : gradients) optimizer->step(data.blocks, gradient);
          optimizer->reset();
          optimizer->step(data.blocks, gradients[0]);
        }) == 0);
  CHECK(optimizer->steps() == 1);
  const auto expected = random_gradients<S>(shapes, 4, 2);
  for (std::size_t k = 0; k < 4; ++k)
    for (std::size_t b = 0; b < shapes.size(); ++b) CHECK(difference(gradients[k][b], expected[k][b]) == "");
}

std::size_t allocations_when_made = 0;

template <class S>
void check_that_fixed_sizes_need_no_heap(const RuleUnderTest& rule) {
  if (!rule.of<S>().on_the_stack) return;
  const auto values = random_blocks<S>({{3, 5}, {7, 5}}, 1);
  Fixed<S> parameters{values[0], values[1]};
  const Fixed<S> gradient = parameters;
  if (rule.takes_whole_matrices) return;  // their scratch is on the heap

  const std::size_t before = allocations;
  allocations_when_made = 0;
  const std::size_t all = allocations_in(
      [&] { rule.of<S>().on_the_stack(parameters, gradient, [] { allocations_when_made = allocations; }); });
  if (rule.needs_heap) {
    CHECK(all == allocations_when_made - before);
  } else {
    CHECK(all == 0);
  }
}

}  // namespace

TEST_CASE("every rule: steps allocate nothing, and leave the gradient as it is") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    check_that_steps_allocate_nothing<float>(rule);
    check_that_steps_allocate_nothing<double>(rule);
  }
}

TEST_CASE("every rule: parameters of fixed size need no heap, construction included") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    check_that_fixed_sizes_need_no_heap<float>(rule);
    check_that_fixed_sizes_need_no_heap<double>(rule);
  }
}

TEST_CASE("an allocation would be found") {
  CHECK(allocations_in([] {}) == 0);
  // Called as functions: a compiler may leave out what `new` allocates.
  CHECK(allocations_in([] { ::operator delete(::operator new(100)); }) == 1);
  constexpr std::align_val_t line{64};
  CHECK(allocations_in([] { ::operator delete(::operator new(100, line), line); }) == 1);
  CHECK(allocations_in([] { const Eigen::VectorXd vector(100); }) == by_eigen);

  // The constructor of an optimizer of dynamic blocks allocates its state.
  BlockData<float> data(random_blocks<float>({{3, 5}, {17, 1}, {4, 2}}, 1));
  const auto& rules = rules_under_test();
  CHECK(std::any_of(rules.begin(), rules.end(), [&](const RuleUnderTest& rule) {
    return allocations_in([&] { rule.of_float.blocks(data.blocks); }) == by_eigen;
  }));
}
