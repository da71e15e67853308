// SPDX-License-Identifier: MIT
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <descent/optimizers/adafactor.hpp>
#include <descent/optimizers/kron.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/shampoo.hpp>
#include <descent/optimizers/sm3.hpp>
#include <descent/optimizers/soap.hpp>

// Rules of whole matrices allocate nothing on large blocks either, although their products need buffers that
// do not fit the stack.

namespace test {
extern std::size_t allocations;  // calls of operator new: allocation_test.cpp
}

namespace {

/// The runtime of OpenMP allocates when it starts: not our allocations.
void start_openmp() {
#ifdef _OPENMP
#pragma omp parallel
  {}
#endif
}

template <class S, class Rule>
void check_that_steps_allocate_nothing(const Rule& rule, Eigen::Index rows, Eigen::Index columns) {
  start_openmp();
  INFO(rows << " x " << columns << " of " << sizeof(S) << " bytes");
  test::Numbers<S> numbers(1);
  test::BlockData<S> data({numbers.plain_matrix(rows, columns)});
  const test::Gradients<S> gradient = {numbers.plain_matrix(rows, columns)};
  const auto optimizer = test::optimizer_of(data.blocks, rule);
  if (optimizer == nullptr) return;  // a build that tests only some of the rules
  const std::size_t before = test::allocations;
  bool eigen_allocates = false;
  Eigen::internal::set_is_malloc_allowed(false);
  try {
    for (int k = 0; k < 2; ++k) optimizer->step(data.blocks, gradient);
    optimizer->reset();
    optimizer->step(data.blocks, gradient);
  } catch (const test::EigenAssertion&) {
    eigen_allocates = true;
  }
  Eigen::internal::set_is_malloc_allowed(true);
  CHECK_FALSE(eigen_allocates);
  CHECK(test::allocations == before);
  CHECK(data.blocks[0].allFinite());
}

template <class Rule>
void check_shapes(const Rule& rule) {
  for (const auto& [rows, columns] : {std::pair{300, 200}, {1, 400}, {400, 1}, {1, 1}, {150, 150}}) {
    check_that_steps_allocate_nothing<double>(rule, rows, columns);
    check_that_steps_allocate_nothing<float>(rule, rows, columns);
  }
}

}  // namespace

TEST_CASE("Muon allocates nothing on large matrices") {
  const descent::Muon rule{.steps = 2};
  check_shapes(rule);
  check_that_steps_allocate_nothing<double>(rule, 640, 320);
  check_that_steps_allocate_nothing<float>(rule, 640, 320);
  check_that_steps_allocate_nothing<float>(rule, 100, 1000);
}

TEST_CASE("Shampoo and Soap allocate nothing on large matrices, refreshes included") {
  check_shapes(descent::Shampoo{.momentum = 0.5});
  check_shapes(descent::Shampoo{.max_side = 250, .one_after_the_other = true});
  check_shapes(descent::Soap{.refresh_every = 1});
  check_shapes(descent::Soap{.refresh_every = 2, .max_side = 250});
}

TEST_CASE("Kron allocates nothing on large matrices") {
  check_shapes(descent::Kron{});
  check_shapes(descent::Kron{.max_side = 250});
}

TEST_CASE("Adafactor and Sm3 allocate nothing on large matrices") {
  check_shapes(descent::Adafactor{.momentum = 0.5});
  check_shapes(descent::Sm3{});
  check_that_steps_allocate_nothing<float>(descent::Adafactor{}, 1024, 512);
  check_that_steps_allocate_nothing<float>(descent::Sm3{}, 1024, 512);
}
