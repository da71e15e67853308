// expect: descent: a schedule is a number or a function of the step, not a bool
// SPDX-License-Identifier: MIT
#include <descent/core/schedule.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
descent::Schedule rate = 1;
#else
descent::Schedule rate = true;
#endif
