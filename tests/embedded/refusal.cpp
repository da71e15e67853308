// SPDX-License-Identifier: MIT
// Errors without exceptions: the handler receives the message, then the program aborts.
#include "controller.hpp"
#include "target.hpp"

#include <descent/optimizers/adam.hpp>

int run_program() {
  descent::set_failure_handler([](const char* message) {
    target::print(message);
    target::print("\n");
  });
  const heap::Open open;  // for the message
  trained<float>(descent::Adam{.learning_rate = 0.1, .beta1 = 1.5}, 1);
  target::stop("Adam took a beta1 of 1.5", 1);
}
