// SPDX-License-Identifier: MIT
#pragma once

#include "reference/cases.hpp"

namespace reference {

/// A case of `plateau.json`: the learning rate before any metric, then after each.
Outcome run_plateau_case(const nlohmann::json& test_case);

}  // namespace reference
