// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/core/rest_absent_blocks.hpp>
#include <descent/core/saved_state.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// An optimizer for a model that grew: takes over what the one before it remembers.

namespace descent {

namespace detail {

/// What a grown optimizer takes from the one before it.
template <class Before>
class Inheritance {
 public:
  explicit Inheritance(Before& before)
      : before_(before), tensors_(state_of(before)), index_(tensors_, "grown optimizer") {}

  template <class O>
  void pass_on(O& grown) {
    StateAccess::visit_common("", grown, [&](const std::string& name, auto& value) { take(name, value); });
    for (std::size_t k = 0; k < StateAccess::count(grown); ++k) pass_on_block(grown, k);
    for (std::size_t k = 0; k < StateAccess::count(before_); ++k)
      if (block_of(grown, StateAccess::path(before_, k)) == StateAccess::count(grown))
        index_.fail({"there is no block '", StateAccess::path(before_, k),
                     "' in the new tree, which must contain all blocks of the old one"});
    StateAccess::visit_slots("", grown, [&](const Tensor& place) {
      if (const Tensor* const found = index_.find(place.name)) copy_tensor(check(*found, place), place);
    });
    StateAccess::set_rates("", grown, index_);
  }

 private:
  template <class O>
  static std::size_t block_of(O& optimizer, const std::string& path) {
    std::size_t k = 0;
    while (k < StateAccess::count(optimizer) && StateAccess::path(optimizer, k) != path) ++k;
    return k;
  }

  /// A block that was there goes on with what its rules remember; a new one begins now.
  template <class O>
  void pass_on_block(O& grown, std::size_t k) {
    const std::string path = StateAccess::path(grown, k);
    const std::size_t old = block_of(before_, path);
    if (old == StateAccess::count(before_)) return StateAccess::begin_block(grown, k, before_.steps());
    check_shape(path, StateAccess::shape(before_, old), StateAccess::shape(grown, k));
    const std::string clock = joined({"clock/", path, "/"});
    StateAccess::visit_block("", grown, k, [&](const std::string& name, auto& value) {
      if (take(name, value) || !name.starts_with(clock)) return;
      take("memory/" + name.substr(clock.size()), value);  // the old blocks had a clock in common
    });
  }

  /// Fills a value if there is one of this name.
  template <class T>
  bool take(const std::string& name, T& value) {
    TensorCollector wanted;
    visit_value(name, value, wanted);
    for (const Tensor& tensor : wanted.tensors)
      if (index_.find(tensor.name) == nullptr) return false;
    fill_value(index_, name, value);
    return true;
  }
  const Tensor& check(const Tensor& found, const Tensor& place) const {
    if (found.type != place.type || !same_shape(found, place)) fail_tensor(index_, found, place);
    return found;
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
  std::vector<Tensor> tensors_;
  TensorIndex index_;
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
  using Rule = decltype(with_block_clocks(std::declval<const R&>()));
  static Rule rule(const R& rule) { return with_block_clocks(rule); }
  template <class O>
  static void pass_on(const Optimizer<Parameters, R, StateStorage>& before, O& grown) {
    // Reading the state changes nothing.
    Inheritance(const_cast<Optimizer<Parameters, R, StateStorage>&>(before)).pass_on(grown);
  }
};

}  // namespace detail
}  // namespace descent
