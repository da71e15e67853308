// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace descent::detail {

/// Whether a name equals `parent` or is below it: "layer1.weights" and "layer1/exp_avg", a tensor of a
/// block's state, are below "layer1"; "layer10" is not.
inline bool is_at_or_below(std::string_view path, std::string_view parent) {
  if (!path.starts_with(parent)) return false;
  const std::string_view rest = path.substr(parent.size());
  return rest.empty() || rest.front() == '.' || rest.front() == '/' || rest.front() == '[';
}

}  // namespace descent::detail
