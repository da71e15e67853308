// expect: descent: a callback returns nothing, or a bool: true stops
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
const descent::MinimizeOptions options{.on_step = [] { return true; }};
#else
const descent::MinimizeOptions options{.on_step = [] { return 1; }};
#endif
