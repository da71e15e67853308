// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/block_pass.hpp>
#include <descent/core/memory/gradient_expression.hpp>
#include <descent/core/plan/requirements.hpp>

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

// What a step checks before anything is written: structures, lengths and shapes.

namespace descent::detail {

/// Whether a tree passed as a temporary owns elements, so that a step would change nothing that lasts.
template <class T>
constexpr bool owns_elements();
template <class T, std::size_t... I>
constexpr bool any_child_owns(std::index_sequence<I...>) {
  return (owns_elements<std::tuple_element_t<I, T>>() || ...);
}
template <class T>
constexpr bool owns_elements() {
  constexpr NodeKind kind = kind_of<T>();
  if constexpr (std::is_reference_v<T>) {
    return false;
  } else if constexpr (kind == NodeKind::block) {
    return OwnsItsElements::holds<T>;
  } else if constexpr (kind == NodeKind::named) {
    return owns_elements<decltype(std::declval<T&>().tree)>();
  } else if constexpr (kind == NodeKind::range) {
    return !is_span<T> && owns_elements<typename T::value_type>();
  } else if constexpr (kind == NodeKind::structure) {
    return all_blocks<const std::remove_const_t<T>&, IsMember>();
  } else if constexpr (kind == NodeKind::tuple) {
    return any_child_owns<std::remove_const_t<T>>(
        std::make_index_sequence<std::tuple_size_v<std::remove_const_t<T>>>());
  } else {
    return false;
  }
}

/// Compiles for parameters that a step can change; otherwise says why not.
template <class Tree, class Parameters>
constexpr bool require_step_parameters() {
  if constexpr (require_parameters<Tree&>()) {
    static_assert(!owns_elements<Tree>(),
                  "descent: the parameters are a temporary; the step would be lost with it");
    constexpr bool structure = same_structure<Parameters&, Tree&>();
    static_assert(structure,
                  "descent: the parameters have another structure than those the optimizer was made with");
    if constexpr (structure)
      static_assert(
          all_pairs<Parameters&, Tree&, SameElementType>() &&
              all_pairs<Parameters&, Tree&, SameSizesWhereKnown>(),
          "descent: the parameters have other element types or sizes than those the optimizer was made with");
    if constexpr (structure)
      static_assert(
          all_pairs<Parameters&, Tree&, SameStorageOrder>(),
          "descent: the parameters have another storage order than those the optimizer was made with");
    return structure;
  }
  return false;
}

inline std::string shape_text(Eigen::Index rows, Eigen::Index columns) {
  return std::to_string(rows) + "x" + std::to_string(columns);
}

template <class P, std::size_t... I>
constexpr std::string_view name_among(std::index_sequence<I...>) {
  std::string_view name = "Optimizer";
  ((name = I == 0 ? P::Leaves::owners[I] : name), ...);
  static_cast<void>(
      ((BringsLearningRate<typename P::template Leaf<I>> ? (name = P::Leaves::owners[I], true) : false) ||
       ...));
  return name;
}

/// The name for errors that concern the whole rule: of the part that brings the learning rate.
template <class P>
constexpr std::string_view rule_name() {
  return name_among<P>(typename P::AllLeaves{});
}

/// Compares the shape of every block with what the optimizer was made with, before anything is written.
template <class P>
struct ShapeCheck {
  std::size_t index = 0, wrong = 0;
  bool sound = true;
  Eigen::Index rows = 0, columns = 0, other_rows = 0, other_columns = 0;
  bool in_gradient = false, in_rows = false;
  std::size_t listed = 0;

  template <class B, class G, class State>
  DESCENT_INLINE void operator()(const B& block, const G& gradient, const State& state) {
    const bool parameters_fit = block.rows() == state.rows.value() && block.cols() == state.columns.value();
    if (sound && !(parameters_fit && gradient_fits(block, gradient))) [[unlikely]]
      remember(block, gradient, state, parameters_fit);
    ++index;
  }

  template <class B, class G, class State>
  DESCENT_COLD void remember(const B& block, const G& gradient, const State& state, bool parameters_fit) {
    sound = false;
    wrong = index;
    in_gradient = parameters_fit;
    rows = block.rows();
    columns = block.cols();
    if constexpr (is_gradient_rows<G>) {
      in_rows = parameters_fit;
      other_rows = parameters_fit ? gradient.values().rows() : state.rows.value();
      other_columns = parameters_fit ? gradient.values().cols() : state.columns.value();
      listed = gradient.row_indices().size();
    } else {
      other_rows = parameters_fit ? gradient.rows() : state.rows.value();
      other_columns = parameters_fit ? gradient.cols() : state.columns.value();
    }
  }

