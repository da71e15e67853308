// SPDX-License-Identifier: MIT
#include "../support/battery.hpp"

#include <descent/descent.hpp>

namespace support {

using namespace descent;

std::vector<BatteryRule> recent_rules() {
  return {battery_rule("Adan", Adan{}),
          battery_rule("Adopt", Adopt{}),
          battery_rule("AdEMAMix", AdEMAMix{.beta3 = 0.99}),
          battery_rule("SimplifiedAdEMAMix", SimplifiedAdEMAMix{}),
          battery_rule("Grams", Grams{}),
          battery_rule("Mars", Mars{}),
          battery_rule("MadGrad", MadGrad{}),
          battery_rule_made("Apollo", Pace::falling,  // its first steps are Newton's with a curvature of 0.01
                            [](const Schedule& rate) { return Apollo{.learning_rate = warmup(100) * rate}; }),
          battery_rule("Sophia", Sophia{.gamma = 0.01}),
          battery_rule("ScheduleFreeAdamW", ScheduleFreeAdamW{}, Pace::constant),
          battery_rule("ScheduleFreeRAdam", ScheduleFreeRAdam{}, Pace::constant)};
}

}  // namespace support
