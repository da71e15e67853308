// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/state/blocks.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// First values of the state, its allocation, and its names.

namespace descent::detail {

/// The state of one block of element type number s: made, and given its first values.
template <class P, class Scalars, std::size_t s>
class BlockSetup {
  using B = Blocks<P, Scalars>;
  using Scalar = typename B::template ScalarAt<s>;
  using S = ComputeType<Scalar>;
  using Element = StateElement<P, S>;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;

 public:
  BlockSetup(const B& blocks, const typename P::Rules& rules, std::size_t k)
      : blocks_(blocks), rules_(rules), record_(blocks.records[k]), k_(k) {}

  /// Allocates what rules of whole matrices need beside the slots.
  template <std::size_t... I>
  DESCENT_COLD void allocate(std::index_sequence<I...> variant) {
    using Traits = VariantTraits<P, decltype(variant)>;
    if constexpr (Traits::has_matrix_rule && !Traits::freezes) {
      auto& scratch = get<s>(blocks_.extras[k_].scratch);
      const auto padded = static_cast<Eigen::Index>(padded_size<S>(record_.size));
      scratch.update.resize(padded);
      if (is_narrow<Scalar> || record_.layout != Layout::contiguous) scratch.parameters.resize(padded);
      (resize_workspace<I>(scratch), ...);
    }
  }

  /// First values of all that the rules of a variant remember of the block.
  template <std::size_t... I>
  DESCENT_COLD void fill(std::index_sequence<I...> variant) {
    if constexpr (!VariantTraits<P, decltype(variant)>::freezes) {
      (fill_leaf<I>(VariantTraits<P, decltype(variant)>::slots_before(I)), ...);
      if constexpr (is_narrow<Scalar>) {
        float* const masters = blocks_.masters[s] + blocks_.layouts[k_].masters;
        std::fill_n(masters, record_.size, 0.0F);
      }
    }
  }

 private:
  template <std::size_t I, class Scratch>
  void resize_workspace([[maybe_unused]] Scratch& scratch) {
    using R = Leaf<I>;
    if constexpr (MatrixRule<R> && !PreparesWorkspace<R>)
      get<I>(scratch.workspaces).resize(record_.rows, record_.columns);
  }

  template <std::size_t I>
  void fill_leaf([[maybe_unused]] std::size_t first) {
    using R = Leaf<I>;
    constexpr std::size_t count = slot_count<R>;
    if constexpr (HasInitialState<R>) {
      const typename R::template State<double> initial = get<I>(rules_).initial_state();
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        (fill_slot(first + K, get<K>(tie_fields<count>(initial))), ...);
      }(std::make_index_sequence<count>());
    } else {
      for (std::size_t k = 0; k < count; ++k) fill_slot(first + k, 0);
    }
    if constexpr (MatrixRule<R> && PreparesWorkspace<R>)
      get<I>(rules_).prepare(get<I>(get<s>(blocks_.extras[k_].scratch).workspaces),
                             MatrixShape{record_.rows, record_.columns, record_.is_vector, k_});
    if constexpr (HasBlockMemory<R> && !MeetsBlocks<R>) {
      get<I>(blocks_.extras[k_].memories) = {};
      get<I>(blocks_.extras[k_].next_memories) = {};
    }
  }
  /// One slot, padding included.
  void fill_slot(std::size_t slot, double value) {
    const std::size_t stride = padded_size<S>(record_.size);
    std::fill_n(blocks_.template slots_of<s>(record_) + slot * stride, stride,
                static_cast<Element>(static_cast<S>(value)));
  }

  const B& blocks_;
  const typename P::Rules& rules_;
  const BlockRecord& record_;
  std::size_t k_;
};

/// Tells rules of a block; what they keep of it goes to `memories`.
template <class P, std::size_t... I>
void meet_block(std::index_sequence<I...>, [[maybe_unused]] const typename P::Rules& rules,
                [[maybe_unused]] typename P::BlockMemories& memories,
                [[maybe_unused]] const BlockInfo& block) {
  [[maybe_unused]] auto meet = [&]<class R>(const R& rule, auto& memory) {
    if constexpr (MeetsBlocks<R>) rule.meet(memory, block);
  };
  (meet(get<I>(rules), get<I>(memories)), ...);
}

