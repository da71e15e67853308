// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/block_record.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/block_types.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

// Describes the blocks of a tree at construction: what a record stores of each.

namespace descent::detail::inline DESCENT_BUILD {

/// Describes blocks whose types are in the lists.
template <class Types, class Scalars>
struct Describe {
  template <class B>
  static BlockRecord record_of(const B& block) {
    constexpr std::size_t kind = place_in<BlockTypeOf<B>, Types>,
                          scalar = place_in<typename B::Scalar, Scalars>;
    BlockRecord record;
    record.rows = block.rows();
    record.columns = block.cols();
    record.size = static_cast<std::size_t>(block.size());
    record.is_vector = B::IsVectorAtCompileTime != 0;
    record.row_major = static_cast<bool>(B::IsRowMajor);
    record.narrow = is_narrow<typename B::Scalar>;
    record.kind = static_cast<std::uint8_t>(kind);
    record.scalar = static_cast<std::uint8_t>(scalar);
    return record;
  }

  /// Calls add(record) for every block and enter(length) for every array, vector and span, in the tree's
  /// order.
  template <class Tree, class Add, class Enter>
  static void walk(const Tree& tree, Add& add, Enter& enter) {
    constexpr NodeKind kind = kind_of<const Tree>();
    if constexpr (kind == NodeKind::block) {
      add(record_of(tree));
    } else if constexpr (kind == NodeKind::named) {
      walk(tree.tree, add, enter);
    } else if constexpr (kind == NodeKind::range) {
      enter(tree.size());
      for (std::size_t k = 0; k < tree.size(); ++k) walk(tree[k], add, enter);
    } else {
      walk_fields(open(tree), add, enter, std::make_index_sequence<child_count<const Tree>>());
    }
  }

 private:
  template <class Fields, class Add, class Enter, std::size_t... I>
  static void walk_fields(Fields&& fields, [[maybe_unused]] Add& add, [[maybe_unused]] Enter& enter,
                          std::index_sequence<I...>) {
    (walk(get<I>(fields), add, enter), ...);
  }
};

}  // namespace descent::detail::inline DESCENT_BUILD
