// SPDX-License-Identifier: MIT
#include "support/step_or_nothing.hpp"

#include <descent/optimizers/fromage.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/novograd.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/stable_adamw.hpp>
#include <descent/transforms/clip/clip_by_block_norm.hpp>

// Rules that measure blocks; those of whole matrices are in step_or_nothing_matrices_test.cpp.

using namespace test;

TEST_CASE("a schedule that throws leaves all as it was: rules that measure blocks") {
  check_options(Option{&descent::Fromage::learning_rate, 0.1});
  using descent::Lamb;
  check_options(Option{&Lamb::learning_rate, 0.1}, Option{&Lamb::weight_decay, 0.1},
                Option{&Lamb::beta1, 0.5}, Option{&Lamb::beta2, 0.5});
  const Trap trap;
  check_step_or_nothing<Fixed>(
      descent::ClipByBlockNorm{.max_norm = trap.schedule(0.5)} | descent::Sgd{.learning_rate = 0.1}, trap);
}

TEST_CASE("a schedule that throws leaves all as it was: rules that measure each block for itself") {
  using descent::NovoGrad, descent::StableAdamW;
  check_options(Option{&NovoGrad::learning_rate, 0.1}, Option{&NovoGrad::weight_decay, 0.1},
                Option{&NovoGrad::beta1, 0.5}, Option{&NovoGrad::beta2, 0.5});
  check_options<Dynamic>(Option{&StableAdamW::learning_rate, 0.1}, Option{&StableAdamW::weight_decay, 0.1},
                         Option{&StableAdamW::beta1, 0.5}, Option{&StableAdamW::beta2, 0.5});
}
