// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/runtime/options_of_rule.hpp>
#include <descent/wrappers/selectors.hpp>

#include <string>
#include <type_traits>

namespace descent {

namespace detail::inline DESCENT_BUILD {
template <class Selector>
std::string text_of_selector(const Selector& selector) {
  if constexpr (std::is_same_v<Selector, Matrices>) {
    return "matrices";
  } else if constexpr (std::is_same_v<Selector, Vectors>) {
    return "vectors";
  } else if constexpr (std::is_same_v<Selector, Biases>) {
    return "biases";
  } else if constexpr (std::is_same_v<Selector, NoDecay>) {
    return "no_decay";
  } else if constexpr (std::is_same_v<Selector, ByPath>) {
    return joined({"by_path(\"", selector.pattern, "\")"});
  } else {
    return std::string(opaque_text);
  }
}

template <class R>
std::string text_of_composition(const R& rule) {
  return text_of_rule(rule);
}
template <class... Rules>
std::string text_of_composition(const Chain<Rules...>& chain);
template <class... Rules>
std::string text_of_composition(const Choice<Rules...>& choice);

/// masked(selector, rule) is a partition whose second rule is an empty chain.
template <class Selector, class... Rules>
std::string text_of_composition(const Partition<Selector, Rules...>& partition) {
  std::string text, name = "partition(";
  const auto add = [&]<class R>(const R& rule) {
    if constexpr (std::is_same_v<R, Chain<>>) {
      name = "masked(";
    } else {
      text += ", " + text_of_composition(rule);
    }
  };
  partition.rules.apply([&](const auto&... each) { (add(each), ...); });
  return joined({name, text_of_selector(partition.selector), text, ")"});
}
template <class... Rules>
std::string text_of_composition(const Chain<Rules...>& chain) {
  std::string text;
  const auto add = [&](const auto& rule) {
    text += joined({text.empty() ? "" : " | ", text_of_composition(rule)});
  };
  chain.rules.apply([&](const auto&... each) { (add(each), ...); });
  return text;
}
template <class... Rules>
std::string text_of_composition(const Choice<Rules...>& choice) {
  std::string text;
  std::size_t place = 0;
  const auto add = [&](const auto& rule) {
    if (place++ == choice.chosen) text = text_of_composition(rule);
  };
  choice.rules.apply([&](const auto&... each) { (add(each), ...); });
  return text;
}
}  // namespace detail::inline DESCENT_BUILD

/// A rule as a line of C++, which make_optimizer reads back to the same rule, bit for bit.
///
///   to_string(ClipByGlobalNorm{} | AdamW{.learning_rate = 0.01})  // "ClipByGlobalNorm{} | AdamW{.learning_rate = 0.01}"
///
/// Options that have their default are left out. A selector or a schedule that is a function of a program is written as
/// <callable>, which cannot be read back.
template <Rule R>
std::string to_string(const R& rule) {
  return detail::text_of_composition(rule);
}

}  // namespace descent
