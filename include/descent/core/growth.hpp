// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/core/saved_state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// An optimizer for a model that grew: continues with the state of its predecessor.

namespace descent {

namespace detail {

/// Copies the state of `before` into a grown optimizer.
template <class Before, class Grown>
class Inheritance {
 public:
  Inheritance(Before& before, Grown& grown) : Inheritance(before, grown, counted(before, grown)) {}

  void pass_on() {
    StateAccess::visit_common({"", counted_ << shift}, grown_,
                              [&](const std::string& name, auto& value) { take(name, value); });
    for (std::size_t k = 0; k < StateAccess::count(grown_); ++k) pass_on_block(k);
    for (std::size_t k = 0; k < StateAccess::count(before_); ++k)
      if (!is_found_[k])
        index_.fail({"there is no block '", StateAccess::path(before_, k),
                     "' in the new tree, which must contain all blocks of the old one"});
    std::sort(new_.begin(), new_.end());
    grown_.for_each_state([&](const std::string& path, const std::string& name, auto values) {
      if (std::binary_search(new_.begin(), new_.end(), path)) return;
      const SavedTensor place = tensor_of_block(joined({"state/", path, "/", name}), values);
      copy_tensor(tensor_for(index_, place), place);
    });
    StateAccess::set_rates({"", counted_}, grown_, index_);
  }

 private:
  /// Both have the same leaves, except that the grown rule starts with RestAbsentBlocks.
  static constexpr std::size_t shift = StateAccess::leaves<Grown> - StateAccess::leaves<Before>;

  Inheritance(Before& before, Grown& grown, std::uint64_t counted)
      : before_(before),
        grown_(grown),
        counted_(counted),
        tensors_(tensors_of(before, counted)),
        index_(tensors_, "grown optimizer") {
    for (std::size_t k = 0; k < StateAccess::count(before); ++k)
      old_.emplace_back(StateAccess::path(before, k), k);
    std::sort(old_.begin(), old_.end());
    is_found_.resize(old_.size());
  }
  /// The leaves that names count in both: a rule that only new blocks follow must not rename those of the old
  /// blocks.
  static std::uint64_t counted(Before& before, Grown& grown) {
    return StateAccess::leaves_with_state(before) | StateAccess::leaves_with_state(grown) >> shift;
  }
  static std::vector<SavedTensor> tensors_of(Before& before, std::uint64_t counted) {
    TensorCollector collector;
    StateAccess::collect({"", counted}, before, collector);
    return std::move(collector.tensors);
  }

  /// A block that existed before keeps what its rules remember. A new block starts from initial values, and
  /// so does a block that now follows other rules because its selector chose it by position.
  void pass_on_block(std::size_t k) {
    const std::string path = StateAccess::path(grown_, k);
    bool goes_on = false;
    const auto old = std::lower_bound(old_.begin(), old_.end(), std::pair(path, std::size_t{0}));
    if (old != old_.end() && old->first == path) {
      check_shape(path, StateAccess::shape(before_, old->second), StateAccess::shape(grown_, k));
      goes_on = StateAccess::rules_of(before_, old->second, counted_) ==
                StateAccess::rules_of(grown_, k, counted_ << shift);
      is_found_[old->second] = true;
    }
    if (!goes_on) {
      new_.push_back(path);
      return StateAccess::begin_block(grown_, k, before_.steps());
    }
    const std::string clock = joined({"clock/", path, "/"});
    StateAccess::visit_block({"", counted_ << shift}, grown_, k, [&](const std::string& name, auto& value) {
      if (take(name, value) || !name.starts_with(clock)) return;
      take("memory/" + name.substr(clock.size()), value);  // the old blocks shared one clock
    });
  }

  /// Fills a value if there is a tensor of this name.
  template <class T>
  bool take(const std::string& name, T& value) {
    TensorCollector wanted;
    visit_value(name, value, wanted);
    for (const SavedTensor& tensor : wanted.tensors)
      if (index_.find(tensor.name) == nullptr) return false;
    fill_value(index_, name, value);
    return true;
  }
  void check_shape(const std::string& path, std::pair<Eigen::Index, Eigen::Index> old,
                   std::pair<Eigen::Index, Eigen::Index> now) const {
    if (old == now) return;
    const auto text = [](auto shape) {
      return joined({std::to_string(shape.first), "x", std::to_string(shape.second)});
    };
    index_.fail({"block '", path, "' is ", text(now), ", but was ", text(old),
                 "; a block of another shape needs another name"});
  }

  Before& before_;
  Grown& grown_;
  std::uint64_t counted_;
  std::vector<SavedTensor> tensors_;
  TensorIndex index_;
  std::vector<std::pair<std::string, std::size_t>> old_;  // the old blocks, by path
  std::vector<bool> is_found_;                            // whether each is in the new tree
  std::vector<std::string> new_;                          // the paths of new blocks
};

/// The rule of a grown optimizer: each block counts its own steps.
template <class R>
auto with_block_clocks(const R& rule) {
  if constexpr (has_clocks<Plan<R>>) {
    return rule;
  } else {
    return RestAbsentBlocks{} | rule;
  }
}

template <class Parameters, class R, class StateStorage>
struct Growth<Optimizer<Parameters, R, StateStorage>> {
  static_assert(!StandsAlone<R>,
                "descent: an optimizer of Lbfgs cannot grow: it remembers whole steps; make a new one");
  using Rule = decltype(with_block_clocks(std::declval<const R&>()));
  static Rule rule(const R& rule) { return with_block_clocks(rule); }
  template <class O>
  static void pass_on(const Optimizer<Parameters, R, StateStorage>& before, O& grown) {
    // Only reads the state of `before`.
    Inheritance(const_cast<Optimizer<Parameters, R, StateStorage>&>(before), grown).pass_on();
  }
};

}  // namespace detail
}  // namespace descent
