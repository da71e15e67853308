// SPDX-License-Identifier: MIT
#include "../support/battery.hpp"

#include <descent/descent.hpp>

namespace support {

using namespace descent;

std::vector<BatteryRule> rules_of_blocks() {
  return {battery_rule("Lamb", Lamb{}),
          battery_rule("Lars", Lars{}),
          battery_rule("Fromage", Fromage{}),
          battery_rule("NovoGrad", NovoGrad{}),
          battery_rule("Adafactor", Adafactor{}),
          battery_rule("Muon", Muon{.weight_decay = 0}),
          battery_rule("Shampoo", Shampoo{.momentum = 0.9}),
          battery_rule("Soap", Soap{})};
}

}  // namespace support
