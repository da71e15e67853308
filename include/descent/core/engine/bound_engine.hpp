// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/between_steps.hpp>
#include <descent/core/engine/engine.hpp>
#include <descent/core/memory/gradients.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/block_store.hpp>
#include <descent/core/tree/block_types.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace descent::detail::inline DESCENT_BUILD {

/// The number of trees of a step that may be wrong: parameters and gradient.
inline constexpr std::size_t trees_of_a_step = 2;

/// An engine with its blocks, to which the trees of each step are bound. Only the functions that bind are
/// templates of a tree.
template <class P, class Store, bool row_major_matrices>
class BoundEngine {
 protected:
  using Scalars = typename Store::Scalars;
  using Engine = detail::Engine<P, Scalars, row_major_matrices>;
  using Leaves = typename P::AllLeaves;

  BoundEngine(typename P::Rule rule, typename P::Storage storage) : engine_(std::move(rule), storage) {}

  /// Describes the tree, and allocates what rules remember of its blocks.
  template <class Parameters, class Tree>
  void make(const Tree& tree) {
    store_.template describe<Parameters>(tree);
    Binder binder(store_.list(), wrong_[0]);
    bind_tree<true, false>(binder, tree);
    make_state();
  }
  /// Like above, for blocks that the caller has described in the store and bound.
  void make() { make_state(); }

  /// A step with the caller's inputs. Errors: std::invalid_argument for a loss that is not finite, if a rule
  /// uses it, and for a negative norm.
  DESCENT_INLINE Step step_of(const StepInputs& inputs) const {
    if constexpr (any_needs_loss<P>(Leaves{})) {
      if (!is_finite(inputs.loss)) [[unlikely]]
        fail_loss(rule_name<P>(), inputs.loss);
    }
    if (inputs.gradient_norm < 0) [[unlikely]]
      fail_gradient_norm(rule_name<P>(), inputs.gradient_norm);
    return {.index = engine_.steps(),
            .loss = inputs.loss,
            .gradient_norm = inputs.gradient_norm,
            .largest = largest_number(Scalars{})};
  }

  // The compiler has compared all shapes if parameters and tree have fixed sizes.
  template <class Tree>
  static constexpr bool compared = Store::is_fixed && has_fixed_sizes<Tree&>();

  DESCENT_INLINE void check_alive() const {
    if (!alive_) [[unlikely]]
      fail_moved_from(rule_name<P>());
  }
  DESCENT_INLINE BlockList bound_list() {
    check_alive();
    return store_.list();
  }
  DESCENT_INLINE void check_bound() {
    if (wrong_[0].fault != Fault::none || wrong_[1].fault != Fault::none) [[unlikely]]
      fail_bound();
  }
  template <class Tree>
  void bind_parameters(Tree& parameters) {
    Binder binder(bound_list(), wrong_[0]);
    bind_tree<true, compared<Tree>>(binder, parameters);
    moved_ |= binder.moved();
    check_bound();
  }
  /// Returns whether every block and its gradient are contiguous, in the same order.
  template <class Tree, class Gradient>
  DESCENT_INLINE bool bind_step(Tree& parameters, const Gradient& gradient) {
    const BlockList list = bound_list();
    Binder of_parameters(list, wrong_[0]), of_gradient(list, wrong_[1]);
    bind_tree<true, compared<Tree>>(of_parameters, parameters);
    bind_tree<false, compared<const Gradient>>(of_gradient, gradient);
    if (of_parameters.moved()) [[unlikely]]
      moved_ = true;
    check_bound();
    if (moved_) [[unlikely]]
      refuse_blocks_in_common();
    return !of_gradient.irregular();
  }
  template <class Hessian>
  void bind_hessian(const Hessian& hessian) {
    const BlockList list = bound_list();
    for (std::size_t k = 0; k < store_.count(); ++k)
      list.records[k].parameters = nullptr;  // those of the last step may be dangling
    Binder binder(list, wrong_[0]);
    bind_tree<false, false>(binder, hessian);
    check_bound();
    engine_.check_options();
  }

