// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace reference {

enum class Verdict { agrees, disagrees, unsupported, not_covered };

struct Outcome {
  Verdict verdict = Verdict::agrees;
  std::string text = {};
  bool in_float = false;
};

/// A case of `optimizers/` or `other/`: parameters after every step, or clipped gradients.
Outcome run_rule_case(const nlohmann::json& test_case);

/// A case of `other/` with an objective: a rule that evaluates it.
Outcome run_objective_case(const nlohmann::json& test_case);

/// A case of `schedules/`: the learning rate of every step. `file` is its name without folder and extension.
Outcome run_schedule_case(const std::string& file, const nlohmann::json& test_case);

}  // namespace reference
