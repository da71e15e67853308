// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/chunks.hpp>
#include <descent/core/engine/measuring_pass.hpp>
#include <descent/core/threads.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

// How the tree of an optimizer falls into chunks, and whether a step is split among threads.

namespace descent::detail {

/// How a step is split: into so many parts of so many chunks. Where no block can be large nothing is.
template <bool may_split>
struct Split {
  int parts;
  std::size_t chunks;
};
template <>
struct Split<false> {
  static constexpr int parts = 1;
};

template <class R>
constexpr std::size_t sums_of_tree() {
  if constexpr (measures_tree<R>) return measured_count<R>;
  return 0;
}
template <class P, std::size_t... I>
constexpr std::size_t most_sums(std::index_sequence<I...>) {
  return std::max({std::size_t{0}, sums_of_tree<typename P::template Leaf<I>>()...});
}

template <bool may_split>
class TreeChunks {
 public:
  /// Counts the chunks; makes room for the sums of each where a step can be split.
  template <class P, class States>
  void bind(States& states) {
    ChunkCounter counter;
    elements_ = 0;
    auto count = [&](auto& state) {
      const auto elements = static_cast<std::size_t>(state.rows.value() * state.columns.value());
      counter.next(elements);
      elements_ += elements;
    };
    walk(count, states);
    chunks_ = counter.count();
    if (elements_ >= least_split) sums_.resize(chunks_ * most_sums<P>(typename P::AllLeaves{}));
  }
  DESCENT_INLINE Split<true> split() const { return {parts_of_step(elements_), chunks_}; }
  DESCENT_INLINE double* sums() { return sums_.data(); }

 private:
  std::size_t elements_ = 0, chunks_ = 0;
  std::vector<double> sums_;
};

template <>
class TreeChunks<false> {
 public:
  template <class P, class States>
  void bind(States&) {}
  DESCENT_INLINE Split<false> split() const { return {}; }
  DESCENT_INLINE double* sums() { return nullptr; }
};

}  // namespace descent::detail
