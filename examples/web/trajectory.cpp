// SPDX-License-Identifier: MIT
// Prints the first 50 steps of AdamW on Rosenbrock's function, which test.mjs compares with those of the page:
// before each step the loss, then the position after it.
#include "training.hpp"

#include <cstdio>

int main() {
  const auto training = web::train_surface(web::surface_named("rosenbrock"), {"AdamW", 0.05, 1.0, 0});
  for (int step = 0; step < 50; ++step) training->step();
  const web::Record& record = training->record();
  for (std::size_t k = 0; k < 50; ++k)
    std::printf("%.17g %.17g %.17g\n", record.losses[k], record.path[2 * k + 2], record.path[2 * k + 3]);
}
