// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/partial_gradients.hpp>
#include <descent/core/plan/hooks.hpp>
#include <descent/core/plan/lookup.hpp>
#include <descent/core/plan/plan.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/requirements.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// What can be wrong with a rule: by itself, and for the blocks it is to work on.

namespace descent::detail {

template <class R>
constexpr bool measurement_fits() {
  if constexpr (Measures<R>) return HasMeasurement<R>;
  return true;
}
template <class P, std::size_t... I>
constexpr bool measurements_fit(std::index_sequence<I...>) {
  return (measurement_fits<typename P::template Leaf<I>>() && ...);
}

template <class P, std::size_t... I>
constexpr bool require_all_hooks(std::index_sequence<I...>) {
  return (require_hooks<typename P::template Leaf<I>>() && ...);
}

/// Whether a rule that skips steps comes before one that needs the gradients of skipped steps.
template <class P, std::size_t... I>
constexpr bool hides_skipped_gradients(std::index_sequence<I...>) {
  bool skips = false, hides = false;
  ((hides = hides || (skips && NeedsSkippedGradients<typename P::template Leaf<I>>),
    skips = skips || MaySkip<typename P::template Leaf<I>>),
   ...);
  return hides;
}

/// Compiles for what an Optimizer can be made with; otherwise says why not.
template <class R>
constexpr bool require_rule() {
  static_assert(
      Rule<R>,
      "descent: not a rule: expected a transformation (static V update(V u, V p, ...) over packs), a recipe "
      "(auto chain() const), or a composition of them");
  if constexpr (Rule<R>) {
    using P = Plan<R>;
    constexpr bool hooks = require_all_hooks<P>(typename P::AllLeaves{});
    constexpr bool measured_first = !any_variant<P>(typename P::AllVariants{}, [](auto traits) {
      return decltype(traits)::measures_tree_after_matrix();
    });
    static_assert(
        measured_first,
        "descent: a rule that measures the whole tree (ClipByGlobalNorm) must come before a rule of whole "
        "matrices (Muon)");
    constexpr bool gradient_seen = !any_variant<P>(typename P::AllVariants{}, [](auto traits) {
      return decltype(traits)::sees_gradient_after_matrix();
    });
    static_assert(gradient_seen,
                  "descent: a rule that compares the update with the gradient must come before a rule of "
                  "whole matrices");
    constexpr bool skipped_seen = !hides_skipped_gradients<P>(typename P::AllLeaves{});
    static_assert(
        skipped_seen,
        "descent: DynamicLossScale must come before a rule that skips steps (SkipNonFinite), or its "
        "scale would never fall");
    constexpr bool measurement = measurements_fit<P>(typename P::AllLeaves{});
    static_assert(
        measurement,
        "descent: a rule with Measured needs `static void measure(V u, V p, Measured<V>& sums)`, with "
        "`const State<V>&` and `const MeasuringCoefficients<V>&` before the sums where it uses them");
    constexpr bool one_rate = !is_chain<R> || rates_in_a_row<R> <= 1;
    static_assert(
        one_rate,
        "descent: this chain multiplies by the learning rate twice (Adam{} | Adam{} would climb): keep one "
        "whole rule and put transformations (ScaleByAdam{}, ClipByGlobalNorm{}) before it, or give blocks "
        "different rules with partition()");
    return hooks && measured_first && gradient_seen && skipped_seen && measurement && one_rate;
  } else {
    return false;
  }
}

struct IsNotVector {
  template <class B>
  static constexpr bool holds = !std::remove_cvref_t<B>::IsVectorAtCompileTime;
};

/// Compiles where every block of the tree suits the rule; otherwise says which does not.
template <class R, class Parameters>
constexpr bool require_suitable_blocks() {
  using P = Plan<R>;
  constexpr bool always_matrix = every_variant<P>(
      typename P::AllVariants{}, [](auto traits) { return decltype(traits)::refuses_vectors; });
  constexpr bool suitable = !always_matrix || all_blocks<Parameters, IsNotVector>();
  static_assert(suitable,
                "descent: a rule of whole matrices cannot work on a vector block; write "
                "partition(matrices, Muon{}, AdamW{}) to give the vectors another rule");
  return suitable;
}

struct IsMeasurable {
  template <class B>
  using S = ComputeType<typename std::remove_cvref_t<B>::Scalar>;
  template <class B>
  static constexpr bool holds =
      std::is_same_v<S<B>, float> || std::is_same_v<S<B>, double> || std::is_same_v<S<B>, long double>;
};
template <class P, std::size_t... I>
constexpr bool any_measures(std::index_sequence<I...>) {
  return (Measures<typename P::template Leaf<I>> || ...);
}
/// Compiles if the elements are numbers of which norms can be measured, or nothing is measured.
template <class P, class Parameters>
constexpr bool require_measurable() {
  constexpr bool measurable =
      !any_measures<P>(typename P::AllLeaves{}) || all_blocks<Parameters, IsMeasurable>();
  static_assert(measurable,
                "descent: a rule that measures norms works on float, double and long double only");
  return measurable;
}

struct IsNotNarrow {
  template <class B>
  static constexpr bool holds = !is_narrow<typename std::remove_cvref_t<B>::Scalar>;
};

/// Compiles unless a gradient of some elements meets a rule that needs them all.
template <class P, class Parameters, class Gradient>
constexpr bool require_fitting_sparsity() {
  constexpr bool dense = all_blocks<Gradient, IsNotSparse>();
  constexpr bool takes_elements = any_variant<P>(typename P::AllVariants{}, [](auto traits) {
    using Traits = decltype(traits);
    return !Traits::measures_blocks && !Traits::has_matrix_rule && !Traits::remembers_start;
  });
  static_assert(
      dense || takes_elements,
      "descent: this rule needs whole gradients: it measures blocks, takes matrices or remembers where each "
      "parameter started; convert the sparse gradient, or give the block another rule");
  constexpr bool wide = all_blocks<Parameters, IsNotNarrow>();
  static_assert(dense || wide, "descent: a sparse gradient needs parameters of float or double");
  return dense || (takes_elements && wide);
}

template <class P, std::size_t... I>
constexpr bool any_needs_loss(std::index_sequence<I...>) {
  return (NeedsLoss<typename P::template Leaf<I>> || ...);
}

/// The largest number that all types hold in which a rule computes on elements of these types.
template <class... S>
constexpr double largest_number(TypeList<S...>) {
  const bool has_floats = (std::is_same_v<ComputeType<S>, float> || ...);
  return has_floats ? static_cast<double>(std::numeric_limits<float>::max())
                    : std::numeric_limits<double>::max();
}

/// Checks the options of one leaf at a step, whose schedules hold the values of the step from then on; true if any of
/// them varies.
template <class P, std::size_t I>
DESCENT_INLINE bool check_leaf(typename P::Rules& rules, std::int64_t step, double largest,
                               double rate_factor) {
  using R = typename P::template Leaf<I>;
  const Check check = Check::holding(P::Leaves::owners[I], step, largest, rate_factor);
  if constexpr (ChecksItself<R>) get<I>(rules).check(check);
  return check.anything_varies();
}

template <class P, std::size_t... I>
DESCENT_COLD bool check_leaves(typename P::Rules& rules, std::int64_t step, double largest,
                               double rate_factor, std::index_sequence<I...>) {
  bool varies = false;
  ((varies = check_leaf<P, I>(rules, step, largest, rate_factor) || varies), ...);
  return varies;
}

/// Whether a rule is a recipe with a check of its own, or has one among its parts. Most have none, and then no code is
/// compiled that makes their chains only to look for one.
template <class R>
constexpr bool is_or_has_checked_recipe();
template <class R>
inline constexpr bool has_checked_recipe = is_or_has_checked_recipe<R>();
template <class... Rules>
inline constexpr bool has_checked_recipe<Chain<Rules...>> = (has_checked_recipe<Rules> || ...);
template <class Selector, class... Rules>
inline constexpr bool has_checked_recipe<Partition<Selector, Rules...>> = (has_checked_recipe<Rules> || ...);
template <class... Rules>
inline constexpr bool has_checked_recipe<Choice<Rules...>> = (has_checked_recipe<Rules> || ...);
template <class R>
constexpr bool is_or_has_checked_recipe() {
  if constexpr (!IsRecipe<R>) {
    return false;
  } else if constexpr (ChecksItself<R>) {
    return true;
  } else {
    return has_checked_recipe<decltype(std::declval<const R&>().chain())>;
  }
}

/// What recipes refuse beyond their parts: options that do not go together. Errors name the recipe that
/// the user wrote, also where it is made of others.
template <class R>
void check_recipes(const R& rule, std::int64_t step, std::string_view owner = {});
template <class R>
DESCENT_INLINE void check_part(const R& rule, std::int64_t step, std::string_view owner) {
  if constexpr (has_checked_recipe<R>) check_recipes(rule, step, owner);
}
template <class R>
void check_recipes([[maybe_unused]] const R& rule, [[maybe_unused]] std::int64_t step,
                   [[maybe_unused]] std::string_view owner) {
  if constexpr (!has_checked_recipe<R>) {
    return;
  } else if constexpr (is_chain<R>) {
    rule.rules.apply([&](const auto&... each) { (check_part(each, step, owner), ...); });
  } else {
    constexpr std::string_view own = type_name<R>();
    const std::string_view name = owner.size() == 0 ? own : owner;
    if constexpr (ChecksItself<R>) rule.check(Check(name, step));
    check_part(rule.chain(), step, name);
  }
}

template <class Parameters>
concept IsNoTree =
    fault_of<Parameters&>() != TreeFault::none || fault_of<const Parameters&>() != TreeFault::none;

}  // namespace descent::detail

namespace descent::inline DESCENT_BUILD {

template <class Parameters, class R, class StateStorage>
class Optimizer;

/// What an Optimizer is of what is no parameter tree: it says so, once, and takes all calls, so that nothing else is said.
template <detail::IsNoTree Parameters, class R, class StateStorage>
  requires(!detail::StandsAlone<R>)
class Optimizer<Parameters, R, StateStorage> {
 public:
  template <class... Arguments>
  explicit Optimizer(const Arguments&...) {
    using Wrong = std::conditional_t<detail::fault_of<Parameters&>() != detail::TreeFault::none, Parameters&,
                                     const Parameters&>;
    static_cast<void>(detail::require_tree<Wrong>());
  }
  template <class... Arguments>
  double step(const Arguments&...) {
    return 0;
  }
  std::int64_t steps() const { return 0; }
  std::int64_t skipped_steps() const { return 0; }
  double learning_rate() const { return 0; }
  double learning_rate_factor() const { return 0; }
  void set_learning_rate_factor(double) {}
  void set_rule(const R&) {}
  void reset() {}
};

}  // namespace descent::inline DESCENT_BUILD
