// SPDX-License-Identifier: MIT
#include "../support/battery.hpp"

#include <descent/descent.hpp>

namespace support {

using namespace descent;

std::vector<BatteryRule> rules_without_rate() {
  return {battery_rule("Prodigy", Prodigy{}, Pace::own),
          battery_rule("DAdaptAdam", DAdaptAdam{}, Pace::own),
          battery_rule("DAdaptSgd", DAdaptSgd{}, Pace::own),
          battery_rule("DoG", DoG{.initial = 1e-3}, Pace::own),
          battery_rule("DoWG", DoWG{}, Pace::own),
          battery_rule("Cocob", Cocob{}, Pace::own),
          battery_rule("PolyakStep", PolyakStep{}),
          battery_rule("MoMo", MoMo{}),
          battery_rule("MoMoAdam", MoMoAdam{})};
}

}  // namespace support