  [[noreturn]] DESCENT_COLD void fail(const std::string& path) const {
    if (in_rows) fail_rows(path);
    const bool transposed = rows == other_columns && columns == other_rows;
    fail_invalid_argument(
        std::string(rule_name<P>()) + ": block '" + path + "' is " + shape_text(rows, columns) +
        (in_gradient ? ", its gradient is " : ", but was ") + shape_text(other_rows, other_columns) +
        (in_gradient ? "" : " when the optimizer was made") + (transposed ? " (transposed?)" : ""));
  }

  [[noreturn]] DESCENT_COLD void fail_rows(const std::string& path) const {
    fail_invalid_argument(std::string(rule_name<P>()) + ": block '" + path + "' is " +
                          shape_text(rows, columns) + ", its gradient lists " + std::to_string(listed) +
                          " rows with values of " + shape_text(other_rows, other_columns) +
                          "; the rows must ascend, lie in the block and have one row of values each");
  }
};

/// The lengths of vectors and spans, before they are walked together.
template <class States, class Tree>
bool same_lengths(States& states, Tree& tree);

template <class A, class B, std::size_t... I>
bool same_child_lengths(A&& a, B&& b, std::index_sequence<I...>) {
  return (same_lengths(get<I>(a), get<I>(b)) && ...);
}

template <class States, class Tree>
DESCENT_INLINE bool same_lengths(States& states, Tree& tree) {
  constexpr NodeKind kind = kind_of<Opened<States>>();
  if constexpr (kind == NodeKind::block) {
    return true;
  } else if constexpr (kind == NodeKind::range) {
    auto&& a = open(states);
    auto&& b = open(tree);
    if (a.size() != b.size()) return false;
    for (std::size_t k = 0; k < a.size(); ++k)
      if (!same_lengths(a[k], b[k])) return false;
    return true;
  } else {
    return same_child_lengths(open(states), open(tree), std::make_index_sequence<child_count<States>>());
  }
}

template <class P>
[[noreturn]] DESCENT_COLD void fail_lengths(const char* what) {
  fail_invalid_argument(std::string(rule_name<P>()) + ": " + what +
                        " has another number of blocks than the parameters the optimizer was made with");
}

template <class P, class Tree, class Gradient, class States>
DESCENT_INLINE void check_shapes(Tree& parameters, const Gradient& gradient, States& states) {
  if (!same_lengths(states, parameters)) [[unlikely]]
    fail_lengths<P>("the tree of parameters");
  if (!same_lengths(states, gradient)) [[unlikely]]
    fail_lengths<P>("the gradient");
  ShapeCheck<P> check;
  walk(check, parameters, gradient, states);
  if (!check.sound) [[unlikely]]
    check.fail(path_of_block(parameters, check.wrong));
}

/// Refuses a sparse gradient where the block's rule, as its options choose, needs all elements.
template <class P, class Tree, class Gradient, class States>
void check_sparsity(const Tree& parameters, const Gradient& gradient, States& states, std::size_t common) {
  std::size_t index = 0, wrong = 0;
  bool sound = true;
  auto look = [&](const auto& block_gradient, const auto& state) {
    if constexpr (SparseGradient<std::remove_cvref_t<decltype(block_gradient)>>) {
      P::dispatch(state.variant_or(common), [&](auto variant) {
        using Variant = decltype(variant);
        using Traits = VariantTraits<P, Variant>;
        const bool fits = Traits::freezes || (!takes_whole_blocks<P, Variant> && !Traits::remembers_start);
        if (sound && !fits) wrong = index;
        sound = sound && fits;
      });
    }
    ++index;
  };
  walk(look, gradient, states);
  if (!sound) [[unlikely]]
    fail_invalid_argument(
        std::string(rule_name<P>()) + ": block '" + path_of_block(parameters, wrong) +
        "' has a sparse gradient, but with these options the rule needs whole ones: it measures blocks or "
        "remembers where each parameter started");
}

template <class State>
BlockInfo info_of(const State& state, const std::string& path, std::size_t index) {
  return {path, state.rows.value(), state.columns.value(), index, State::Values::IsVectorAtCompileTime != 0};
}

[[noreturn]] DESCENT_COLD inline void fail_vector_block(std::string_view rule, const BlockInfo& block) {
  std::string message(rule);
  message += ": block '" + block.path + "' is a vector of " + std::to_string(block.rows * block.columns);
  message += "; the rule works on matrices: give the block another rule in partition()";
  fail_invalid_argument(message);
}

/// Refuses a vector block for a rule of whole matrices where a selector chose it.
template <class P, std::size_t... I, class State>
void require_fitting_block(std::index_sequence<I...> variant, const State&, const BlockInfo& info) {
  if constexpr (!fits_block<P, decltype(variant), typename State::Values>) {
    std::string_view name;
    ((name = name.empty() && MatrixRule<typename P::template Leaf<I>> &&
                     !TakesVectors<typename P::template Leaf<I>>
                 ? P::Leaves::owners[I]
                 : name),
     ...);
    fail_vector_block(name, info);
  }
}

}  // namespace descent::detail
