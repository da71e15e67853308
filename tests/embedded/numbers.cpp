// SPDX-License-Identifier: MIT
// Trains a controller with several rules and prints the bits of its numbers. The heap is open only while
// schedules are constructed.
#include "controller.hpp"
#include "target.hpp"

#include <descent/core/chain.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/compose/algebra.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/partition.hpp>

#include <bit>
#include <cstdint>
#include <type_traits>

using namespace descent;

namespace {

constexpr int steps = 40;

template <class Scalar>
void print_bits(Scalar value) {
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  const auto bits = std::bit_cast<Bits>(value);
  char text[sizeof(Scalar) * 2 + 2] = {' '};  // clang 14 gives = " " the size of another instantiation
  for (std::size_t k = 0; k < sizeof(Scalar) * 2; ++k)
    text[k + 1] = "0123456789abcdef"[bits >> 4 * (2 * sizeof(Scalar) - 1 - k) & 0xf];
  text[sizeof(Scalar) * 2 + 1] = '\0';
  target::print(text);
}

/// One line: the name, the type, and the bits of the 16 numbers.
template <class Scalar, class R>
[[gnu::noinline]] void print_trained(const char* name, const R& rule) {
  const Controller<Scalar> controller = trained<Scalar>(rule, steps);
  target::print(name);
  target::print(sizeof(Scalar) == 4 ? " float" : " double");
  for (int k = 0; k < 12; ++k) print_bits(controller.gains.data()[k]);
  for (int k = 0; k < 4; ++k) print_bits(controller.bias[k]);
  target::print("\n");
}

template <class R>
void show(const char* name, const R& rule) {
  print_trained<float>(name, rule);
  print_trained<double>(name, rule);
}

/// A schedule that varies is a function behind a pointer: its construction allocates. Copies share it, and
/// steps read it.
Schedule warmed_up_cosine() {
  const heap::Open open;
  return warmup(5) >> CosineDecay{.initial = 0.1, .steps = 35};
}

}  // namespace

int run_program() {
  show("Sgd", Sgd{.learning_rate = 0.05, .momentum = 0.9});
  show("Adam", Adam{.learning_rate = 0.1});
  show("Lion", Lion{.learning_rate = 0.02});
  show("ClipByGlobalNorm|Adam", ClipByGlobalNorm{0.5} | Adam{.learning_rate = 0.1});
  show("partition",
       partition(no_decay, AdamW{.learning_rate = 0.1, .weight_decay = 0}, Sgd{.learning_rate = 0.1}));
  if (heap::allocations() != 0) target::stop("the heap was used by a rule of numbers", 3);

  const Schedule rate = warmed_up_cosine();
  const int made = heap::allocations();
  show("AdamW.warmup>>CosineDecay", AdamW{.learning_rate = rate, .weight_decay = 0.01});
  if (heap::allocations() != made) target::stop("the heap was used by a step", 3);
  target::print("# allocations by the schedule: ");
  target::print(static_cast<unsigned>(made));
  target::print("\n");
  return 0;
}
