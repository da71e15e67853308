// SPDX-License-Identifier: MIT
#include "../support/battery.hpp"

#include <descent/descent.hpp>

namespace support {

using namespace descent;

std::vector<BatteryRule> adaptive_rules() {
  return {battery_rule("Adagrad", Adagrad{}),
          battery_rule("Adadelta", Adadelta{}),
          battery_rule("RmsProp", RmsProp{}),
          battery_rule("Adam", Adam{}),
          battery_rule("Adam, amsgrad", Adam{.amsgrad = true}),
          battery_rule("AdamW", AdamW{.weight_decay = 1e-4}),
          battery_rule("Adamax", Adamax{}),
          battery_rule("NAdam", NAdam{}),
          battery_rule("RAdam", RAdam{}),
          battery_rule("AdaBelief", AdaBelief{}),
          battery_rule("Yogi", Yogi{}),
          battery_rule("QhAdam", QhAdam{}),
          battery_rule("AcProp", AcProp{}),
          battery_rule("LaProp", LaProp{}),
          battery_rule("OptimisticAdam", OptimisticAdam{}),
          battery_rule("StableAdamW", StableAdamW{.weight_decay = 1e-4}),
          battery_rule("Sm3", Sm3{})};
}

}  // namespace support