/// The name of a slot; a second one of the same name in the variant gets a number: "momentum_buffer.2".
template <class P, std::size_t... I>
std::string slot_name(std::index_sequence<I...>, std::size_t slot) {
  std::string name;
  std::size_t next = 0, same = 0;
  auto visit = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>, bool counting) {
    using R = typename P::template Leaf<leaf>;
    if constexpr (HasState<R>) {
      for (std::size_t k = 0; k < slot_count<R>; ++k, ++next) {
        const std::string_view found = name_in_list(R::state_names(), k);
        if (!counting && next == slot) name = found;
        if (counting && next <= slot && found == name) ++same;
      }
    }
  };
  (visit(std::integral_constant<std::size_t, I>{}, false), ...);
  next = 0;
  (visit(std::integral_constant<std::size_t, I>{}, true), ...);
  return same > 1 ? name + "." + std::to_string(same) : name;
}

/// f(name, matrix) for what rules of whole matrices remember; a second one of a name gets a number.
template <std::size_t I, class P, class Scratch, class F>
void visit_matrix_state([[maybe_unused]] Scratch& scratch, [[maybe_unused]] std::vector<std::string>& names,
                        [[maybe_unused]] F& f) {
  using R = typename P::template Leaf<I>;
  if constexpr (MatrixRule<R> && HasMatrixState<R>) {
    auto visit = [&](const char* name, auto& matrix) {
      using Matrix = std::remove_cvref_t<decltype(matrix)>;
      names.emplace_back(name);
      const auto same = std::count(names.begin(), names.end(), name);
      f(same > 1 ? name + ("." + std::to_string(same)) : std::string(name),
        Eigen::Map<Matrix>(matrix.data(), matrix.rows(), matrix.cols()));
    };
    R::for_each_state(get<I>(scratch.workspaces), visit);
  }
}

/// All names of slots in the variant, without numbers.
template <class P, std::size_t... I>
std::vector<std::string> slot_names(std::index_sequence<I...>) {
  std::vector<std::string> names;
  auto add = [&]<class R>(std::type_identity<R>) {
    if constexpr (HasState<R>)
      for (std::size_t k = 0; k < slot_count<R>; ++k) names.emplace_back(name_in_list(R::state_names(), k));
  };
  (add(std::type_identity<typename P::template Leaf<I>>{}), ...);
  return names;
}

template <class P, class Scratch, class F, std::size_t... I>
void visit_matrix_states(std::index_sequence<I...> variant, Scratch& scratch, F f) {
  std::vector<std::string> names = slot_names<P>(variant);
  (visit_matrix_state<I, P>(scratch, names, f), ...);
}

/// f(name, values) for every slot of block k, whose type is Type, as a Map in its shape; then for what rules of whole
/// matrices remember, and the masters.
template <class Type, class P, class Scalars, class F, std::size_t... I>
void visit_state(std::index_sequence<I...> variant, const Blocks<P, Scalars>& blocks, std::size_t k, F f) {
  using Traits = VariantTraits<P, decltype(variant)>;
  if constexpr (!Traits::freezes) {
    constexpr std::size_t s = place_in<typename Type::Scalar, Scalars>;
    constexpr int order = Type::row_major ? Eigen::RowMajor : Eigen::ColMajor;
    using S = ComputeType<typename Type::Scalar>;
    using Element = StateElement<P, S>;
    const BlockRecord& record = blocks.records[k];
    for (std::size_t slot = 0; slot < Traits::slots; ++slot)
      f(slot_name<P>(variant, slot),
        Eigen::Map<Eigen::Matrix<Element, Type::rows, Type::columns, order>>(
            blocks.template slots_of<s>(record) + slot * padded_size<S>(record.size), record.rows,
            record.columns));
    if constexpr (Traits::has_matrix_rule)
      visit_matrix_states<P>(variant, get<s>(blocks.extras[k].scratch), f);
    if constexpr (is_narrow<typename Type::Scalar>)
      f(std::string("master"),
        Eigen::Map<Eigen::Matrix<float, Type::rows, Type::columns, order>>(
            blocks.masters[s] + blocks.layouts[k].masters, record.rows, record.columns));
  }
}

/// Whether the rules of the variant fit the workspaces that `before` prepared.
template <class P, std::size_t... I>
bool keep_workspaces(std::index_sequence<I...>, const typename P::Rules& rules,
                     const typename P::Rules& before) {
  auto keeps = [](const auto& rule, const auto& other) {
    if constexpr (ComparesState<std::remove_cvref_t<decltype(rule)>>) {
      return rule.keeps_state_of(other);
    } else {
      return true;
    }
  };
  return (keeps(get<I>(rules), get<I>(before)) && ...);
}

}  // namespace descent::detail
