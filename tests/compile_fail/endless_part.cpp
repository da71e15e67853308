// expect: descent:
// SPDX-License-Identifier: MIT
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/step_decay.hpp>

using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  Schedule rate = CosineDecay{.initial = 1, .steps = 5} >> StepDecay{.initial = 1, .every = 2};
#else
  Schedule rate = StepDecay{.initial = 1, .every = 2} >> CosineDecay{.initial = 1, .steps = 5};
#endif
}
