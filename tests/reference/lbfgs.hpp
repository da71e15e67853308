// SPDX-License-Identifier: MIT
#pragma once

#include "reference/cases.hpp"
#include "reference/peer_options.hpp"

namespace reference {

/// A case of torch.optim.LBFGS: the point after each call of `step`, and its cost.
Outcome run_lbfgs(const nlohmann::json& test_case, PeerOptions& options);

}  // namespace reference
