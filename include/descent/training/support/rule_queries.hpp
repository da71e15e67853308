// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/core/simd/build.hpp>

// Properties of an optimizer's rule that drivers need.

namespace descent::inline DESCENT_BUILD {
template <class Parameters>
class AnyOptimizer;  // descent/runtime/any_optimizer.hpp
}

namespace descent::detail {

/// The plan of an optimizer's rule; that of an empty rule for other types.
template <class O>
struct PlanOf {
  using type = Plan<Chain<>>;
};
template <class Parameters, class R, class Storage>
struct PlanOf<Optimizer<Parameters, R, Storage>> {
  using type = Plan<R, Storage>;
};

/// Whether the rule has an evaluation point other than the parameters that it steps: an average (Ema, Swa,
/// Asgd, the schedule-free rules) or slow parameters (Lookahead).
template <class O>
inline constexpr bool evaluates_elsewhere =
    any_gives_evaluation_point<typename PlanOf<O>::type>(typename PlanOf<O>::type::AllLeaves{});

/// Whether the rule evaluates the objective at other parameters (Sam).
template <class O>
inline constexpr bool perturbs_parameters = changes_objective<typename PlanOf<O>::type>;

template <class O>
inline constexpr bool has_learning_rate = includes_learning_rate<typename PlanOf<O>::type::Rule>;

// A rule chosen at run time may do any of these.
template <class Parameters>
inline constexpr bool evaluates_elsewhere<AnyOptimizer<Parameters>> = true;
template <class Parameters>
inline constexpr bool perturbs_parameters<AnyOptimizer<Parameters>> = true;
template <class Parameters>
inline constexpr bool has_learning_rate<AnyOptimizer<Parameters>> = true;

}  // namespace descent::detail
