// SPDX-License-Identifier: MIT
#pragma once

#include "reference/cases.hpp"

#include <filesystem>

namespace reference {

/// A training that continues from a checkpoint of PyTorch: resume.json, and the safetensors files in its
/// folder.
Outcome run_resume(const std::filesystem::path& folder, const nlohmann::json& description);

}  // namespace reference
