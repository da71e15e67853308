// expect: descent: a schedule is a function that takes the step (std::int64_t) and returns a number
// SPDX-License-Identifier: MIT
#include <descent/core/schedule.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
descent::Schedule rate = [factor = 1.0](std::int64_t) { return factor * 0.9; };
#else
descent::Schedule rate = [factor = 1.0](std::int64_t) mutable { return factor *= 0.9; };
#endif
