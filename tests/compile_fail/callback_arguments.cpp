// expect: descent: a callback takes the report of its loop
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
const descent::MinimizeOptions options{.on_step = [](const descent::MinimizePoint&) {}};
#else
const descent::MinimizeOptions options{.on_step = [](int, int) {}};
#endif
