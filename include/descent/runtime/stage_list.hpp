// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/core/memory/runs.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/block_lists.hpp>
#include <descent/runtime/stage.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace descent::detail::inline DESCENT_BUILD {

/// The stages of a composition, in order, and how they pass updates on.
template <class S>
class StageList {
 public:
  struct Entry {
    std::unique_ptr<Stage<S>> stage;
    BlockMask mask;  // the blocks that follow the stage; empty if all do

    bool follows(std::size_t k) const { return mask.empty() || mask[k]; }
  };

  StageList() = default;
  StageList(const StageList& other)
      : frozen_(other.frozen_), first_takes_norm_(other.first_takes_norm_), current_(other.current_) {
    for (const Entry& entry : other.entries_) entries_.push_back({entry.stage->clone(), entry.mask});
  }
  StageList(StageList&&) noexcept = default;
  StageList& operator=(StageList other) noexcept {
    std::swap(entries_, other.entries_);
    std::swap(frozen_, other.frozen_);
    std::swap(first_takes_norm_, other.first_takes_norm_);
    std::swap(current_, other.current_);
    return *this;
  }
  ~StageList() = default;

  void add(std::unique_ptr<Stage<S>> stage, BlockMask mask) {
    entries_.push_back({std::move(stage), std::move(mask)});
  }
  /// Allocates what a step needs.
  void prepare(std::size_t blocks) { current_.assign(blocks, nullptr); }
  /// Whether the first stage takes the norm of the whole gradient that a caller may give.
  void set_first_takes_norm(bool takes) { first_takes_norm_ = takes; }
  void set_frozen(BlockMask frozen) { frozen_ = std::move(frozen); }
  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }
  bool is_frozen(std::size_t k) const { return !frozen_.empty() && frozen_[k]; }

  /// The first stage, of which there is always one. Errors: std::invalid_argument after a move.
  const Stage<S>& first() const {
    if (entries_.empty()) fail_invalid_argument("AnyOptimizer: the optimizer was moved from");
    return *entries_.front().stage;
  }
  /// The first stage with a learning rate, or null.
  const Stage<S>* with_rate() const {
    for (const Entry& entry : entries_)
      if (entry.stage->facts().has_learning_rate) return entry.stage.get();
    return nullptr;
  }
  /// The first stage that evaluates the objective, or null.
  Stage<S>* that_changes_objective() {
    for (Entry& entry : entries_)
      if (entry.stage->facts().changes_objective) return entry.stage.get();
    return nullptr;
  }

  void collect_state(const std::string& prefix, TensorCollector& collector) {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      entries_[i].stage->collect_state(prefix + prefix_of(i), collector);
  }
  void prepare_state(const std::string& prefix, TensorIndex& tensors, Changes& changes) {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      entries_[i].stage->prepare_state(prefix + prefix_of(i), tensors, changes);
  }

  /// Takes a step with the trees in `bound`. All errors come before the first write.
  void step(const HeapTable& bound, const StepInputs& inputs, bool regular) {
    if (!regular && !is_whole()) refuse_sparse_gradients(bound);
    for (Entry& entry : entries_) entry.stage->check(inputs);
    // If a stage refuses the step, those before it have stepped already and must go back.
    StageList before = last_that_may_skip() > 0 ? *this : StageList();
    current_.assign(bound.count(), nullptr);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (!step_stage(i, bound, inputs, regular)) return refuse_step(i, std::move(before));
    }
    if (entries_.empty() || !entries_.back().stage->writes_parameters()) add_updates(bound);
  }
  /// Whether one stage takes the gradient and writes the parameters.
  bool is_whole() const { return entries_.size() == 1 && entries_[0].stage->writes_parameters(); }
  void skip_step() {
    for (Entry& entry : entries_) entry.stage->skip_step();
  }
  void set_rate_factor(double factor) {
    StageList next = *this;
    for (Entry& entry : next.entries_)
      if (entry.stage->facts().has_learning_rate) entry.stage->set_rate_factor(factor);
    *this = std::move(next);
  }

 private:
  /// Empty for one rule, so that its state has the names that an Optimizer gives.
  std::string prefix_of(std::size_t i) const {
    if (entries_.size() == 1) return {};
    return joined({std::to_string(i + 1), ".", entries_[i].stage->facts().name, "/"});
  }

  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  /// The norm of the gradient says nothing of the update that later stages take.
  StepInputs inputs_of(std::size_t stage, const StepInputs& inputs) const {
    return stage == 0 && first_takes_norm_ ? inputs
                                           : StepInputs{.loss = inputs.loss, .gradient_norm = unknown};
  }
  void refuse_sparse_gradients(const HeapTable& bound) const {
    for (std::size_t k = 0; k < bound.count(); ++k)
      if (bound.record(k).layout == Layout::sparse)
        fail_invalid_argument(
            {entries_[0].stage->facts().name, ": block '", bound.path(k),
             "' has a sparse gradient, but a composition that is chosen at run time needs whole "
             "ones; use one rule alone, or an Optimizer"});
  }
  std::size_t last_that_may_skip() const {
    std::size_t last = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].stage->facts().may_skip) last = i;
    return last;
  }
  bool step_stage(std::size_t i, const HeapTable& bound, const StepInputs& inputs, bool regular) {
    Entry& entry = entries_[i];
    exchange_momentum(i, bound, false);
    if (!entry.stage->step(bound, current_.data(), inputs_of(i, inputs), regular)) return false;
    exchange_momentum(i, bound, true);
    for (std::size_t k = 0; k < bound.count(); ++k)
      if (const S* const result = entry.stage->result(k)) current_[k] = result;
    return true;
  }
  /// Stage i refused the step: those before it go back, and all count a skipped step.
  void refuse_step(std::size_t i, StageList before) {
    for (std::size_t j = 0; j < entries_.size(); ++j) {
      if (j < i) entries_[j].stage = std::move(before.entries_[j].stage);
      if (j != i) entries_[j].stage->skip_step();
    }
  }

  /// Copies the momentum that a stage adjusts from the earlier stage that owns it, or back to that stage.
  void exchange_momentum(std::size_t i, const HeapTable& bound, bool back) {
    const char* const name = entries_[i].stage->facts().adjusts;
    if (name == nullptr) return;
    for (std::size_t k = 0; k < bound.count(); ++k) {
      S* own = entries_[i].stage->slot(name, k);
      S* other = nullptr;
      for (std::size_t j = 0; j < i; ++j)
        if (S* const found = entries_[j].stage->slot(name, k)) other = found;
      if (own == nullptr || other == nullptr) continue;
      if (back) std::swap(own, other);
      std::copy_n(other, bound.record(k).size, own);
    }
  }

  void add_updates(const HeapTable& bound) {
    for (std::size_t k = 0; k < bound.count(); ++k)
      if (!is_frozen(k)) add_update(bound.record(k), bound.layout(k), current_[k]);
  }
  static void add_update(const BlockRecord& record, const BlockLayout& layout, const S* update) {
    S tile[tile_size<S>];
    const StridedView<S> parameters =
        record.layout == Layout::contiguous
            ? StridedView<S>{static_cast<S*>(record.parameters), 1,
                             static_cast<Eigen::Index>(record.inner_size())}
            : StridedView<S>{static_cast<S*>(record.parameters), layout.inner, layout.outer};
    for (std::size_t first = 0; first < record.size; first += tile_size<S>) {
      const std::size_t count = std::min(tile_size<S>, record.size - first);
      const S* values = update == nullptr ? tile : update + first;
      if (update == nullptr) read_part_of_gradient(record, layout, first, count, tile);
      for_each_element(parameters, record.inner_size(), first, count,
                       [&](S& element, std::size_t i) { element += values[i]; });
    }
  }
  static void read_part_of_gradient(const BlockRecord& record, const BlockLayout& layout, std::size_t first,
                                    std::size_t count, S* to) {
    if (record.layout == Layout::contiguous) {
      std::copy_n(static_cast<const S*>(record.gradient) + first, count, to);
    } else {
      read_gradient<S>(record, layout, first, count, to);
    }
  }

  std::vector<Entry> entries_;
  BlockMask frozen_;
  bool first_takes_norm_ = true;
  std::vector<const S*> current_;  // the update of each block on its way; null for its gradient
};

}  // namespace descent::detail::inline DESCENT_BUILD
