// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <functional>
#include <string>

namespace descent {

/// Multiplies the update of each block by its own factor, for instance for learning rates per layer.
///
///   u = factor(block) u
///
///   // The full rate for the last of 12 layers and for blocks without a number; each other layer has 0.8 times
///   // the rate of the next one.
///   AdamW{.learning_rate = 1e-3} | ScaleByBlock{[](const BlockInfo& block) {
///     const int layer = number_in_path(block);
///     return layer < 0 ? 1 : std::pow(0.8, 11 - layer);
///   }}
///
/// After a rule it scales the step, including decoupled weight decay; before it, the gradient.
/// Memory: 1 number a block. Passes: 1 (fused), block by block. Shapes: any.
/// Errors: std::invalid_argument if a factor is out of its range; the message names the block.
/// Source: layer-wise learning rate decay, as in Clark et al. 2020, arXiv:2003.10555. timm uses groups of
/// parameters.
struct ScaleByBlock {
  /// The constructor of the optimizer calls it once per block. Returns at least 0, finite; must not throw.
  std::function<double(const BlockInfo&)> factor = [](const BlockInfo&) { return 1.0; };

  static constexpr RuleTraits traits{.inspects_blocks = true};

  struct BlockState {
    double factor = 1;
  };
  void inspect_block(BlockState& block_state, const BlockInfo& block) const {
    const double found = factor(block);
    if (!(found >= 0) || !is_finite(found))
      detail::fail_invalid_argument("ScaleByBlock: block '" + block.path + "' has the factor " +
                                    detail::text_of(found) + ", must be at least 0 and finite");
    block_state.factor = found;
  }

  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(Step, const BlockState& block_state) const {
    return {block_state.factor};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }

  void check(const Check& check) const { check.that(factor != nullptr, "factor must be a function"); }
};

/// The number in the first brackets of a block's path, for instance of its layer: 3 for "layers[3].weights";
/// -1 if there is none.
inline int number_in_path(const BlockInfo& block) {
  const std::size_t open = block.path.find('[');
  if (open == std::string::npos) return -1;
  int number = 0;
  for (std::size_t k = open + 1; k < block.path.size() && block.path[k] != ']'; ++k) {
    if (block.path[k] < '0' || block.path[k] > '9' || number > 100'000'000) return -1;
    number = 10 * number + (block.path[k] - '0');
  }
  return number;
}

}  // namespace descent
