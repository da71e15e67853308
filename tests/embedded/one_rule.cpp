// SPDX-License-Identifier: MIT
// The size of one rule: the program with DESCENT_RULE, or without a rule. The heap is closed.
#include "controller.hpp"
#include "target.hpp"

#include <descent/core/chain.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/wrappers/partition.hpp>

using namespace descent;

namespace {
Controller<float> controller, gradient;  // in static memory, like the state of the optimizer
#ifdef DESCENT_RULE
Optimizer optimizer(controller, DESCENT_RULE);
#endif
}  // namespace

int run_program() {
  controller.set_start();
  for (int step = 0; step < 3; ++step) {
    gradient.set_gradient_at(controller);
#ifdef DESCENT_RULE
    optimizer.step(controller, gradient);
#endif
  }
  target::print(static_cast<unsigned>(target::stack_used()));
  target::print("\n");
  return 0;
}
