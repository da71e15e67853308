// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/core/tree/paths.hpp>
#include <descent/training/support/norms.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

// Checks whether the numbers of a step are finite, and the messages.

namespace descent::detail {

template <class P, std::size_t... I>
constexpr bool any_skips(std::index_sequence<I...>) {
  return (MaySkip<typename P::template Leaf<I>> || ...);
}
/// Whether the rule of an optimizer refuses steps itself (SkipNonFinite, DynamicLossScale), and so must
/// receive gradients that are not finite.
template <class O>
inline constexpr bool skips_by_itself = false;
template <class Parameters, class R, class Storage>
inline constexpr bool skips_by_itself<Optimizer<Parameters, R, Storage>> =
    any_skips<Plan<R, Storage>>(typename Plan<R, Storage>::AllLeaves{});

/// Whether the loss is finite, and the gradient unless the optimizer checks it itself.
template <class O, class Gradient>
bool is_step_finite(const O& optimizer, double loss, const Gradient& gradient) {
  if (!is_finite(loss)) return false;
  if constexpr (requires { optimizer.may_skip_steps(); }) {
    return optimizer.may_skip_steps() || all_finite(gradient);
  } else if constexpr (skips_by_itself<O>) {
    return true;
  } else {
    return all_finite(gradient);
  }
}

/// Whether what an optimizer remembers is finite: a second moment that overflowed freezes its parameter
/// forever.
template <class O>
bool is_state_finite(O& optimizer) {
  bool finite = true;
  optimizer.for_each_state([&](const std::string&, const std::string&, const auto& values) {
    finite = finite && all_finite(values);
  });
  return finite;
}

template <class Gradient>
[[noreturn]] DESCENT_COLD void fail_step(double loss, const Gradient& gradient, std::int64_t step) {
  std::string found = is_finite(loss) ? "" : "the loss is " + text_of(loss);
  auto check = [&](const std::string& path, const auto& block) {
    if (found.empty() && !all_finite(block))
      found = joined({"block '", path, "' of the gradient is not finite"});
  };
  walk_paths(check, gradient, std::string());
  DESCENT_THROW(std::runtime_error, joined({"descent: fit: at step ", std::to_string(step), " ", found,
                                            "; no step was taken, and the parameters are those before it"}));
}
[[noreturn]] DESCENT_COLD inline void fail_after_epoch(std::int64_t epoch) {
  DESCENT_THROW(std::runtime_error,
                joined({"descent: fit: after epoch ", std::to_string(epoch),
                        " a parameter or a number of the optimizer's state is not finite"}));
}

}  // namespace descent::detail
