// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/binder.hpp>
#include <descent/core/memory/describe.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/threads.hpp>
#include <descent/core/tree/paths.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace descent::detail::inline DESCENT_BUILD {

/// The list of blocks on the heap.
class HeapTable {
 public:
  template <class Parameters, class Tree>
  DESCENT_COLD void describe(const Tree& tree) {
    auto add = [&](const BlockRecord& record) { records_.push_back(record); };
    auto enter = [&](std::size_t length) { lengths_.push_back(length); };
    Describe<BlockTypes<Parameters&>, ScalarTypes<Parameters&>>::walk(tree, add, enter);
    auto keep_path = [&](const std::string& path, const auto&) { paths_.push_back(path); };
    walk_paths(keep_path, tree, std::string());
    layouts_ = std::vector<BlockLayout>(records_.size());
    groups_ = std::vector<BlockGroup>(records_.size());
    order_ = std::vector<std::uint32_t>(records_.size());
  }
  DESCENT_COLD void allocate_sums(const TreeTotals& totals) {
    if (totals.elements >= least_split) sums_ = std::vector<double>(totals.sums);
    group_count_ = totals.groups;
    elements_ = totals.elements;
    chunks_ = totals.chunks;
  }

  std::string path(std::size_t k) const { return paths_[k]; }
  PathSource paths() const {
    return {this,
            [](const void* table, std::size_t k) { return static_cast<const HeapTable*>(table)->paths_[k]; }};
  }
  std::size_t count() const { return records_.size(); }
  BlockRecord* records() { return records_.data(); }
  const BlockRecord& record(std::size_t k) const { return records_[k]; }
  const BlockLayout& layout(std::size_t k) const { return layouts_[k]; }
  BlockGroup* groups() { return groups_.data(); }
  void set_groups(std::size_t count) { group_count_ = count; }
  std::uint32_t* order() { return order_.data(); }
  DESCENT_INLINE BlockList list() { return {records_.data(), layouts_.data(), lengths_.data()}; }
  DESCENT_INLINE BlockTable table() {
    return {records_.data(), layouts_.data(), records_.size(), groups_.data(),
            group_count_,    sums_.data(),    elements_,       chunks_};
  }

 private:
  std::vector<BlockRecord> records_;
  std::vector<BlockLayout> layouts_;
  std::vector<std::size_t> lengths_;
  std::vector<std::string> paths_;
  std::vector<BlockGroup> groups_;
  std::vector<std::uint32_t> order_;  // scratch to sort blocks by address
  std::vector<double> sums_;
  std::size_t group_count_ = 0, elements_ = 0, chunks_ = 0;
};

}  // namespace descent::detail::inline DESCENT_BUILD
