// expect: descent: a schedule is a function that takes the step (std::int64_t) and returns a number
// SPDX-License-Identifier: MIT
#include <descent/schedules/compose/sequence.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
descent::Schedule rate = descent::warmup(100) >> [](std::int64_t step) { return step < 500 ? 0.1 : 0.01; };
#else
descent::Schedule rate = descent::warmup(100) >> [] { return 0.1; };
#endif