  /// Takes a step. A gradient that can't be read in place is evaluated first.
  template <class Parameters, class Tree, class Gradient>
  DESCENT_INLINE void take_step(std::remove_reference_t<Tree>& parameters, const Gradient& gradient,
                                const Step& step, [[maybe_unused]] std::span<const std::size_t> absent = {}) {
    static_assert(require_step_parameters<Tree, Parameters>());
    static_assert(require_gradient<Parameters&, const Gradient&>());
    static_assert(require_fitting_sparsity<P, Parameters&, const Gradient&>());
    if constexpr (!is_read_in_place<Gradient>()) {
      take_step<Parameters, Tree>(parameters, evaluated(gradient), step, absent);
    } else {
      const bool regular = bind_step(parameters, gradient);
      if constexpr (!all_blocks<const Gradient&, IsNotSparse>())
        engine_.check_sparsity(store_.view(), store_.paths());
      if constexpr (has_clocks<P>) engine_.set_absent(store_.view(), absent);
      if constexpr (Store::is_fixed && fits_in_place<P, Tree&, const Gradient&>()) {
        engine_.template step_in_place<Parameters>(store_, step);
      } else if (regular && engine_.takes_small_steps()) [[likely]] {
        engine_.step_small(store_.view(), step);
      } else {
        engine_.step(store_.view(), step, regular);
      }
    }
  }

  /// Calls f(BlockQuery) for every block that has taken a step.
  template <class F>
  void query(const Step& step, F&& f) {
    const auto& view = store_.view();
    const QueryContext<P, Scalars> context{view, engine_.rules(), engine_.memories(), step};
    for (std::size_t k = 0; k < view.count; ++k) {
      if constexpr (has_clocks<P>)
        if (view.extras[k].clock.rested >= engine_.steps()) continue;
      dispatch_scalar<Engine::View::scalars>(
          view.records[k].scalar, [&](auto scalar) { f(BlockQuery<P, Scalars, scalar>(context, k)); });
    }
  }

  Engine engine_;
  Store store_;

 private:
  DESCENT_COLD void make_state() {
    const auto size = engine_.start(store_.list(), store_.groups(), store_.count(), store_.paths());
    refuse_blocks_in_common();
    store_.allocate(size);
    engine_.make_state(store_.view(), store_.paths());
  }
  [[noreturn]] DESCENT_COLD void fail_bound() {
    const Mismatch parameters = std::exchange(wrong_[0], {}), gradient = std::exchange(wrong_[1], {});
    fail_trees(rule_name<P>(), parameters, gradient, store_.records(), store_.paths());
  }
  DESCENT_COLD void refuse_blocks_in_common() {
    static constexpr auto sizes = sizes_of(Scalars{});
    const BlockList list = store_.list();
    refuse_shared_blocks(rule_name<P>(), list.records, list.layouts, store_.count(), store_.order(),
                         sizes.data(), store_.paths());
    moved_ = false;
  }

  Mismatch wrong_[trees_of_a_step];  // in the trees of this step
  bool moved_ = false;               // whether a block's address differs from that at the last comparison
  [[no_unique_address]] Alive alive_;
};

/// The implementation of an optimizer. Checks its types before it instantiates anything with them.
template <class Parameters, class R, class StateStorage>
struct ImplementationOf {
  static_assert(require_parameters<Parameters&>());
  static_assert(require_tree<const Parameters&>());
  static_assert(require_rule<R>());
  static_assert(require_suitable_blocks<R, Parameters&>());
  using P = Plan<R, StateStorage>;
  static_assert(require_measurable<P, Parameters&>());
  using type = BoundEngine<P, BlockStore<P, Parameters>,
                           any_matrix_rule<P> && has_row_major_matrix(BlockTypes<Parameters&>{})>;
};

/// Transfers the state of an optimizer to a grown one.
template <class Before>
struct Growth {
  static_assert(!std::is_same_v<Before, Before>,
                "descent: an optimizer for a tree that has grown needs #include <descent/core/growth.hpp>");
};
}  // namespace descent::detail::inline DESCENT_BUILD
