// expect: descent: a schedule is a number or a function of the step, not a pointer
// SPDX-License-Identifier: MIT
#include <descent/core/schedule.hpp>

double half(std::int64_t step);

#ifdef DESCENT_EXPECT_SUCCESS
descent::Schedule rate = [](std::int64_t step) { return half(step); };
#else
descent::Schedule rate = half;
#endif
