// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule_traits.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// Selectors of blocks for partition() and masked().

namespace descent {

/// Selects blocks of matrix types: partition(matrices, Muon{}, AdamW{}).
struct Matrices {
  static constexpr bool may_match_nothing = true;
  bool operator()(const BlockInfo& block) const { return block.is_matrix(); }
};
inline constexpr Matrices matrices{};

/// Selects blocks of vector types (VectorXd, RowVectorXf, Array3d, ...).
struct Vectors {
  static constexpr bool may_match_nothing = true;
  bool operator()(const BlockInfo& block) const { return block.is_vector; }
};
inline constexpr Vectors vectors{};

namespace detail {
/// The last part of a path: "bias" of "layers[0].bias" and of "head.bias[1]".
constexpr std::string_view last_name(std::string_view path) {
  while (path.ends_with(']')) path = path.substr(0, path.rfind('['));
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}
}  // namespace detail

/// Selects blocks whose name is "b", or begins or ends with "bias": "bias", "biases", "output_bias",
/// "bias_ih".
struct Biases {
  static constexpr bool may_match_nothing = true;
  bool operator()(const BlockInfo& block) const {
    const std::string_view name = detail::last_name(block.path);
    return name == "b" || name.starts_with("bias") || name.ends_with("bias") || name.ends_with("biases");
  }
};
inline constexpr Biases biases{};

/// Selects blocks that usually have no weight decay: vectors (biases and the scales of normalizations), and
/// biases of any shape.
///
///   partition(no_decay, AdamW{.weight_decay = 0}, AdamW{.weight_decay = 0.1})
struct NoDecay {
  static constexpr bool may_match_nothing = true;
  bool operator()(const BlockInfo& block) const { return block.is_vector || biases(block); }
};
inline constexpr NoDecay no_decay{};

/// The selector that `by_path` returns.
struct ByPath {
  std::string pattern;

  bool operator()(const BlockInfo& block) const { return matches(pattern, block.path); }

 private:
  static constexpr bool separates(char c) { return c == '.' || c == '[' || c == ']'; }
  /// Without an open star, a pattern matches the whole path, or a part before '.' or '['.
  static constexpr bool matches(std::string_view pattern, std::string_view path) {
    std::size_t p = 0, k = 0, star = std::string_view::npos, taken = 0;
    for (;;) {
      const bool at_part = k == path.size() || path[k] == '.' || path[k] == '[';
      if (p == pattern.size() && at_part) return true;
      if (p < pattern.size() && pattern[p] == '*') {
        star = p++;
        taken = k;
      } else if (p < pattern.size() && k < path.size() && pattern[p] == path[k]) {
        ++p;
        ++k;
      } else if (star != std::string_view::npos && taken < path.size() && !separates(path[taken])) {
        p = star + 1;
        k = ++taken;
      } else {
        return false;
      }
    }
  }
};

/// Selects blocks by their path: one block, or all below a name. `*` matches any part between '.', '[' and
/// ']'. Paths are those of messages and of `for_each_state`.
///
///   by_path("head.bias")   by_path("encoder")   by_path("layers[*].bias")
///
/// Errors: the constructor of an optimizer throws std::invalid_argument if the pattern matches no block; the
/// message lists the paths and the nearest one.
inline ByPath by_path(std::string pattern) { return {std::move(pattern)}; }

/// A selector that may match no block; without this, the constructor of an optimizer rejects a selector that
/// does not divide the blocks.
template <class Selector>
struct MayMatchNothing {
  static constexpr bool may_match_nothing = true;
  Selector selector;
  auto operator()(const BlockInfo& block) const { return selector(block); }
};
template <class Selector>
MayMatchNothing<Selector> may_match_nothing(Selector selector) {
  return {std::move(selector)};
}

}  // namespace descent
