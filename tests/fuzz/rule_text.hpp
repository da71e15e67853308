// SPDX-License-Identifier: MIT
#pragma once

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/runtime/rule_set.hpp>
#include <descent/transforms/clip_by_global_norm.hpp>
#include <descent/transforms/whole_step/freeze.hpp>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>

namespace test {

/// Any text must either be refused with std::invalid_argument, or make an optimizer whose text makes the same one.
inline void read_any_rule(std::string_view text) {
  using Set = descent::RuleSet<descent::Sgd, descent::AdamW, descent::Muon, descent::ClipByGlobalNorm,
                               descent::Freeze>;
  std::tuple<Eigen::MatrixXd, Eigen::VectorXd> model(Eigen::MatrixXd::Ones(2, 3), Eigen::VectorXd::Ones(2));
  std::string printed;
  try {
    printed = descent::make_optimizer(model, text, Set{}).rule();
  } catch (const std::invalid_argument&) {
    return;
  }
  if (descent::make_optimizer(model, printed, Set{}).rule() != printed) std::abort();
}

}  // namespace test
