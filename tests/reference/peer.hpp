// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace reference {

/// The rule and system that produced a case: the key in the catalogue, and its modifications.
///
///   "PyTorch 2.14.1, torch.optim.SGD with lr_scheduler.OneCycleLR"  ->  "torch.optim.SGD"
///   "formula of optax 2026-08, transcribed (NumPy float64): lion"   ->  "optax lion"
///   "pytorch_optimizer 3.9.0 (2026-02-12), Lion"                    ->  "pytorch_optimizer Lion"
struct Peer {
  std::string rule;
  /// The source of the learning rates of a case that lists them.
  std::string scheduler;
  /// The text after the rule: "lr varying", "gradients of 3 micro-steps averaged", ...
  std::string remark;
};

namespace detail {
inline std::string without_parentheses(std::string text) {
  for (auto open = text.find(" ("); open != std::string::npos; open = text.find(" (")) {
    const auto close = text.find(')', open);
    text.erase(open, close == std::string::npos ? close : close + 1 - open);
  }
  return text;
}

/// Splits at the first `separator`, and returns the text after it.
inline std::string cut(std::string& text, const std::string& separator) {
  const auto place = text.find(separator);
  if (place == std::string::npos) return {};
  const std::string rest = text.substr(place + separator.size());
  text.erase(place);
  return rest;
}
}  // namespace detail

inline Peer parse_peer(const std::string& source) {
  const auto starts_with = [&](const char* start) { return source.rfind(start, 0) == 0; };
  const bool optax = starts_with("formula of optax");
  std::string system = detail::without_parentheses(source);
  Peer peer;
  peer.rule = detail::cut(system, optax ? ": " : ", ");
  // A scheduler's name may contain a comma, and a remark the word "with".
  if (peer.rule.find(" with ") < peer.rule.find(", ")) peer.scheduler = detail::cut(peer.rule, " with ");
  peer.remark = detail::cut(peer.rule, ", ");
  if (optax) peer.rule = "optax " + peer.rule;
  if (starts_with("pytorch_optimizer")) peer.rule = "pytorch_optimizer " + peer.rule;
  return peer;
}

}  // namespace reference
