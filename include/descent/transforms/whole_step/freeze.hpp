// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Does not change its blocks: for blocks of a partition that must not train.
///
///   partition([](const BlockInfo& block) { return block.path.starts_with("encoder"); }, Freeze{}, AdamW{})
///
/// The gradient of a frozen block is not read and does not count in norms over the tree.
/// Memory: none. Passes: 0. Shapes: any. Errors: none.
struct Freeze {
  static constexpr RuleTraits traits{.freezes_parameters = true};
};

}  // namespace descent
