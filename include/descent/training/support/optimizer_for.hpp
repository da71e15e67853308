// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/training/support/rule_queries.hpp>

#include <limits>
#include <type_traits>
#include <utility>

namespace descent::detail {

template <class T>
inline constexpr bool is_optimizer = false;
template <class Parameters, class R, class Storage>
inline constexpr bool is_optimizer<Optimizer<Parameters, R, Storage>> = true;
template <class Parameters>
inline constexpr bool is_optimizer<AnyOptimizer<Parameters>> = true;

/// The caller's optimizer, or a new one for the caller's rule.
template <class Tree, class R>
decltype(auto) optimizer_for(const Tree& tree, R&& rule) {
  using Plain = std::remove_cvref_t<R>;
  if constexpr (is_optimizer<Plain>) {
    static_assert(std::is_lvalue_reference_v<R> && !std::is_const_v<std::remove_reference_t<R>>,
                  "descent: the optimizer is a temporary or constant; its state would be lost: pass a "
                  "variable, or a rule");
    return (rule);
  } else {
    return Optimizer<Tree, Plain>(tree, std::forward<R>(rule));
  }
}

/// Like above, for a trial: a copy of the caller's optimizer with its state, or a new one.
template <class Tree, class R>
auto copied_optimizer(const Tree& tree, const R& rule) {
  if constexpr (is_optimizer<R>) {
    return R(rule);
  } else {
    return Optimizer<Tree, R>(tree, rule);
  }
}

/// The learning rate of the next step; NaN for a rule that has none.
template <class O>
double learning_rate_of(const O& optimizer) {
  if constexpr (requires { optimizer.has_learning_rate(); }) {
    return optimizer.has_learning_rate() ? optimizer.learning_rate()
                                         : std::numeric_limits<double>::quiet_NaN();
  } else if constexpr (has_learning_rate<O>) {
    return optimizer.learning_rate();
  } else {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace descent::detail
