// SPDX-License-Identifier: MIT
#include "support/step_or_nothing.hpp"

#include <descent/optimizers/adafactor.hpp>
#include <descent/optimizers/apollo.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/sm3.hpp>
#include <descent/wrappers/partition.hpp>

// Rules of whole matrices, which write their state during the step; more of them in
// step_or_nothing_factors_test.cpp.

using namespace test;

namespace {

struct EvenBlocks {
  bool operator()(const descent::BlockInfo& block) const { return block.index % 2 == 0; }
};

}  // namespace

TEST_CASE("a schedule that throws leaves all as it was: Adafactor, Sm3 and Apollo") {
  using descent::Adafactor, descent::Sm3, descent::Apollo;
  check_options<Dynamic>(Option{&Adafactor::learning_rate, 0.1}, Option{&Adafactor::weight_decay, 0.1},
                         Option{&Adafactor::momentum, 0.5});
  check_options(Option{&Sm3::learning_rate, 0.1}, Option{&Sm3::beta, 0.5}, Option{&Sm3::momentum, 0.5});
  check_options<Dynamic>(Option{&Apollo::learning_rate, 0.1}, Option{&Apollo::weight_decay, 0.1},
                         Option{&Apollo::beta, 0.5});
}

TEST_CASE("a schedule that throws leaves all as it was: a partition") {
  for (const bool in_second : {false, true}) {
    const Trap trap;
    const Schedule throwing = trap.schedule(0.1);
    check_step_or_nothing<Dynamic>(
        descent::partition(EvenBlocks{}, descent::Lamb{.learning_rate = in_second ? 0.1 : throwing},
                           descent::Adafactor{.learning_rate = in_second ? throwing : 0.1}),
        trap);
  }
}
