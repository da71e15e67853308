// SPDX-License-Identifier: MIT
#include "../support/battery.hpp"

#include <descent/descent.hpp>

namespace support {

using namespace descent;

std::vector<BatteryRule> classic_rules() {
  return {battery_rule("Sgd", Sgd{}),
          battery_rule("Sgd, momentum 0.9", Sgd{.momentum = 0.9}),
          battery_rule("Sgd, Nesterov 0.9", Sgd{.momentum = 0.9, .nesterov = true}),
          battery_rule("Qhm", Qhm{.momentum = 0.99}),
          battery_rule("AggMo", AggMo{}),
          battery_rule("OptimisticGradientDescent", OptimisticGradientDescent{}),
          battery_rule("Asgd", Asgd{.t0 = 100}, Pace::constant),
          battery_rule("ScheduleFreeSgd", ScheduleFreeSgd{}, Pace::constant),
          battery_rule("SignSgd", SignSgd{}),
          battery_rule("Signum", Signum{}),
          battery_rule("Lion", Lion{}),
          battery_rule("Rprop", Rprop{}, Pace::constant, Batches::whole),
          battery_rule("Ftrl", Ftrl{}, Pace::constant),  // a rate that falls pulls its parameters to 0
          battery_rule_made("Sgd with Lookahead", Pace::falling,
                            [](const Schedule& rate) {
                              return Sgd{.learning_rate = rate, .momentum = 0.9} | Lookahead{.every = 5};
                            }),
          battery_rule_made("Sgd with Ema", Pace::constant,
                            [](const Schedule& rate) {
                              return Sgd{.learning_rate = rate, .momentum = 0.9} | Ema{.decay = 0.95};
                            }),
          battery_rule_made("Sam with Sgd", Pace::falling, [](const Schedule& rate) {
            return Sam{.radius = 0.01} | Sgd{.learning_rate = rate, .momentum = 0.9};
          })};
}

}  // namespace support
